"""Staff say who the patient is, and a held booking goes on (rules 4.8, 4.9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment
from moonlit.booking.services.chart_writes import reopen_chart_writes
from moonlit.booking.services.charts import RESTRICTED, RESTRICTION_LIFTED, as_chart, as_person, details_of
from moonlit.booking.services.state import visit_date
from moonlit.domain.booking import State
from moonlit.domain.business_time import end_of_business_day
from moonlit.domain.ehr_limits import fit
from moonlit.domain.identity import Returned, accept_returned_chart, same_name_and_birth
from moonlit.domain.refusals import RefusalCode, RefusalReason, Refused
from moonlit.ehr.port import EhrError, Rejected, get_ehr
from moonlit.people.models import Patient
from moonlit.people.queries import person_for_chart
from moonlit.people.services import record_chart
from moonlit.platform.jobs import enqueue
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.services import close_task, open_task

ABOUT_THE_CHART = frozenset({"identity_review", "ehr_limits", "ehr_refused_patient"})
"""Blocks that a chart named or made by staff resolves."""
_SENTENCES = {
    "not_waiting": "This visit does not wait for a decision about the patient any more.",
    "not_found": "The EHR knows no chart with this number.",
    "ehr_not_reached": "The EHR does not answer. Nothing was changed; please try again.",
    "differs": "Name or birth date on this chart differ. If it is the patient all the same, say why.",
    "existing": "The EHR answered with a chart that exists already. Make the chart in the EHR, then enter its number.",
    "ehr_refused": "The EHR refused these details. Make the chart in the EHR, then enter its number.",
    "unclear": "The EHR's answer was lost. Look for the chart in the EHR, then enter its number.",
    "reason_missing": "Please say why.",
}


def take_chart(
    appointment_id: UUID, ehr_patient_id: str, *, reason: str, actor: Actor, clock: Callable[[], datetime]
) -> None:
    """This chart is the patient: it is read, and the booking goes on with it.

    Legal name and birth date must agree, or `reason` says why it is the patient all the same. Raises Refused
    (`invalid_request`) with a reason of `_SENTENCES`, having written nothing.
    """
    row = _blocked(appointment_id, ABOUT_THE_CHART)
    person = person_for_chart(row.patient_id, row.pk)
    try:
        chart = as_chart(get_ehr().patient(ehr_patient_id))
    except Rejected as fault:
        raise _refused("not_found") from fault
    except EhrError as fault:
        raise _refused("ehr_not_reached") from fault
    agrees = chart.person is not None and same_name_and_birth(as_person(person), chart.person)
    if not agrees and not reason.strip():
        raise _refused("differs")
    _decided(row, chart.id, Patient.Identity.MATCHED, agrees=agrees, reason=reason, actor=actor, now=clock())


def make_chart(appointment_id: UUID, *, actor: Actor, clock: Callable[[], datetime]) -> None:
    """None of these charts is the patient: have the EHR make a new chart, and go on with it.

    Only a chart that is certainly new is taken: the EHR may answer a create with a chart it holds for the same person.
    Raises Refused as `take_chart`; then staff make the chart by hand and enter its number.
    """
    row = _blocked(appointment_id, ABOUT_THE_CHART)
    person = person_for_chart(row.patient_id, row.pk)
    email_required = not (person.phone or person.zip)
    fitted = fit(person.first_name, person.last_name, person.email, email_required=email_required)
    if fitted.needs_staff:
        raise _refused("ehr_refused")
    details, department = details_of(person, email=fitted.email), row.location.ehr_department_id or ""
    ehr = get_ehr()
    try:
        before = {chart.id for chart in ehr.find_patient(details, department_id=department)}
    except EhrError as fault:
        raise _refused("ehr_not_reached") from fault
    try:
        made = ehr.create_patient(details, department_id=department)
        chart = as_chart(ehr.patient(made))
    except Rejected as fault:
        raise _refused("ehr_refused") from fault
    except EhrError as fault:
        raise _refused("unclear") from fault
    if made in before or accept_returned_chart(as_person(person), chart) is not Returned.MATCH:
        raise _refused("existing")
    _decided(row, made, Patient.Identity.CREATED, agrees=True, reason="", actor=actor, now=clock())


def call_patient(appointment_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Nobody can tell: the visit stays held, and somebody calls the patient today. A repeated call changes nothing."""
    row = _blocked(appointment_id, ABOUT_THE_CHART)
    with transaction.atomic():
        Appointment.objects.filter(pk=row.pk, call_task_at=None).update(call_task_at=now)
        open_task(
            TaskKind.PENDING_TOO_LONG,
            subject=f"appointment:{row.pk}",
            team=Team.FRONT_DESK,
            due=end_of_business_day(now, office()),
            visit_date=visit_date(row),
            actor=actor,
            now=now,
        )


