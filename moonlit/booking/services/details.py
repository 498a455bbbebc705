"""What the patient adds to a visit through its verified link: member number, subscriber, address, sex (rules 4.13)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.booking.models import Appointment
from moonlit.booking.services.chart_writes import details_added
from moonlit.booking.services.moves import change_lock
from moonlit.booking.services.readiness import review_readiness_of
from moonlit.domain.booking import State, public_word
from moonlit.domain.consents import Signer
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.people.details_queries import Standing, standing
from moonlit.people.inputs import AddedInput
from moonlit.people.models import AddedDetails
from moonlit.people.services import add_details as store
from moonlit.people.services.details import OF_THE_PERSON, OF_THE_POLICY
from moonlit.practice.queries import today

STILL_AHEAD = frozenset({"pending", "booked"})
"""Public words of a visit to which something may still be added."""

_OURS = Appointment.objects.filter(origin=Appointment.Origin.MOONLIT, patient__isnull=False)


def add_details(appointment_id: UUID, given: AddedInput, *, by: Signer, actor: Actor, now: datetime) -> frozenset[str]:
    """Store what is told about a visit's patient and insurance, until the visit begins; the names of what was new.

    What waited for it goes on: the chart is written to again, readiness is judged again. The payer stays as decided.
    Telling the same twice changes nothing. Raises Refused: `not_found` for a visit that is over, cancelled or made in
    the EHR, `late_change` once it has begun, `request_in_progress` while it is being moved or cancelled (what is told
    then would stay with the old visit), `patient_invalid` naming the fields at fault.
    """
    with transaction.atomic():
        row = _open_visit(appointment_id, now)
        who = AddedDetails.By.PATIENT if by is Signer.PATIENT else AddedDetails.By.BOOKER
        new = store(row.pk, row.patient_id, given, by=who, today=today(now), actor=actor, now=now)
        if new:
            person, insurance = not new.isdisjoint(OF_THE_PERSON), not new.isdisjoint(OF_THE_POLICY)
            details_added(row.pk, person=person, insurance=insurance, now=now)
            review_readiness_of(row.pk, now=now)
    return new


def details_standing(appointment_id: UUID) -> Standing | None:
    """What is known and what is missing, masked; None for a visit that was made in the EHR."""
    patient_id = _OURS.filter(pk=appointment_id).values_list("patient_id", flat=True).first()
    return standing(appointment_id, patient_id) if patient_id else None


def _open_visit(appointment_id: UUID, now: datetime) -> Appointment:
    """The visit, locked as a change of it would be: a move that begins meanwhile takes along what was told."""
    ours = _OURS.filter(pk=appointment_id)
    found = ours.first()
    if found is not None:
        change_lock(found)
    row = ours.select_for_update().first()
    if row is None or public_word(State(row.state)) not in STILL_AHEAD:
        raise Refused(RefusalCode.NOT_FOUND, "There is no such visit.")
    if row.change != Appointment.Change.NONE:
        detail = "The visit is being changed at this moment. Please try again in a few minutes."
        raise Refused(RefusalCode.REQUEST_IN_PROGRESS, detail)
    if now >= row.start:
        raise Refused(RefusalCode.LATE_CHANGE, "The visit has begun. Please tell us there, or call us.")
    return row
