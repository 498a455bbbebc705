"""A schedule rebuilt in the EHR is told to staff; what is shown stays what the EHR shows (rules 3.7)."""

from __future__ import annotations

from datetime import datetime

from moonlit.audit.actor import SYSTEM
from moonlit.availability.models import Occupancy, Slot
from moonlit.domain.business_time import end_of_business_day
from moonlit.domain.template import LOOKED_AT, template_changed
from moonlit.practice.models import Location, Provider
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, Team
from moonlit.worklist.services import open_task


def soon(provider: Provider, location: Location, now: datetime) -> frozenset[str]:
    """The EHR's ids of the open slots of the next 30 days."""
    slots = Slot.objects.filter(
        provider=provider, location=location, state=Slot.State.OPEN, start__gte=now, start__lt=now + LOOKED_AT
    )
    return frozenset(slots.values_list("ehr_slot_id", flat=True))


def report_template_change(provider: Provider, before: frozenset[str], after: frozenset[str], *, now: datetime) -> None:
    """Open a task when too much came or went at once. Must run inside a transaction."""
    if before == after:
        return
    # Slots we took ourselves leave the EHR's list one by one, and come back under the ids it gives them.
    ours = frozenset(Occupancy.objects.filter(slot_id__in=before ^ after).values_list("slot_id", flat=True))
    appeared, vanished = len(after - before - ours), len(before - after - ours)
    if not template_changed(before=len(before), appeared=appeared, vanished=vanished):
        return
    open_task(
        TaskKind.TEMPLATE_CHANGED,
        subject=f"provider:{provider.pk}",
        team=Team.FRONT_DESK,
        due=end_of_business_day(now, office()),
        visit_date=None,
        note=f"Open times of the next 30 days: {len(before)} before, {vanished} vanished, {appeared} appeared.",
        actor=SYSTEM,
        now=now,
    )
