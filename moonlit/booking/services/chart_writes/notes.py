"""The patient's own words, as a note of the visit in the EHR: cleaned, and never twice.

A note has no key: before each try, and after it, the visit's notes are read. Once one of ours is there, or the EHR has
clearly taken it, none is sent again; one that reads back in other words is for a person.
"""

from __future__ import annotations

from uuid import UUID

from moonlit.booking.models import Appointment
from moonlit.domain.ehr_limits import note_text
from moonlit.ehr.port import EhrError, EhrPort, Unknown

FROM_PATIENT = "Note from the patient: "
"""So that nobody takes it for a colleague's."""
DIFFERS = "note_differs"
"""What the EHR took does not stand at the visit as it was sent."""


def has_note(appointment_id: UUID) -> bool:
    """Whether anything is left of the note for the EHR."""
    rows = Appointment.objects.filter(pk=appointment_id, patient_note__isnull=False).only("patient_note")
    return any(note_text(row.patient_note or "") for row in rows)


def write_note(visit: Appointment, ehr: EhrPort, *, taken: bool) -> str:
    """Add the note unless it stands there already; "" when it does, else what a person should look at.

    `taken`: the EHR has clearly taken it before, so it is only looked for. Raises what the EHR raises; then the answer
    was lost or nothing was sent, and the next try looks first.
    """
    said, number = note_text(visit.patient_note or ""), visit.athena_appt_id or ""
    if not said:
        return ""
    if taken:
        return _seen(said, number, ehr)
    found = _found(said, number, ehr)
    if found is not None:
        return found
    try:
        ehr.add_note(number, FROM_PATIENT + said)
    except Unknown:  # the answer was lost: the visit's notes tell
        found = _found(said, number, ehr)
        if found is None:
            raise
        return found
    return _seen(said, number, ehr)


def _seen(said: str, number: str, ehr: EhrPort) -> str:
    """What comes of a note that was taken. Where the notes cannot be read a person looks, for nobody may send again."""
    try:
        found = _found(said, number, ehr)
    except EhrError:
        return DIFFERS
    return DIFFERS if found is None else found


def _found(said: str, number: str, ehr: EhrPort) -> str | None:
    """What comes of the notes at the visit: "" with the words there, `DIFFERS` with others of ours, None without."""
    notes = [note_text(each) for each in ehr.notes(number)]
    if note_text(FROM_PATIENT + said) in notes:
        return ""
    return DIFFERS if any(each.startswith(FROM_PATIENT.strip()) for each in notes) else None
