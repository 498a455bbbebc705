"""One record of the EHR, taken in: read anew where it matters, then imported or followed (rules 5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from moonlit.audit.actor import Actor
from moonlit.booking.services import (
    Look,
    Outcome,
    chart_merged,
    follow_visit,
    import_visit,
    look_at,
    on_another_chart,
    visit_gone,
)
from moonlit.domain.ehr_states import Do
from moonlit.domain.zones import local_date
from moonlit.ehr.port import EhrAppointment, Rejected, get_ehr
from moonlit.practice.models import Location
from moonlit.sync.services.slots import slots_changed

Clock = Callable[[], datetime]

SYNC = Actor("system", "sync")
MOST_TRIES = 3
"""A visit of ours may change while the EHR answers; then the answer is old news and it is asked again."""
LONGEST_CHAIN = 10
"""How often a visit may have been moved between two looks of ours."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A record and when it was asked for; it may be newer than that, never older."""

    found: EhrAppointment
    asked_at: datetime
    alone: bool = False
    """Read by its own id, with everything the EHR has to say; a list may say less."""


def read(ehr_id: str, clock: Clock) -> Shown | None:
    """The record as it is now; None: the EHR knows no such record. Raises what the EHR's errors are."""
    asked_at = clock()
    try:
        return Shown(get_ehr().appointment(ehr_id), asked_at, alone=True)
    except Rejected as fault:
        if fault.code == "not_found":
            return None
        raise


def take_in_by_id(ehr_id: str, clock: Clock, *, chain: int = 0) -> Outcome:
    """Read a record and take it in, whatever it is by now."""
    shown = read(ehr_id, clock)
    if shown is None:
        return visit_gone(ehr_id, actor=SYNC, now=clock())
    return take_in(shown, clock, chain=chain)


def take_in(shown: Shown, clock: Clock, *, look: Look | None = None, chain: int = 0) -> Outcome:
    """Make ours agree with a record. A visit of ours is believed changed only after it was read by its own id."""
    for _ in range(MOST_TRIES):
        look = look or look_at([shown.found])[0]
        if look.judgement.do is Do.FRESHEN:
            _open_time(shown)
            return Outcome.UNCHANGED
        if look.quiet:
            return Outcome.UNCHANGED
        ours = look.appointment is not None and not look.imported
        if ours and not shown.alone:
            again = read(shown.found.id, clock)
            if again is None:
                return visit_gone(shown.found.id, actor=SYNC, now=clock())
            shown, look = again, None
            continue
        outcome = _take_in(shown, look, ours=ours, clock=clock, chain=chain)
        if outcome is not Outcome.STALE:
            return outcome
        shown, look = read(shown.found.id, clock) or shown, None
    return Outcome.WAITING


def _take_in(shown: Shown, look: Look, *, ours: bool, clock: Clock, chain: int) -> Outcome:
    found, now = shown.found, shown.asked_at
    if not ours:
        if found.rescheduled_to and chain < LONGEST_CHAIN:
            take_in_by_id(found.rescheduled_to, clock, chain=chain + 1)
        return import_visit(found, actor=SYNC, now=now)
    if look.chart and look.appointment is not None and follow_chart(look.chart) != found.patient_id:
        on_another_chart(look.appointment, actor=SYNC, now=clock())
        return Outcome.DIFFERS
    successor = read(found.rescheduled_to, clock) if found.rescheduled_to else None
    outcome = follow_visit(found, successor=successor.found if successor else None, actor=SYNC, now=now)
    if successor is not None and outcome is Outcome.CHANGED and successor.found.rescheduled_to:
        take_in_by_id(successor.found.id, clock, chain=chain + 1)
    return outcome


def follow_chart(chart: str) -> str:
    """The chart that lives on where this one was merged into another, which we follow; "" when there is none."""
    try:
        current = get_ehr().current_patient_id(chart)
    except Rejected as fault:
        if fault.code != "not_found":
            raise
        return ""
    if current != chart:
        chart_merged(chart, current, actor=SYNC)
    return current


def _open_time(shown: Shown) -> None:
    location = Location.objects.filter(ehr_department_id=shown.found.department_id).first()
    if location is not None:
        day = local_date(shown.found.start, location.time_zone)
        slots_changed(location, [day], now=shown.asked_at)
