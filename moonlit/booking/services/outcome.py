"""What follows when the machine settles: messages, supervision, another provider, a call to the patient."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.availability.queries import Candidate, candidates
from moonlit.availability.services import CapReached, TimeTaken, slot_gone
from moonlit.booking.models import Appointment, AppointmentDecision
from moonlit.booking.services.moves import begin_cancel, move_lost, move_won, withdrawn_unbooked
from moonlit.booking.services.state import note, visit_date
from moonlit.booking.services.taking import take_time
from moonlit.domain.booking import LIVE, Progress, State, may_try_next_provider, try_next_provider
from moonlit.domain.business_time import end_of_business_day
from moonlit.domain.criteria import Age, Criteria
from moonlit.domain.reasons import Modality, Route
from moonlit.platform.db import advisory_lock
from moonlit.platform.jobs import enqueue
from moonlit.platform.outbox import emit
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.services import close_task, open_task

_ONLY_WHILE_UNDECIDED = (
    TaskKind.BOOKING_STUCK,
    TaskKind.PENDING_TOO_LONG,
    TaskKind.IDENTITY_REVIEW,
    TaskKind.EHR_NAME_TOO_LONG,
    TaskKind.EHR_REFUSED_PATIENT,
    TaskKind.RESTRICTED_PATIENT,
)


def others_at_this_start(row: Appointment, new: Progress, *, now: datetime) -> list[Candidate]:
    """Who may take a booking that is about to be lost, best first: same start, place, price and way of paying (rules
    4.6). Empty unless the patient chose "any". Call before the transaction that writes the loss.
    """
    if not row.any_provider or not may_try_next_provider(new, now):
        return []
    before = latest_snapshot(row)
    return [
        candidate
        for candidate in candidates(stored_criteria(row.criteria or {}), row.start, provider_id=None, now=now)
        if candidate.provider_id not in row.tried_providers
        and candidate.location_id == row.location_id
        and candidate.end == row.end
        and candidate.price_cents == before.get("price_cents")
        and (candidate.decision.payer or None) == before.get("payer_behavioral")
    ]


def lock_providers(row: Appointment, new: Progress, others: Sequence[Candidate]) -> None:
    """Take the locks of all providers a step may touch, in the order in which everybody takes them."""
    if others or new.state not in LIVE:
        for provider_id in sorted({row.provider_id, *(each.provider_id for each in others)}):
            advisory_lock("provider", provider_id)


def after_settled(row: Appointment, new: Progress, others: Sequence[Candidate], *, actor: Actor, now: datetime) -> None:
    """Runs in the transaction that wrote the step."""
    match new.state:
        case State.BOOKED:
            _booked(row, actor=actor, now=now)
        case State.LOST:
            slot_gone(row.slot_ehr_id or "", now=now)
            wanted = _withdrawn_at(row) is None
            if wanted and any(_reassign(row, new, candidate, actor=actor, now=now) for candidate in others):
                return
            _not_booked(row, actor=actor, now=now)
        case State.FAILED:
            _not_booked(row, actor=actor, now=now)
        case State.CANCELLED:
            withdrawn_unbooked(row, actor=actor, now=now)
        case _:
            return
    for kind in _ONLY_WHILE_UNDECIDED:
        close_task(kind, subject=f"appointment:{row.pk}", outcome=TaskOutcome.CONDITION_GONE, actor=actor, now=now)


def _booked(row: Appointment, *, actor: Actor, now: datetime) -> None:
    withdrawn_at = _withdrawn_at(row)
    if withdrawn_at is not None:
        # The patient took it back while the write was under way: cancelled as any booked visit, never confirmed.
        begin_cancel(row, late=False, asked_at=withdrawn_at, words={}, actor=actor, now=now)
        return
    if row.route == Route.SUPERVISED.value:
        from moonlit.booking.jobs import write_supervision_of  # the job calls the services

        Appointment.objects.filter(pk=row.pk).update(
            supervision_write=Appointment.SupervisionWrite.TO_WRITE, supervision_next_at=row.booked_at
        )
        enqueue(write_supervision_of, appointment=row.pk)
    if row.moved_from_id is not None:
        move_won(row, actor=actor, now=now)
    else:
        emit("appointment.booked", row.pk, version=row.version)


def _withdrawn_at(row: Appointment) -> datetime | None:
    """As it is now, not as it was read: whoever withdraws waits for nobody."""
    return Appointment.objects.values_list("withdrawn_at", flat=True).get(pk=row.pk)


def _not_booked(row: Appointment, *, actor: Actor, now: datetime) -> None:
    """The patient hears no, with alternatives, and staff call (rules 4.6)."""
    if _withdrawn_at(row) is not None:
        withdrawn_unbooked(row, actor=actor, now=now)
        return
    if row.moved_from_id is not None:
        move_lost(row, now=now)
        return
    emit("appointment.not_booked", row.pk, version=row.version)
    open_task(
        TaskKind.NOT_BOOKED_CALL,
        subject=f"appointment:{row.pk}",
        team=Team.FRONT_DESK,
        due=end_of_business_day(now, office()),
        visit_date=visit_date(row),
        actor=actor,
        now=now,
    )


def latest_snapshot(row: Appointment) -> dict[str, Any]:
    previous = row.decisions.order_by("-version").first()
    return previous.snapshot if previous is not None else {}


def _reassign(row: Appointment, lost: Progress, candidate: Candidate, *, actor: Actor, now: datetime) -> bool:
    """Give the request to another provider; False when that time was taken meanwhile."""
    decision = candidate.decision
    again = try_next_provider(lost, now)
    version = row.version + 1
    try:
        with transaction.atomic():
            take_time(row.pk, candidate, now=now)
    except (TimeTaken, CapReached):
        return False
    Appointment.objects.filter(pk=row.pk, state=State.LOST.value).update(
        state=again.state.value,
        puts=again.puts,
        attempts=again.attempts,
        last_put_at=again.last_put_at,
        next_look_at=again.next_look_at,
        provider_id=candidate.provider_id,
        rendering_provider_id=decision.rendering,
        supervisor_id=decision.supervisor,
        slot_ehr_id=candidate.slot_ehr_id,
        ehr_reason_id=candidate.ehr_reason_id,
        route=decision.route.value,
        claim_mode=decision.claim_mode.value if decision.claim_mode else "",
        flags=[flag.value for flag in candidate.flags],
        tried_providers=[*row.tried_providers, candidate.provider_id],
        version=version,
    )
    AppointmentDecision.objects.create(
        appointment=row,
        version=version,
        decided_at=now,
        snapshot={
            **latest_snapshot(row),
            "route": decision.route.value,
            "reasons": [finding.reason.value for finding in decision.reasons],
            "provider": candidate.provider_id,
            "rendering": decision.rendering,
            "supervisor": decision.supervisor,
            "claim_mode": decision.claim_mode.value if decision.claim_mode else None,
        },
    )
    record(
        Verb.BOOKING_REASSIGNED,
        actor=actor,
        subject=f"appointment:{row.pk}",
        facts={"from": row.provider_id, "to": candidate.provider_id},
    )
    note(row.pk, State.PENDING, problem="next_provider", actor=actor, now=now)
    return True


def stored_criteria(stored: dict[str, Any]) -> Criteria:
    """The criteria a booking was asked with, as `criteria_as_stored` kept them."""
    born = stored.get("date_of_birth")
    return Criteria(
        visit_type=stored["visit_type"],
        modality=Modality(stored["modality"]),
        place_state=stored["place_state"],
        location=stored.get("location"),
        payer=stored.get("payer"),
        self_pay=bool(stored.get("self_pay")),
        plan=stored.get("plan"),
        age=Age(born=date.fromisoformat(born)) if born else Age(years=stored.get("age")),
        visit_language=stored.get("visit_language") or "en",
        interpreter_accepted=stored.get("interpreter_accepted"),
        benefit=stored.get("benefit"),
        employer=stored.get("employer"),
        county=stored.get("county"),
    )
