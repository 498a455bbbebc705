"""Whether visits are ready, and the task for one that is not two days ahead (rules 4.13)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from moonlit.audit.actor import SYSTEM
from moonlit.booking.models import Appointment
from moonlit.booking.services.state import visit_date
from moonlit.coverage.queries import facts
from moonlit.domain.booking import State
from moonlit.domain.business_time import end_of_business_day
from moonlit.domain.consents import consents_needed
from moonlit.domain.readiness import Missing, Policy, Preparation, Verification, not_ready
from moonlit.domain.reasons import PayerType
from moonlit.people.models import Consent, Insurance
from moonlit.practice.documents import documents_in_force
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.queries import open_subjects
from moonlit.worklist.services import close_task, open_task

AHEAD = timedelta(hours=48)


def missing_for(rows: Sequence[Appointment]) -> dict[UUID, tuple[Missing, ...]]:
    """What is still missing for each of these visits, in a fixed number of queries. `rows` carry patient and location.

    Says nothing about a visit that was made in the EHR.
    """
    ours = [row for row in rows if row.origin == Appointment.Origin.MOONLIT and row.patient_id is not None]
    ids = [row.pk for row in ours]
    policies: dict[UUID, list[Policy]] = defaultdict(list)
    payers = facts().payers
    named = Insurance.objects.filter(appointment__in=ids).order_by("sequence")
    for visit, payer, verification, on in named.values_list("appointment", "payer_code", "verification", "verified_on"):
        monthly = payer in payers and payers[payer].type is PayerType.MEDICAID
        policies[visit].append(Policy(Verification(verification), on, monthly))
    given: dict[UUID, set[str]] = defaultdict(set)
    agreed = Consent.objects.filter(appointment__in=ids, state=Consent.State.GIVEN)
    for visit, kind in agreed.values_list("appointment", "kind"):
        given[visit].add(kind)
    kinds = documents_in_force()
    return {
        row.pk: not_ready(
            visit_date(row),
            Preparation(
                identity=row.patient.identity if row.patient else "",
                self_pay=row.self_pay,
                policies=policies[row.pk],
                consents_needed=consents_needed(kinds, video=_by_video(row), self_pay=row.self_pay),
                consents_given=frozenset(given[row.pk]),
                place_known=bool(row.place_of_service and row.place_state),
            ),
        )
        for row in ours
    }


def review_readiness(*, now: datetime) -> None:
    """Open a task for every booked visit of the next 48 hours that is not ready; close those whose visit is, or is no
    longer ahead.
    """
    soon = Appointment.objects.filter(state=State.BOOKED.value, start__gt=now, start__lte=now + AHEAD)
    ours = soon.filter(origin=Appointment.Origin.MOONLIT, patient__isnull=False)
    rows = {row.pk: row for row in ours.select_related("patient", "location")}
    wanted = {f"appointment:{pk}": rows[pk] for pk, missing in missing_for(list(rows.values())).items() if missing}
    already = set(open_subjects(TaskKind.NOT_READY))
    for subject in already - wanted.keys():
        close_task(TaskKind.NOT_READY, subject=subject, outcome=TaskOutcome.CONDITION_GONE, actor=SYSTEM, now=now)
    for subject in sorted(wanted.keys() - already):
        _not_ready(wanted[subject], now=now)


def review_readiness_of(appointment_id: UUID, *, now: datetime) -> None:
    """The same for one visit, at once: something about it was told or signed. Runs in a transaction."""
    ours = Appointment.objects.filter(origin=Appointment.Origin.MOONLIT, patient__isnull=False)
    rows = ours.select_related("patient", "location")
    row = rows.filter(pk=appointment_id, state=State.BOOKED.value, start__gt=now, start__lte=now + AHEAD).first()
    if row is None:
        return
    if missing_for([row])[row.pk]:
        _not_ready(row, now=now)
        return
    subject = f"appointment:{row.pk}"
    close_task(TaskKind.NOT_READY, subject=subject, outcome=TaskOutcome.CONDITION_GONE, actor=SYSTEM, now=now)


def _not_ready(row: Appointment, *, now: datetime) -> None:
    """The task, unless it is open already."""
    open_task(
        TaskKind.NOT_READY,
        subject=f"appointment:{row.pk}",
        team=Team.FRONT_DESK,
        due=end_of_business_day(now, office()),
        visit_date=visit_date(row),
        actor=SYSTEM,
        now=now,
    )


def _by_video(row: Appointment) -> bool:
    return bool(row.location.kind == "telehealth")
