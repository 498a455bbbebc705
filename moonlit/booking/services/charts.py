"""Whose chart the visit is booked on: found, made, or held for a person to look at (rules 4.8, 13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment
from moonlit.booking.services.state import visit_date
from moonlit.domain.business_time import add_business_time, end_of_business_day
from moonlit.domain.ehr_limits import fit
from moonlit.domain.identity import Ambiguous, Chart, Match, Person, Returned, accept_returned_chart, choose_chart
from moonlit.ehr.port import EhrError, EhrPatient, EhrPort, PersonDetails, Rejected, Throttled
from moonlit.people.models import Patient
from moonlit.people.queries import PersonForChart, person_for_chart
from moonlit.people.restriction_queries import is_restricted
from moonlit.people.services import hold_identity, record_chart
from moonlit.practice.office import office
from moonlit.practice.queries import today
from moonlit.worklist.kinds import TaskKind, Team
from moonlit.worklist.services import open_task

STAFF_LOOK_WITHIN = timedelta(hours=1)
"""Working time after which an undecided identity alarms (rules 4.8)."""
NOT_THE_PATIENTS_FAULT = frozenset({"forbidden", "not_found"})
"""Refusals of our account, or of a chart just made that is not readable yet: the same question later is answered."""


@dataclass(frozen=True, slots=True)
class ChartReady:
    ehr_patient_id: str
    identity: Patient.Identity


@dataclass(frozen=True, slots=True)
class ChartLater:
    """The EHR was out of reach, or our account there; nothing is decided."""

    retry_after: timedelta | None = None
    problem: str = "ehr_not_reached"


@dataclass(frozen=True, slots=True)
class ChartBlocked:
    """Nothing may go to the EHR until staff act; the time stays kept. `why` goes to `Appointment.blocked`."""

    why: str
    task: TaskKind


RESTRICTED = ChartBlocked("restricted", TaskKind.RESTRICTED_PATIENT)
RESTRICTION_LIFTED = "restriction_lifted"
"""Flag of a visit that staff let go on in spite of a restriction."""


def secure_chart(row: Appointment, ehr: EhrPort, *, now: datetime) -> ChartReady | ChartLater | ChartBlocked:
    """Find the patient's chart or have one made. Remote reads first; writes nothing of ours.

    Somebody restricted by name and birth date is held before the EHR hears of the request, somebody restricted by
    chart once the chart is known (rules 4.9).
    """
    if stopped := restriction_on(row, "", now=now):
        return stopped
    found = _find_or_make(row, ehr)
    return (restriction_on(row, found.ehr_patient_id, now=now) if isinstance(found, ChartReady) else None) or found


def restriction_on(row: Appointment, chart: str, *, now: datetime) -> ChartBlocked | None:
    """What stops the booking of a restricted person, until staff let it go on. `chart`: "" while not known."""
    if row.patient_id is None or RESTRICTION_LIFTED in row.flags:
        return None
    return RESTRICTED if is_restricted(row.patient_id, chart=chart, on=today(now)) else None


def _find_or_make(row: Appointment, ehr: EhrPort) -> ChartReady | ChartLater | ChartBlocked:
    if row.patient_id is None:
        raise ValueError("an appointment without patient has no chart to find")
    person = person_for_chart(row.patient_id, row.pk)
    email_required = not (person.phone or person.zip)
    fitted = fit(person.first_name, person.last_name, person.email, email_required=email_required)
    if fitted.needs_staff:
        return ChartBlocked("ehr_limits", TaskKind.EHR_NAME_TOO_LONG)
    department = row.location.ehr_department_id or ""
    details = details_of(person, email=fitted.email)
    try:
        charts = ehr.find_patient(details, department_id=department)
        choice = choose_chart(as_person(person), [as_chart(chart) for chart in charts])
        if isinstance(choice, Match):
            return ChartReady(choice.chart_id, Patient.Identity.MATCHED)
        if isinstance(choice, Ambiguous):
            return ChartBlocked("identity_review", TaskKind.IDENTITY_REVIEW)
        chart_id = ehr.create_patient(details, department_id=department)
        returned = accept_returned_chart(as_person(person), as_chart(ehr.patient(chart_id)))
    except Throttled as fault:
        return ChartLater(timedelta(seconds=fault.retry_after))
    except Rejected as fault:
        if fault.code in NOT_THE_PATIENTS_FAULT:
            return ChartLater(problem=f"ehr_{fault.code}")
        return ChartBlocked("ehr_refused_patient", TaskKind.EHR_REFUSED_PATIENT)
    except EhrError:
        # A create whose answer was lost is found by the next search; the EHR does not make the same person twice.
        return ChartLater()
    if returned is Returned.HOLD:
        return ChartBlocked("identity_review", TaskKind.IDENTITY_REVIEW)
    if returned is Returned.UNVERIFIED:
        return ChartReady(chart_id, Patient.Identity.UNVERIFIED)
    known = any(chart.id == chart_id for chart in charts)
    return ChartReady(chart_id, Patient.Identity.MATCHED if known else Patient.Identity.CREATED)


def keep_chart(row: Appointment, ready: ChartReady, *, actor: Actor, now: datetime) -> None:
    """Remember the chart and audit the choice; an unverified one goes to staff, the booking goes on (rules 4.8).

    Call inside the transaction that ends the claim, so that a worker whose claim has lapsed cannot change the chart.
    """
    if row.patient_id is None:
        raise ValueError("an appointment without patient has no chart to keep")
    record_chart(row.patient_id, ready.ehr_patient_id, ready.identity)
    facts = {"identity": ready.identity.value}
    record(Verb.PATIENT_MATCHED, actor=actor, subject=f"patient:{row.patient_id}", facts=facts)
    if ready.identity is Patient.Identity.UNVERIFIED:
        _task(TaskKind.IDENTITY_UNVERIFIED, row, actor=actor, now=now)


def announce_block(row: Appointment, blocked: ChartBlocked, *, actor: Actor, now: datetime) -> None:
    """Give the held booking to staff, with an alarm after one working hour; a restricted person is called the same
    day. Call inside a transaction.
    """
    if blocked.why == "identity_review" and row.patient_id is not None:
        hold_identity(row.patient_id)
    _task(blocked.task, row, actor=actor, now=now)


def _task(kind: TaskKind, row: Appointment, *, actor: Actor, now: datetime) -> None:
    hours = office()
    same_day = kind is TaskKind.RESTRICTED_PATIENT
    open_task(
        kind,
        subject=f"appointment:{row.pk}",
        team=Team.FRONT_DESK,
        due=end_of_business_day(now, hours) if same_day else add_business_time(now, STAFF_LOOK_WITHIN, hours),
        visit_date=visit_date(row),
        actor=actor,
        now=now,
    )


def details_of(person: PersonForChart, *, email: str) -> PersonDetails:
    return PersonDetails(
        first_name=person.first_name,
        last_name=person.last_name,
        date_of_birth=person.date_of_birth,
        email=email,
        phone=person.phone,
        street=person.street,
        city=person.city,
        state=person.state,
        zip=person.zip,
        sex=person.sex,
        language=person.language,
    )


def as_person(person: PersonForChart) -> Person:
    return Person(
        first_name=person.first_name,
        last_name=person.last_name,
        date_of_birth=person.date_of_birth,
        email=person.email,
        mobile=person.phone,
        member_ids=person.member_ids,
        street=person.street,
        zip=person.zip,
    )


def as_chart(chart: EhrPatient) -> Chart:
    if chart.details is None:
        return Chart(chart.id, None)
    found = chart.details
    return Chart(
        chart.id,
        Person(
            first_name=found.first_name,
            last_name=found.last_name,
            date_of_birth=found.date_of_birth,
            email=found.email,
            mobile=found.phone,
            street=found.street,
            zip=found.zip,
        ),
    )
