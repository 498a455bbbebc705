"""What somebody who asks for a change is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from moonlit.booking.models import Appointment
from moonlit.booking.services.moves import new_visit, visit_now
from moonlit.domain.booking import LIVE, OPEN, State, public_word
from moonlit.domain.refusals import RefusalCode, Refused


@dataclass(frozen=True, slots=True)
class ChangeAsked:
    """The visit as it stands after the request; the same again for a request that was made before."""

    state: str
    """The public word of the visit."""
    change: str
    """cancel | move | "": what is under way; "" also when it is done already."""
    late: bool
    new_appointment: UUID | None
    """The visit that is to replace this one."""
    start: datetime
    end: datetime
    """Of the visit asked about; UTC."""


def in_force(appointment_id: UUID) -> Appointment:
    """The visit of this id, or the one it was moved to: whoever changes a moved visit means that one.

    A move is done for the patient as soon as its new visit is booked. Raises Refused `not_found` for what is no visit.
    """
    row = Appointment.objects.select_related("location", "patient").filter(pk=appointment_id).first()
    row = visit_now(row) if row is not None else None
    if row is None or row.state in {State.HELD, State.EXPIRED, State.RELEASED}:
        raise Refused(RefusalCode.NOT_FOUND, "There is no such visit.")
    return row


def answer_of(row: Appointment, *, late: bool | None = None) -> ChangeAsked:
    """`late` None: as stored."""
    state = State(row.state)
    change: str = row.change
    if state in OPEN and row.withdrawn_at is not None:
        change = Appointment.Change.CANCEL
    new = new_visit(row) if row.change == Appointment.Change.MOVE else None
    return ChangeAsked(
        state=public_word(state),
        change=change,
        late=(row.change_late or state is State.LATE_CANCELLED) if late is None else late,
        new_appointment=new.pk if new is not None and new.state in LIVE else None,
        start=row.start,
        end=row.end,
    )
