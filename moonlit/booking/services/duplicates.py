"""Two visits of one person (rules 4.9): found after a public booking, refused where the person is proven."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from moonlit.audit.actor import SYSTEM
from moonlit.booking.models import Appointment
from moonlit.booking.services.state import visit_date
from moonlit.domain.booking import OPEN, State
from moonlit.domain.business_time import end_of_business_day
from moonlit.domain.duplicates import ESTABLISHED_FOR, Double, HeldVisit, doubles
from moonlit.domain.readiness import SURE
from moonlit.domain.refusals import RefusalCode, RefusalReason, Refused
from moonlit.people.models import Booker, Insurance, Patient
from moonlit.platform.outbox import emit
from moonlit.practice.models import VisitType
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.queries import open_subjects
from moonlit.worklist.services import close_task, open_task

HELD = [state.value for state in OPEN | {State.BOOKED, State.CHECKED_IN}]
"""States of a visit that a person holds; a time held without a name belongs to nobody yet."""
_SENTENCES = {
    Double.OVERLAP: "You have another visit at this time.",
    Double.SECOND_FIRST_VISIT: "You have a first visit already. Please change that one.",
}


def refuse_overlap(
    patient_id: UUID,
    start: datetime,
    end: datetime,
    visit_type: VisitType | None,
    *,
    excluding: Iterable[UUID] = (),
    proven_contact: bytes | None = None,
    now: datetime,
) -> None:
    """Raise Refused `patient_overlap` when this person holds a visit that does not go with the one asked for.

    Only where the person is proven, by staff or a verified link: to anybody else the answer would tell that somebody
    is a patient. `excluding`: the visit that is being moved. `proven_contact` is the blind index of the contact a
    link's holder has proven: only visits that were booked with it count, because name and birth date are known to
    others too. None: staff ask, everything counts, visits imported from the EHR by their chart.
    """
    asked = HeldVisit(start, end, *_kind(visit_type))
    others = visits_of(patient_id).filter(state__in=HELD, end__gt=now).exclude(pk__in=list(excluding))
    if proven_contact is not None:
        others = others.filter(Q(patient__email_index=proven_contact) | Q(patient__phone_index=proven_contact))
    found = doubles(asked, [_held(row) for row in others])
    if found:
        reasons = [RefusalReason(double.value, _SENTENCES[double]) for double in Double if double in found]
        raise Refused(RefusalCode.PATIENT_OVERLAP, reasons[0].detail, reasons)


def review_duplicates(appointment_id: UUID, *, now: datetime) -> None:
    """Open a task when a booked visit does not go with one of the same person that was asked for before it, or calls
    somebody new who was here within three years; close it when that is no longer so.

    The contact on file of the visit that stood before is told. Runs in a transaction.
    """
    row = Appointment.objects.select_related("visit_type").filter(pk=appointment_id).first()
    if row is None or row.patient_id is None:
        return
    same_person = visits_of(row.patient_id).exclude(pk__in=[row.pk, row.moved_from_id]).exclude(moved_from=row.pk)
    held = row.state in HELD and row.end > now
    asked_before = Q(created_at__lt=row.created_at) | Q(created_at=row.created_at, pk__lt=row.pk)
    stood = same_person.filter(asked_before | Q(origin=Appointment.Origin.EHR))
    beside = stood.filter(state__in=HELD, end__gt=now) if held else stood.none()
    twice = [other for other in beside if doubles(_held(row), [_held(other)])]
    _keep(TaskKind.PATIENT_OVERLAP, row, open_it=bool(twice), now=now)
    for other in twice:
        if not _same_contacts(row, other):
            continue  # somebody may have planted it to learn of this one: staff look, nobody is told
        # The contact on file is told, once for each version of the visit it knows; another request knows nothing of it.
        emit("appointment.duplicate", other.pk, version=other.version)
    before = same_person.filter(state=State.COMPLETED.value, start__gte=row.start - ESTABLISHED_FOR)
    established = held and _held(row).first and before.filter(start__lt=row.start).exists()
    _keep(TaskKind.ESTABLISHED_BOOKED_AS_NEW, row, open_it=established, now=now)


def review_neighbours(appointment_id: UUID, *, now: datetime) -> None:
    """A visit came to an end: what was twice may be single again. Runs in a transaction."""
    row = Appointment.objects.filter(pk=appointment_id, patient__isnull=False).first()
    if row is None:
        return
    told_twice = set(open_subjects(TaskKind.PATIENT_OVERLAP))
    for other in visits_of(row.patient_id):
        if f"appointment:{other.pk}" in told_twice:
            review_duplicates(other.pk, now=now)


def visits_of(patient_id: UUID) -> QuerySet[Appointment]:
    """The visits of one person, ours and imported: of this row, of a row with the same legal name, birth date and a
    further proof, and on the same chart once we are sure of it.
    """
    person = Patient.objects.get(pk=patient_id)
    same_name = Patient.objects.filter(name_dob_index=person.name_dob_index)
    proofs = _proofs([person.pk, *same_name.values_list("pk", flat=True)])
    same = {person.pk, *(key for key, found in proofs.items() if found & proofs[person.pk])}
    if person.identity not in SURE or person.ehr_patient_index is None:
        return Appointment.objects.filter(patient__in=same).select_related("visit_type")
    chart = Q(ehr_patient_index=person.ehr_patient_index)
    same |= set(Patient.objects.filter(chart, identity__in=SURE).values_list("pk", flat=True))
    return Appointment.objects.filter(Q(patient__in=same) | chart).select_related("visit_type")


def _same_contacts(row: Appointment, other: Appointment) -> bool:
    """Whether all who would hear about the other visit also stand on this one."""
    if other.patient_id is None or Booker.objects.filter(appointment=other.pk).exists():
        return False
    contacts = Patient.objects.in_bulk([row.patient_id, other.patient_id])
    ours, theirs = (
        {bytes(index) for index in (each.email_index, each.phone_index) if index is not None}
        for each in (contacts[row.patient_id], contacts[other.patient_id])
    )
    return bool(theirs) and theirs <= ours


def _proofs(patients: list[UUID]) -> dict[UUID, set[bytes]]:
    """Of each of these people, the indexes of e-mail, phone and member numbers; each kind has a key of its own."""
    found: dict[UUID, set[bytes]] = {key: set() for key in patients}
    contacts = Patient.objects.filter(pk__in=patients).values_list("pk", "email_index", "phone_index")
    members = Insurance.objects.filter(patient__in=patients).values_list("patient_id", "member_id_index")
    for key, *indexes in (*contacts, *members):
        found[key] |= {bytes(index) for index in indexes if index is not None}
    return found


def _keep(kind: TaskKind, row: Appointment, *, open_it: bool, now: datetime) -> None:
    subject = f"appointment:{row.pk}"
    if not open_it:
        close_task(kind, subject=subject, outcome=TaskOutcome.CONDITION_GONE, actor=SYSTEM, now=now)
        return
    open_task(
        kind,
        subject=subject,
        team=Team.FRONT_DESK,
        due=end_of_business_day(now, office()),
        visit_date=visit_date(row),
        actor=SYSTEM,
        now=now,
    )


def _held(row: Appointment) -> HeldVisit:
    return HeldVisit(row.start, row.end, *_kind(row.visit_type))


def _kind(visit_type: VisitType | None) -> tuple[str, bool]:
    return (visit_type.family, visit_type.new_patient) if visit_type else ("", False)
