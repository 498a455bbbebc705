"""What staff do with a visit whose ground has changed: take the new way, or leave it as it is (rules 4.14)."""

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
from moonlit.platform.db import advisory_lock
from moonlit.platform.jobs import enqueue
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
