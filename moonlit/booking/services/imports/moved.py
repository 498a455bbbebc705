"""A visit of ours the front desk moved: the EHR's new record becomes the patient's visit (rules 4.10, 5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment, AppointmentDecision
from moonlit.booking.services.chart_writes import open_chart_writes
from moonlit.booking.services.duplicates import review_duplicates, review_neighbours
from moonlit.booking.services.ended import visit_ended
from moonlit.booking.services.estimates import open_estimate
from moonlit.booking.services.imports.busy import keep_busy
from moonlit.booking.services.imports.differs import tell_differs
from moonlit.booking.services.imports.look import notice_period, seen_visit
from moonlit.booking.services.imports.place import Place
from moonlit.booking.services.imports.rules import OVERLAP, PAYER_UNKNOWN, flag_neighbours
from moonlit.booking.services.state import note
from moonlit.booking.services.supervision import is_written
from moonlit.domain.booking import LIVE, State
from moonlit.domain.ehr_states import state_of
from moonlit.domain.reasons import Route
from moonlit.ehr.port import EhrAppointment
from moonlit.people.services import carry_over, forget_chart_consents
from moonlit.platform.jobs import enqueue
from moonlit.platform.outbox import emit
from moonlit.worklist.kinds import TaskKind, TaskOutcome
from moonlit.worklist.services import close_task

CARRIED = (
    "rendering_provider_id",
    "supervisor_id",
    "visit_type_id",
    "patient_id",
    "ehr_reason_id",
    "route",
    "claim_mode",
    "payer_code",
    "payer_behavioral",
    "self_pay",
    "place_of_service",
    "place_state",
    "visit_language",
    "client_ref",
)
"""What stays true of the visit at its new time, until it is decided again (rules 4.14)."""


def carry_on(old: Appointment, found: EhrAppointment, place: Place, *, actor: Actor, now: datetime) -> bool:
    """Make the EHR's record `found` the visit that replaces `old`, with the patient's data; False: it is already.

    A copy that came in as a stranger's before becomes the patient's. Call in the transaction, under the locks.
    """
    state = state_of(seen_visit(found), notice_period())
    row = Appointment.objects.select_for_update(of=("self",)).filter(athena_appt_id=found.id).first()
    if state is None or (row is not None and row.origin == Appointment.Origin.MOONLIT):
        return False
    stranger = row is not None
    row = row or Appointment(created_at=now)
    length = _length(old, place)
    columns: dict[str, Any] = {name: getattr(old, name) for name in CARRIED}
    columns |= {
        "origin": Appointment.Origin.MOONLIT,
        "state": state.value,
        "provider_id": place.provider.pk,
        "location_id": place.location.pk,
        "start": place.start,
        "end": place.start + length,
        "time_zone": place.location.time_zone,
        "slot_ehr_id": found.id,
        "athena_appt_id": found.id,
        "moved_from_id": old.pk,
        "flags": [each for each in old.flags if each not in {OVERLAP, PAYER_UNKNOWN}],
        "criteria": old.criteria,
        "patient_note": old.patient_note,
        "notice_limit_at": place.start - (old.start - old.notice_limit_at) if old.notice_limit_at else None,
        "booked_at": now,
        "ehr_seen_at": now,
        "ehr_patient_id": None,
        "ehr_patient_index": None,
        "version": row.version + 1 if stranger else 1,
    }
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(force_insert=not stranger)
    forget_chart_consents(row.pk)
    carry_over(old.pk, row.pk)
    _decision(old, row, now=now)
    note(row.pk, state, problem="ehr_moved", actor=actor, now=now)
    record(Verb.BOOKING_FOLLOWED, actor=actor, subject=f"appointment:{row.pk}", facts={"from": str(old.pk)})
    keep_busy(row, place.end, now=now)
    flag_neighbours(row.provider_id, row.start, place.end, besides=row, actor=actor, now=now)
    close_task(
        TaskKind.IMPORT_BREAKS_RULE,
        subject=f"appointment:{row.pk}",
        outcome=TaskOutcome.CONDITION_GONE,
        actor=actor,
        now=now,
    )
    _supervision(row, found, actor=actor, now=now)
    if state in LIVE and row.start > now:
        emit("appointment.followed", row.pk, version=row.version)
    if state is State.BOOKED:
        _after_booked(row, now=now)
    if state in {State.CANCELLED, State.LATE_CANCELLED}:
        visit_ended(row, actor=actor, now=now)
        emit("appointment.cancelled", row.pk, version=row.version)
    return True


def _after_booked(row: Appointment, *, now: datetime) -> None:
    """What follows a move of ours follows this one too: no event says that a visit is booked at a new record."""
    open_chart_writes(row.pk, now=now)
    open_estimate(row.pk, now=now)
    review_duplicates(row.pk, now=now)
    review_neighbours(row.pk, now=now)


def _length(old: Appointment, place: Place) -> timedelta:
    """As long as the patient was told, where the EHR gives it at least that."""
    return min(old.end - old.start, place.end - place.start)


def _decision(old: Appointment, row: Appointment, *, now: datetime) -> None:
    previous = old.decisions.order_by("-version").first()
    moved = {"provider": row.provider_id, "start": row.start.isoformat(), "time_zone": row.time_zone}
    AppointmentDecision.objects.create(
        appointment=row,
        version=row.version,
        decided_at=now,
        snapshot={**(previous.snapshot if previous else {}), **moved},
    )


def _supervision(row: Appointment, found: EhrAppointment, *, actor: Actor, now: datetime) -> None:
    """Whether the supervisor went along is not promised: kept where he did, written where nobody stands (rules 4.7).

    Somebody else, put there by hand, is not overwritten.
    """
    if row.route != Route.SUPERVISED.value or row.supervisor is None or row.state != State.BOOKED:
        return
    writes = Appointment.SupervisionWrite
    names = {"seen": row.provider.calendar_source_id or "", "supervisor": row.supervisor.calendar_source_id or ""}
    if is_written(found, **names, claim_mode=row.claim_mode):
        Appointment.objects.filter(pk=row.pk).update(supervision_write=writes.WRITTEN)
    elif found.supervising_provider_id:
        Appointment.objects.filter(pk=row.pk).update(supervision_write=writes.FAILED)
        tell_differs(row, "supervisor", actor=actor, now=now)
    else:
        from moonlit.booking.jobs import write_supervision_of  # the job calls the services

        Appointment.objects.filter(pk=row.pk).update(supervision_write=writes.TO_WRITE, supervision_next_at=now)
        enqueue(write_supervision_of, appointment=row.pk)
