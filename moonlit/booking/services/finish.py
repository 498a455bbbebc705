"""Staff booked a waiting visit in the EHR by hand: they enter its id, we read it back and believe what is there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.availability.services import release
from moonlit.booking.models import Appointment
from moonlit.booking.services.charts import as_chart, as_person
from moonlit.booking.services.ended import visit_ended
from moonlit.booking.services.moves import change_lock
from moonlit.booking.services.outcome import after_settled
from moonlit.booking.services.state import progress_of, write
from moonlit.domain.booking import State, finished_by_staff
from moonlit.domain.identity import Returned, accept_returned_chart
from moonlit.domain.refusals import RefusalCode, RefusalReason, Refused
from moonlit.ehr.port import EhrAppointment, EhrError, EhrPort, EhrStatus, Rejected, get_ehr
from moonlit.people.models import Patient
from moonlit.people.queries import PersonForChart, person_for_chart
from moonlit.people.services import forget_chart_consents, record_chart
from moonlit.platform.db import advisory_lock

_SENTENCES = {
    "not_waiting": "This visit does not wait for the EHR any more.",
    "write_under_way": "A write to the EHR is under way. Please wait until it is settled.",
    "ehr_not_reached": "The EHR does not answer. Nothing was changed; please try again.",
    "not_found": "The EHR knows no appointment with this id.",
    "not_booked": "The EHR's appointment with this id is not booked.",
    "other_time": "The EHR's appointment with this id starts at another time.",
    "other_provider": "The EHR's appointment with this id is with another clinician.",
    "other_place": "The EHR's appointment with this id is in another department.",
    "other_patient": "The EHR's appointment with this id belongs to another patient.",
    "already_linked": "Another visit here already has this id.",
}


def finish_with_ehr_id(
    appointment_id: UUID, athena_appt_id: str, *, actor: Actor, clock: Callable[[], datetime]
) -> None:
    """Turn a `pending` visit into `booked` by the id of the appointment that staff made in the EHR (rules 4.5).

    The EHR's record must be booked, at the same time and place, with the same clinician, on a chart whose legal name
    and birth date are the patient's. From then on the visit is like any other: the patient is told, supervision is
    written. Where sync brought the same appointment in meanwhile, that row gives way to this one.

    Raises Refused (`invalid_request`) with a reason of `_SENTENCES`, having written nothing.
    """
    row = Appointment.objects.select_related("location", "provider").filter(pk=appointment_id).first()
    if row is None:
        raise Refused(RefusalCode.NOT_FOUND, "There is no such visit.")
    if row.state in {State.SUBMITTING.value, State.UNKNOWN.value}:
        raise _refused("write_under_way")
    if row.state != State.PENDING.value or row.patient_id is None:
        raise _refused("not_waiting")
    person = person_for_chart(row.patient_id, row.pk)
    found, identity = _read_back(row, person, athena_appt_id, get_ehr())
    now = clock()
    old = progress_of(row, patient_known=bool(person.ehr_patient_id))
    with transaction.atomic():
        change_lock(row)
        advisory_lock("provider", row.provider_id)
        _let_the_import_give_way(found.id, actor=actor, now=now)
        columns = {"athena_appt_id": found.id, "slot_ehr_id": found.id, "booked_at": now, "blocked": "", "problem": ""}
        row.problem = ""
        if not write(row, old, finished_by_staff(old), actor=actor, now=now, **columns):
            raise _refused("write_under_way")
        record_chart(row.patient_id, found.patient_id, identity)
        facts = {"athena_appt_id": found.id, "identity": identity.value}
        record(Verb.BOOKING_FINISHED, actor=actor, subject=f"appointment:{row.pk}", facts=facts)
        after_settled(row, finished_by_staff(old), [], actor=actor, now=now)


def _read_back(
    row: Appointment, person: PersonForChart, athena_appt_id: str, ehr: EhrPort
) -> tuple[EhrAppointment, Patient.Identity]:
    """The EHR's record, once it is proven to be this visit, and how sure we are of its chart. Remote reads only."""
    try:
        found = ehr.appointment(athena_appt_id)
        if found.status is not EhrStatus.BOOKED:
            raise _refused("not_booked")
        if found.start != row.start:
            raise _refused("other_time")
        if row.provider.calendar_source_id not in {found.provider_id, found.scheduling_provider_id}:
            raise _refused("other_provider")
        if found.department_id != row.location.ehr_department_id:
            raise _refused("other_place")
        chart = as_chart(ehr.patient(found.patient_id))
    except Rejected as fault:
        raise _refused("not_found") from fault
    except EhrError as fault:
        raise _refused("ehr_not_reached") from fault
    if person.ehr_patient_id and person.ehr_patient_id == found.patient_id:
        return found, Patient.Identity.MATCHED
    match accept_returned_chart(as_person(person), chart):
        case Returned.MATCH:
            return found, Patient.Identity.MATCHED
        case Returned.UNVERIFIED:
            return found, Patient.Identity.UNVERIFIED
        case _:
            raise _refused("other_patient")


def _let_the_import_give_way(athena_appt_id: str, *, actor: Actor, now: datetime) -> None:
    """The same appointment may have come in through sync before staff entered its id. The audit log keeps it."""
    twin = Appointment.objects.filter(athena_appt_id=athena_appt_id).first()
    if twin is None:
        return
    if twin.origin != Appointment.Origin.EHR or twin.decisions.exists():
        raise _refused("already_linked")
    release(twin.pk, now=now)
    visit_ended(twin, actor=actor, now=now)
    twin.reviews.all().delete()
    twin.history.all().delete()
    twin.links.all().delete()
    forget_chart_consents(twin.pk)
    twin.delete()


def _refused(why: str) -> Refused:
    sentence = _SENTENCES[why]
    return Refused(RefusalCode.INVALID_REQUEST, sentence, [RefusalReason(why, sentence, field="athena_appt_id")])
