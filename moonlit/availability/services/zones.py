"""Comparing the EHR's zone of a department with ours; while they differ its times are withheld (rules 13)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from moonlit.audit.actor import SYSTEM
from moonlit.availability.models import DepartmentZone, Slot
from moonlit.availability.services.calendars import rebuild
from moonlit.domain.business_time import end_of_business_day
from moonlit.domain.zones import local_date, same_clock
from moonlit.platform.db import advisory_lock
from moonlit.practice.models import Location
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.services import close_task, open_task

COMPARED_FOR = timedelta(days=400)
"""Two zones are the same clock when they agree over the next year and a bit, both daylight-saving changes included."""


def record_department_zone(location: Location, ehr_time_zone: str | None, *, now: datetime) -> bool:
    """Compare and remember; whether the clocks agree. A difference is a task, which closes itself when it is gone.

    Slots that were read by another zone of ours show wrong instants: they are dropped until they are read again.
    """
    today = local_date(now, location.time_zone)
    agrees = bool(ehr_time_zone) and same_clock(ehr_time_zone or "", location.time_zone, today, today + COMPARED_FOR)
    with transaction.atomic():
        known = DepartmentZone.objects.filter(location=location).first()
        if known is not None and known.time_zone != location.time_zone:
            _drop_slots(location, now)
        found = {"time_zone": location.time_zone, "ehr_time_zone": ehr_time_zone or "", "agrees": agrees}
        if known is None or any(getattr(known, name) != value for name, value in found.items()):
            DepartmentZone.objects.update_or_create(location=location, defaults={**found, "checked_at": now})
        _tell(location, agrees=agrees, now=now)
    return agrees


def _drop_slots(location: Location, now: datetime) -> None:
    open_here = Slot.objects.filter(location=location, state=Slot.State.OPEN)
    providers = sorted(set(open_here.values_list("provider_id", flat=True)))
    for provider in providers:
        advisory_lock("provider", provider)
    open_here.update(state=Slot.State.GONE, seen_at=now)
    for provider in providers:
        rebuild(provider, now=now)


def _tell(location: Location, *, agrees: bool, now: datetime) -> None:
    subject = f"location:{location.code}"
    if agrees:
        close_task(TaskKind.ZONE_MISMATCH, subject=subject, outcome=TaskOutcome.CONDITION_GONE, actor=SYSTEM, now=now)
    else:
        open_task(
            TaskKind.ZONE_MISMATCH,
            subject=subject,
            team=Team.TECHNICAL,
            due=end_of_business_day(now, office()),
            visit_date=None,
            actor=SYSTEM,
            now=now,
        )
