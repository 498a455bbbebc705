"""A visit of ours that the front desk changed in the EHR: we follow, the patient is told (rules 5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.availability.queries import busy_spans
from moonlit.booking.models import Appointment
from moonlit.booking.services.ended import ABOUT_THE_VISIT, bump_version, close_tasks, visit_ended
from moonlit.booking.services.imports.busy import keep_busy
from moonlit.booking.services.imports.differs import agrees_again, tell_differs
from moonlit.booking.services.imports.look import (
    Outcome,
    last_told,
    notice_period,
    other_chart,
    our_visit,
    seen_visit,
    supervisor_agrees,
    supervisor_differs,
)
from moonlit.booking.services.imports.moved import carry_on
from moonlit.booking.services.imports.place import Place, lock_calendars, place_of
from moonlit.booking.services.imports.rules import flag_neighbours
from moonlit.booking.services.imports.visit import tell_timeline
from moonlit.booking.services.imports.wake import wake_booking, wake_change
from moonlit.booking.services.state import note
from moonlit.domain.booking import LIVE, OPEN, State
from moonlit.domain.ehr_states import ENDED, Do, Judgement, judge
from moonlit.ehr.port import EhrAppointment, EhrStatus
from moonlit.platform.outbox import emit


def follow_visit(
    found: EhrAppointment, *, successor: EhrAppointment | None = None, actor: Actor, now: datetime
) -> Outcome:
    """Make a visit of ours agree with the EHR's record, read by its id; twice gives the same state.

    `successor` is the record that replaces this one, when the record names one and it could be read. `now` is when
    the record was asked for: STALE, with nothing written, when our row is newer. A booking or a change under way is
    left to its own machine, which is woken (WAITING). A supervisor changed by hand is not overwritten: a task.
    """
    if successor is not None and successor.status is EhrStatus.OPEN:
        successor = None
    with transaction.atomic():
        row = _ours(found.id)
        if row is None:
            return Outcome.STALE
        place, heirs_place = place_of(found), place_of(successor) if successor else None
        lock_calendars(
            row.provider_id,
            place.provider.pk if place else None,
            heirs_place.provider.pk if heirs_place else None,
            slot_ids=(found.id, successor.id if successor else ""),
        )
        row = _ours(found.id, lock=True)
        if row is None or now < last_told(row):
            return Outcome.STALE
        judged = judge(our_visit(row, busy_spans([row.pk]).get(row.pk)), seen_visit(found), notice_period())
        match judged.do:
            case Do.WAIT:
                wake_booking(row, now=now)
                return Outcome.WAITING
            case Do.SETTLE:
                wake_change(row, now=now)
                return Outcome.WAITING
            case Do.FOLLOW:
                outcome = _follow(row, judged, place, actor=actor, now=now)
            case _:
                outcome = Outcome.UNCHANGED
        if outcome is not Outcome.STALE and successor is not None and row.state == State.MOVED:
            outcome = _to_the_new_time(row, successor, heirs_place, outcome, actor=actor, now=now)
        return _compare_people(row, found, outcome, actor=actor, now=now)


def _ours(ehr_id: str, *, lock: bool = False) -> Appointment | None:
    rows = Appointment.objects.select_related("location", "provider", "supervisor", "visit_type", "patient").filter(
        origin=Appointment.Origin.MOONLIT
    )
    if lock:
        rows = rows.select_for_update(of=("self",))
    undecided = [state.value for state in OPEN]
    return (
        rows.filter(athena_appt_id=ehr_id).first()
        or rows.filter(slot_ehr_id=ehr_id, athena_appt_id=None, state__in=undecided).first()
    )


def _follow(row: Appointment, judged: Judgement, place: Place | None, *, actor: Actor, now: datetime) -> Outcome:
    was, state = State(row.state), judged.state or State(row.state)
    before = (row.provider_id, row.start, row.end)
    if judged.relocated and place is None:
        tell_differs(row, "place", actor=actor, now=now)
        if state is was:
            return Outcome.DIFFERS
    relocated = place if judged.relocated else None
    changes = {"state": state.value, "ehr_seen_at": now, **(_where(row, relocated) if relocated else {})}
    as_read = Appointment.objects.filter(pk=row.pk, state=was.value, change=Appointment.Change.NONE)
    if not as_read.update(**changes):
        return Outcome.STALE
    for name, value in changes.items():
        setattr(row, name, value)
    if state is not was:
        note(row.pk, state, problem="ehr", actor=actor, now=now)
    revived = was not in LIVE and state in LIVE
    if relocated or revived or state not in LIVE:
        keep_busy(row, place.end if place else row.end, now=now)
    if relocated:
        _tell_where(row, actor=actor, now=now)
    for provider_id, start, end in {before, (row.provider_id, row.start, row.end)}:
        flag_neighbours(provider_id, start, end, besides=row, actor=actor, now=now)
    _after_state(row, was, state, actor=actor, now=now)
    return Outcome.CANCELLED if was in LIVE and state not in LIVE | {State.COMPLETED} else Outcome.CHANGED


def _after_state(row: Appointment, was: State, state: State, *, actor: Actor, now: datetime) -> None:
    if state in LIVE and was not in LIVE:
        bump_version(row)
        tell_differs(row, "revived", actor=actor, now=now)
    if state in ENDED:
        visit_ended(row, actor=actor, now=now)
    elif state is State.NO_SHOW:
        close_tasks(row, *ABOUT_THE_VISIT, actor=actor, now=now)
    if state in {State.CANCELLED, State.LATE_CANCELLED} and was in LIVE:
        emit("appointment.cancelled", row.pk, version=bump_version(row))


def _where(row: Appointment, place: Place) -> dict[str, Any]:
    """The visit keeps the length the patient was told, unless the EHR gives it less or more time than it took."""
    span = busy_spans([row.pk]).get(row.pk)
    same_length = span is None or span[1] - span[0] == place.end - place.start
    return {
        "provider_id": place.provider.pk,
        "location_id": place.location.pk,
        "start": place.start,
        "end": place.start + (row.end - row.start) if same_length else place.end,
        "time_zone": place.location.time_zone,
    }


def _tell_where(row: Appointment, *, actor: Actor, now: datetime) -> None:
    tell_timeline(row, "ehr_moved", actor=actor, now=now)
    facts = {"provider": row.provider_id, "start": row.start.isoformat()}
    record(Verb.BOOKING_FOLLOWED, actor=actor, subject=f"appointment:{row.pk}", facts=facts)
    version = bump_version(row)
    if row.state == State.BOOKED and row.start > now:
        emit("appointment.followed", row.pk, version=version)


def _to_the_new_time(
    row: Appointment,
    successor: EhrAppointment,
    place: Place | None,
    outcome: Outcome,
    *,
    actor: Actor,
    now: datetime,
) -> Outcome:
    """The front desk moved it: the new visit is the patient's, with everything the old one had."""
    if place is None:
        tell_differs(row, "place", actor=actor, now=now)
        return Outcome.DIFFERS
    carried = carry_on(row, successor, place, actor=actor, now=now)
    return Outcome.CHANGED if carried else outcome


def _compare_people(
    row: Appointment, found: EhrAppointment, outcome: Outcome, *, actor: Actor, now: datetime
) -> Outcome:
    if outcome in {Outcome.STALE, Outcome.DIFFERS}:
        return outcome
    if supervisor_differs(row, found):
        tell_differs(row, "supervisor", actor=actor, now=now)
        return Outcome.DIFFERS if outcome is Outcome.UNCHANGED else outcome
    if outcome is Outcome.UNCHANGED and not other_chart(row, found) and supervisor_agrees(row, found):
        agrees_again(row, actor=actor, now=now)
    return outcome
