"""The questions that several contract tests put to a world's EHR."""

import uuid
from datetime import date

from moonlit.ehr.port import PersonDetails
from tests.contracts.worlds import ATTENDING, FOLLOW_UP, NEW, RESIDENT, VIDEO, WEEK

ADA = PersonDetails("Ada", "Quillfeather", date(1990, 7, 23), email="ada@example.org", phone="+18015550123")


def open_slots(
    world, *, department=VIDEO, zone="America/Denver", providers=(ATTENDING, RESIDENT), reasons=(NEW, FOLLOW_UP), **days
):
    return world.ehr.open_slots(
        department_id=department,
        time_zone=zone,
        provider_ids=list(providers),
        reason_ids=list(reasons),
        **{**WEEK, **days},
    )


def offered(world, **where):
    return {slot.id for slot in open_slots(world, **where).slots}


def book(world, slot_id, patient_id, reason=NEW, department=VIDEO, note="", suppress_confirmation=True):
    return world.ehr.book(
        slot_id=slot_id,
        patient_id=patient_id,
        reason_id=reason,
        department_id=department,
        note=note or str(uuid.uuid4()),
        suppress_confirmation=suppress_confirmation,
    )


def booked(world, patient_id=None, **where):
    """The id of a visit just booked, and of its patient."""
    slot_id, patient_id = world.slot(**where), patient_id or world.chart(ADA)
    book(world, slot_id, patient_id, department=where.get("department", VIDEO))
    return slot_id, patient_id


def cancel(world, appointment_id, patient_id):
    world.ehr.cancel(appointment_id=appointment_id, patient_id=patient_id, reason="Asked by the patient")


def move(world, appointment_id, new_slot_id, patient_id, reason=NEW):
    return world.ehr.reschedule(
        appointment_id=appointment_id,
        new_slot_id=new_slot_id,
        patient_id=patient_id,
        reason_id=reason,
        reason="Another day suits better",
    )
