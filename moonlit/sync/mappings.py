"""Do the EHR's ids that we book by still exist there (rules 3.7)? What disappears is told; nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from django.db import transaction

from moonlit.audit.actor import SYSTEM
from moonlit.domain.business_time import end_of_business_day
from moonlit.ehr.port import EhrPort, get_ehr
from moonlit.practice.models import Location, Provider, ProviderVisitType
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, Team
from moonlit.worklist.services import open_task


def check_mappings(*, clock: Callable[[], datetime]) -> int:
    """Compare departments, providers and reasons with the EHR and open a task for each subject that lost one.

    Returns how many ids are gone. One call for departments, one for providers, one for the reasons of each provider
    in each department he works in. Raises EhrError: then nothing is said about anything.
    """
    gone = list(_gone(get_ehr()))
    now = clock()
    notes: dict[str, list[str]] = {}
    for subject, what in gone:
        notes.setdefault(subject, []).append(what)
    for subject, missing in notes.items():
        with transaction.atomic():
            open_task(
                TaskKind.TEMPLATE_CHANGED,
                subject=subject,
                team=Team.TECHNICAL,
                due=end_of_business_day(now, office()),
                visit_date=None,
                note=f"No longer in the EHR: {'; '.join(missing)}.",
                actor=SYSTEM,
                now=now,
            )
    return len(gone)


def _gone(ehr: EhrPort) -> Iterator[tuple[str, str]]:
    """(subject of the task, what is missing)."""
    departments = {each.id for each in ehr.departments()}
    locations = list(Location.objects.filter(ehr_department_id__isnull=False).order_by("pk"))
    for location in locations:
        if location.ehr_department_id not in departments:
            yield f"location:{location.code}", f"department {location.ehr_department_id}"
    there = [each for each in locations if each.ehr_department_id in departments]
    known = {each.id for each in ehr.providers()}
    for provider in Provider.objects.filter(calendar_source_id__isnull=False).order_by("pk"):
        if provider.calendar_source_id not in known:
            yield f"provider:{provider.pk}", f"provider {provider.calendar_source_id}"
        else:
            yield from _reasons_gone(ehr, provider, there)


def _reasons_gone(ehr: EhrPort, provider: Provider, locations: list[Location]) -> Iterator[tuple[str, str]]:
    """A row for any location is fine while one of them still has its reason."""
    rows = list(ProviderVisitType.objects.filter(provider=provider, ehr_reason_id__isnull=False).order_by("pk"))
    if not rows or not locations:
        return
    offered = {
        location.pk: {
            reason.id
            for reason in ehr.reasons(
                department_id=location.ehr_department_id or "", provider_id=provider.calendar_source_id or ""
            )
        }
        for location in locations
        if any(row.location_id in (None, location.pk) for row in rows)
    }
    for row in rows:
        places = offered.values() if row.location_id is None else [offered.get(row.location_id, set())]
        if not any(row.ehr_reason_id in reasons for reasons in places):
            yield f"provider:{provider.pk}", f"reason {row.ehr_reason_id}"
