"""A visit that was made in the EHR: it comes in, blocks time, and follows what happens to it there (rules 4.1, 5)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.availability.queries import busy_spans
from moonlit.availability.services import release
from moonlit.booking.models import Appointment, AppointmentState
from moonlit.booking.services.ended import bump_version, visit_ended
from moonlit.booking.services.imports.busy import keep_busy
from moonlit.booking.services.imports.differs import agrees_again, tell_differs
from moonlit.booking.services.imports.look import Outcome, last_told, notice_period, seen_visit
from moonlit.booking.services.imports.place import Place, lock_calendars, place_of, visit_type_of
from moonlit.booking.services.imports.rules import flag, flag_neighbours
from moonlit.booking.services.puts import booking_note
from moonlit.booking.services.state import note
from moonlit.domain.booking import LIVE, OPEN, State
from moonlit.domain.ehr_states import ENDED, NO_VISIT, state_of
from moonlit.ehr.port import EhrAppointment
from moonlit.people.services import chart_index, forget_chart_consents
from moonlit.platform.crypto.fields import sealed

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def import_visit(found: EhrAppointment, *, actor: Actor, now: datetime) -> Outcome:
    """Make our copy of a visit that is not ours equal to the EHR's record; twice gives the same state.

    `now` is when the record was asked for: STALE, with nothing written, when our copy is newer. STALE too when the
    visit turns out to be one of ours: `follow_visit` then. The time is taken whatever else stands there, never refused.
    """
    with transaction.atomic():
        known = _copy_of(found.id)
        place = place_of(found)
        heir = _copy_of(found.rescheduled_to) if found.rescheduled_to else None
        lock_calendars(place.provider.pk if place else None, known.provider_id if known else None, slot_ids=(found.id,))
        row = _copy_of(found.id, lock=True)
        if _is_ours(found, row) or (row is not None and now < last_told(row)):
            return Outcome.STALE
        if row is None and (place is None or (state := state_of(seen_visit(found), notice_period())) is None):
            return Outcome.UNMAPPED if place is None else Outcome.UNCHANGED
        if row is None:
            return _bring_in(found, place, state, actor=actor, now=now)
        outcome = _take_over(row, found, place, actor=actor, now=now)
        if heir is not None and heir.origin == Appointment.Origin.EHR:
            Appointment.objects.filter(pk=heir.pk, moved_from=None).update(moved_from=row)
        return outcome


def tell_timeline(row: Appointment, problem: str, *, actor: Actor, now: datetime) -> None:
    """A line in the timeline about something that left the state as it is."""
    AppointmentState.objects.create(
        appointment=row, state=row.state, problem=problem, actor_kind=actor.kind, actor_id=actor.id, at=now
    )


def _copy_of(ehr_id: str, *, lock: bool = False) -> Appointment | None:
    rows = Appointment.objects.select_related("location", "provider", "visit_type").filter(athena_appt_id=ehr_id)
    return (rows.select_for_update(of=("self",)) if lock else rows).first()


def _is_ours(found: EhrAppointment, row: Appointment | None) -> bool:
    if row is not None:
        return row.origin != Appointment.Origin.EHR
    under_way = Appointment.objects.filter(slot_ehr_id=found.id, state__in=[state.value for state in OPEN])
    return under_way.exists()


def _bring_in(found: EhrAppointment, place: Place, state: State, *, actor: Actor, now: datetime) -> Outcome:
    row = Appointment(origin=Appointment.Origin.EHR, created_at=now, ehr_seen_at=now)
    for name, value in _columns(found, place, state).items():
        setattr(row, name, value)
    row.visit_type = visit_type_of(found, place)
    row.ehr_patient_id = found.patient_id or None
    row.ehr_patient_index = chart_index(found.patient_id) if found.patient_id else None
    row.booked_at = now if state in LIVE else None
    row.save(force_insert=True)
    tell_timeline(row, "ehr", actor=actor, now=now)
    facts = {"state": row.state, "athena_appt_id": found.id}
    record(Verb.BOOKING_IMPORTED, actor=actor, subject=f"appointment:{row.pk}", facts=facts)
    keep_busy(row, row.end, now=now)
    flag(row, actor=actor, now=now)
    flag_neighbours(row.provider_id, row.start, row.end, besides=row, actor=actor, now=now)
    orphan = _orphan_behind(found)
    if orphan is not None:
        tell_differs(orphan, "orphan", actor=actor, now=now)
    return Outcome.ADDED


def _take_over(row: Appointment, found: EhrAppointment, place: Place | None, *, actor: Actor, now: datetime) -> Outcome:
    was, before = State(row.state), (row.provider_id, row.start, row.end)
    state = state_of(seen_visit(found), notice_period()) or (State.CANCELLED if was in LIVE else was)
    if was in ENDED and state in ENDED:
        state = was
    if place is None and state in LIVE:
        return _lost_sight(row, actor=actor, now=now)
    wanted = _columns(found, place, state) if place is not None else {"state": state.value}
    if row.visit_type_id is None and place is not None:
        wanted["visit_type"] = visit_type_of(found, place)
    changes = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    chart = _other_chart(row, found)
    if not changes and not chart and _is_busy(row) == (state in LIVE):
        if place is not None:
            agrees_again(row, actor=actor, now=now)
        return Outcome.UNCHANGED
    Appointment.objects.filter(pk=row.pk).update(**changes, **chart, ehr_seen_at=now)
    for name, value in changes.items():
        setattr(row, name, value)
    if state is not was:
        note(row.pk, state, actor=actor, now=now)
    if row.start != before[1]:
        bump_version(row)
    if (row.provider_id, row.start, row.end) != before:
        tell_timeline(row, "ehr_moved", actor=actor, now=now)
        facts = {"provider": row.provider_id, "start": row.start.isoformat()}
        record(Verb.BOOKING_FOLLOWED, actor=actor, subject=f"appointment:{row.pk}", facts=facts)
    keep_busy(row, row.end, now=now)
    flag(row, actor=actor, now=now)
    for provider_id, start, end in {before, (row.provider_id, row.start, row.end)}:
        flag_neighbours(provider_id, start, end, besides=row, actor=actor, now=now)
    if state in ENDED or state is State.NO_SHOW:
        visit_ended(row, actor=actor, now=now)
    elif place is not None:
        agrees_again(row, actor=actor, now=now)
    return Outcome.CANCELLED if was in LIVE and state not in LIVE | {State.COMPLETED} else Outcome.CHANGED


def _lost_sight(row: Appointment, *, actor: Actor, now: datetime) -> Outcome:
    """It went to a clinician or a department we do not know: his time is not ours to keep, this one's is free."""
    if _is_busy(row):
        Appointment.objects.filter(pk=row.pk).update(ehr_seen_at=now)
        _keep_free(row, actor=actor, now=now)
    tell_differs(row, "place", actor=actor, now=now)
    return Outcome.DIFFERS