def verify_identity(appointment_id: UUID, *, reason: str, actor: Actor, now: datetime) -> None:
    """Somebody has made sure that the unverified chart is the patient's: what waited for that is written now.

    `reason` says how. Raises Refused when there is nothing to verify, or without a reason.
    """
    if not reason.strip():
        raise _refused("reason_missing")
    row = Appointment.objects.filter(pk=appointment_id, patient__isnull=False).first()
    with transaction.atomic():
        unverified = Patient.objects.filter(pk=row.patient_id if row else None, identity=Patient.Identity.UNVERIFIED)
        if row is None or not unverified.update(identity=Patient.Identity.MATCHED):
            raise _refused("not_waiting")
        subject = f"patient:{row.patient_id}"
        record(Verb.PATIENT_MATCHED, actor=actor, subject=subject, facts={"identity": "matched"}, reason=reason.strip())
        for visit in Appointment.objects.filter(patient_id=row.patient_id):
            close_task(
                TaskKind.IDENTITY_UNVERIFIED,
                subject=f"appointment:{visit.pk}",
                outcome=TaskOutcome.DONE,
                actor=actor,
                now=now,
            )
            reopen_chart_writes(visit.pk, now=now)


def lift_restriction(appointment_id: UUID, *, reason: str, actor: Actor, now: datetime) -> None:
    """Let one visit of a restricted person go on; the restriction itself stays. `reason` says why."""
    if not reason.strip():
        raise _refused("reason_missing")
    row = _blocked(appointment_id, frozenset({RESTRICTED.why}))
    with transaction.atomic():
        _go_on(row, actor=actor, now=now, flags=[*row.flags, RESTRICTION_LIFTED])
        record(Verb.RESTRICTION_LIFTED, actor=actor, subject=f"appointment:{row.pk}", reason=reason.strip())


def _blocked(appointment_id: UUID, why: frozenset[str]) -> Appointment:
    row = Appointment.objects.select_related("location").filter(pk=appointment_id).first()
    if row is None or row.patient_id is None or row.state != State.PENDING or row.blocked not in why:
        raise _refused("not_waiting")
    return row


def _decided(
    row: Appointment,
    chart: str,
    identity: Patient.Identity,
    *,
    agrees: bool,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    with transaction.atomic():
        _go_on(row, actor=actor, now=now)
        record_chart(row.patient_id, chart, identity)
        facts = {"identity": identity.value, "name_and_birth_date_agree": agrees}
        record(
            Verb.PATIENT_MATCHED, actor=actor, subject=f"patient:{row.patient_id}", facts=facts, reason=reason.strip()
        )


def _go_on(row: Appointment, *, actor: Actor, now: datetime, **columns: object) -> None:
    """Clear the block, unless somebody did meanwhile, and wake the worker. Call inside a transaction."""
    from moonlit.booking.jobs import advance_booking  # the job calls the services

    waiting = Appointment.objects.filter(pk=row.pk, state=State.PENDING.value, blocked=row.blocked)
    if not waiting.update(blocked="", problem="", next_look_at=now, **columns):
        raise _refused("not_waiting")
    for kind in (
        TaskKind.IDENTITY_REVIEW,
        TaskKind.EHR_NAME_TOO_LONG,
        TaskKind.EHR_REFUSED_PATIENT,
        TaskKind.RESTRICTED_PATIENT,
    ):
        close_task(kind, subject=f"appointment:{row.pk}", outcome=TaskOutcome.DONE, actor=actor, now=now)
    enqueue(advance_booking, appointment=row.pk)


def _refused(why: str) -> Refused:
    sentence = _SENTENCES[why]
    return Refused(RefusalCode.INVALID_REQUEST, sentence, [RefusalReason(why, sentence)])
