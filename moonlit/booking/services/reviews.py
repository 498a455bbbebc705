"""What staff do with a visit whose ground has changed: take the new way, ask the patient, or leave it (rules 4.14)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment, AppointmentDecision, VisitReview
from moonlit.booking.services.state import visit_date
from moonlit.domain.business_time import end_of_business_day
from moonlit.domain.reasons import Route
from moonlit.people.queries import reachable
from moonlit.platform.db import advisory_lock
from moonlit.platform.jobs import enqueue
from moonlit.platform.outbox import emit
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.services import close_task, open_task

PAST = "reviews:past"
"""One task stands for all visits already held: a contract that ends backwards may touch hundreds."""
_TASKS = {
    VisitReview.Kind.PROPOSAL: (TaskKind.COVERAGE_PROPOSAL, Team.BILLING),
    VisitReview.Kind.LOST: (TaskKind.COVERAGE_LOST, Team.FRONT_DESK),
    VisitReview.Kind.PAST: (TaskKind.COVERAGE_PAST, Team.BILLING),
}


def apply_review(review_id: UUID, *, actor: Actor, now: datetime) -> bool:
    """Bill a visit to come the way that was proposed: a new version of its decision, none overwritten. The visit's own
    version stays, because nothing that the patient was told has changed: messages on their way are still true.

    False, with nothing changed, when the proposal is no longer open or the visit's decision is not the one it was
    made for. The supervising provider is written to the EHR again.
    """
    with transaction.atomic():
        review = _open(review_id, VisitReview.Kind.PROPOSAL)
        if review is None or review.after is None:
            return False
        row = Appointment.objects.select_for_update(of=("self",)).get(pk=review.appointment_id)
        after, before = review.after, review.before
        now_billed = (row.payer_behavioral or None, row.route, row.rendering_provider_id, row.supervisor_id)
        if now_billed != tuple(before[name] for name in ("payer", "route", "rendering", "supervisor")):
            return False
        if row.state != Appointment.State.BOOKED or row.start <= now or row.change:
            return False
        previous = row.decisions.order_by("-version").first()
        version = previous.version + 1 if previous else row.version
        AppointmentDecision.objects.create(
            appointment=row,
            version=version,
            decided_at=now,
            snapshot={
                **(previous.snapshot if previous else {}),
                "route": after["route"],
                "rendering": after["rendering"],
                "supervisor": after["supervisor"],
                "claim_mode": after["claim_mode"],
                "payer_behavioral": after["payer"],
            },
        )
        Appointment.objects.filter(pk=row.pk).update(
            route=after["route"],
            rendering_provider_id=after["rendering"],
            supervisor_id=after["supervisor"],
            claim_mode=after["claim_mode"] or "",
            payer_behavioral=after["payer"] or "",
        )
        _write_supervision_again(row, after["route"], actor=actor, now=now)
        _settle(review, VisitReview.State.APPLIED, actor=actor, now=now)
    return True


def dismiss_review(review_id: UUID, *, actor: Actor, now: datetime) -> bool:
    """Leave the visit as it is. The same finding does not come up again. False: it was settled already."""
    with transaction.atomic():
        review = _open(review_id)
        if review is None:
            return False
        _settle(review, VisitReview.State.DISMISSED, actor=actor, now=now)
    return True


def tell_patient(review_id: UUID, *, actor: Actor, now: datetime) -> bool:
    """Ask the patient, once for each open review, to call or to choose another time (rules 4.14). It stays open.

    False, with nothing changed, when it was settled or told before, is about the past, or there is no contact. True is
    not yet that somebody hears of it: whether the contact is stopped is the Notification Service's to see, and its
    notice says so. What the message says nothing of: money, coverage, clinicians.
    """
    with transaction.atomic():
        review = _open(review_id, VisitReview.Kind.PROPOSAL, VisitReview.Kind.LOST)
        if review is None:
            return False
        row = Appointment.objects.get(pk=review.appointment_id)
        if not may_be_told(review, row, now) or not _has_a_way(row):
            return False
        untold = VisitReview.objects.filter(pk=review.pk, state=VisitReview.State.OPEN, told_at=None)
        if not untold.update(told_at=now):
            return False
        facts = {"kind": review.kind, "review": str(review.pk)}
        record(Verb.PROPOSAL_TOLD, actor=actor, subject=f"appointment:{row.pk}", facts=facts)
        # Of the review, not of the visit: nothing that the patient was told has changed, so the version stays.
        emit("review.told", review.pk, version=row.version)
    return True


def may_be_told(review: VisitReview, visit: Appointment, now: datetime) -> bool:
    """Whether asking the patient makes sense: not asked yet, and the visit is to come and stands. Pure; whether there
    is somebody to write to is seen when it is tried.
    """
    stands = visit.state == Appointment.State.BOOKED and not visit.change and visit.patient_id is not None
    return stands and visit.start > now and review.kind != VisitReview.Kind.PAST and review.told_at is None


def _has_a_way(visit: Appointment) -> bool:
    if visit.patient_id is None:
        return False
    people = reachable(visit.pk, visit.patient_id)
    return bool(people.email or people.sms or people.booker_email)


def open_tasks(row: Appointment, kind: VisitReview.Kind, *, actor: Actor, now: datetime) -> None:
    """The task that goes with a review. Call inside the transaction that stores it."""
    task, team = _TASKS[kind]
    past = kind is VisitReview.Kind.PAST
    open_task(
        task,
        subject=PAST if past else f"appointment:{row.pk}",
        team=team,
        due=end_of_business_day(now, office()),
        visit_date=None if past else visit_date(row),
        actor=actor,
        now=now,
    )


def close_tasks(
    appointment_id: UUID, *, actor: Actor, now: datetime, outcome: TaskOutcome = TaskOutcome.CONDITION_GONE
) -> None:
    """Close what was opened for reviews of this visit, and the one for the past when no review of it is left."""
    for kind in (TaskKind.COVERAGE_PROPOSAL, TaskKind.COVERAGE_LOST):
        close_task(kind, subject=f"appointment:{appointment_id}", outcome=outcome, actor=actor, now=now)
    if not VisitReview.objects.filter(state=VisitReview.State.OPEN, kind=VisitReview.Kind.PAST).exists():
        close_task(TaskKind.COVERAGE_PAST, subject=PAST, outcome=outcome, actor=actor, now=now)


def _open(review_id: UUID, *kinds: VisitReview.Kind) -> VisitReview | None:
    review = VisitReview.objects.filter(pk=review_id, state=VisitReview.State.OPEN).first()
    if review is None or (kinds and review.kind not in kinds):
        return None
    advisory_lock("review", str(review.appointment_id))
    return review if VisitReview.objects.filter(pk=review_id, state=VisitReview.State.OPEN).exists() else None


def _settle(review: VisitReview, state: VisitReview.State, *, actor: Actor, now: datetime) -> None:
    VisitReview.objects.filter(pk=review.pk).update(state=state, settled_at=now, settled_by=actor.id)
    facts = {"kind": review.kind, "state": state.value, "before": review.before, "after": review.after}
    record(Verb.BOOKING_REDECIDED, actor=actor, subject=f"appointment:{review.appointment_id}", facts=facts)
    close_tasks(review.appointment_id, actor=actor, now=now, outcome=TaskOutcome.DONE)


def _write_supervision_again(row: Appointment, route: str, *, actor: Actor, now: datetime) -> None:
    """A supervised visit gets its supervisor in the EHR; one that no longer has any is cleared there by hand."""
    if route == Route.SUPERVISED.value:
        from moonlit.booking.jobs import write_supervision_of  # the job calls the services

        Appointment.objects.filter(pk=row.pk).update(
            supervision_write=Appointment.SupervisionWrite.TO_WRITE, supervision_attempts=0, supervision_next_at=now
        )
        enqueue(write_supervision_of, appointment=row.pk)
    elif row.route == Route.SUPERVISED.value:
        Appointment.objects.filter(pk=row.pk).update(supervision_write=Appointment.SupervisionWrite.FAILED)
        open_task(
            TaskKind.WRITE_SUPERVISION_FAILED,
            subject=f"appointment:{row.pk}",
            team=Team.BILLING,
            due=end_of_business_day(now, office()),
            visit_date=visit_date(row),
            note="The visit is no longer supervised: please remove the supervising provider in the EHR.",
            actor=actor,
            now=now,
        )