def _keep_free(row: Appointment, *, actor: Actor, now: datetime) -> None:
    """Give a visit's time back though it takes place somewhere."""
    release(row.pk, now=now)
    flag_neighbours(row.provider_id, row.start, row.end, besides=row, actor=actor, now=now)


def _is_busy(row: Appointment) -> bool:
    return row.pk in busy_spans([row.pk])


def _other_chart(row: Appointment, found: EhrAppointment) -> dict[str, Any]:
    index = chart_index(found.patient_id) if found.patient_id else None
    if index is None or bytes(row.ehr_patient_index or b"") == index:
        return {}
    forget_chart_consents(row.pk)
    whose = {"patient_id": None, "contact_read_at": None, "contact_asked_at": None, "ehr_patient_index": index}
    whose["join_for"] = None  # the link was another person's
    return {**whose, **sealed(Appointment, row.pk, ehr_patient_id=found.patient_id)}


def _columns(found: EhrAppointment, place: Place, state: State) -> dict[str, Any]:
    return {
        "state": state.value,
        "provider_id": place.provider.pk,
        "location_id": place.location.pk,
        "start": place.start,
        "end": place.end,
        "time_zone": place.location.time_zone,
        "athena_appt_id": found.id,
        "slot_ehr_id": found.id,
    }


def _orphan_behind(found: EhrAppointment) -> Appointment | None:
    """The request of ours that the EHR booked after all, though it was given up here.

    Named by its note; a reschedule carries none, so the patient's chart in the very slot asked for tells it too.
    """
    named = {match for text in found.notes for match in _UUID.findall(text) if booking_note(match) in text}
    unbooked = [state.value for state in NO_VISIT | ENDED]
    ours = Appointment.objects.filter(origin=Appointment.Origin.MOONLIT, athena_appt_id=None)
    by_note = ours.filter(pk__in=named, state__in=unbooked).first()
    if by_note is not None or not found.patient_id:
        return by_note
    wanted = [state.value for state in OPEN | {State.FAILED, State.LOST}]
    by_chart = ours.filter(slot_ehr_id=found.id, state__in=wanted)
    return by_chart.filter(patient__ehr_patient_index=chart_index(found.patient_id)).order_by("-created_at").first()
