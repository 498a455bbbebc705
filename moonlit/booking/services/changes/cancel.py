"""The patient, or staff, no longer want the visit (rules 4.10)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment
from moonlit.booking.services.changes.answer import ChangeAsked, answer_of, in_force
from moonlit.booking.services.changes.state import notice
from moonlit.booking.services.moves import begin_cancel, change_lock, new_visit
from moonlit.booking.services.outcome import after_settled
from moonlit.booking.services.state import progress_of, write
from moonlit.domain.booking import OPEN, State, withdraw
from moonlit.domain.visit_changes import check_may_cancel
from moonlit.platform.crypto.fields import sealed
from moonlit.platform.db import advisory_lock
from moonlit.platform.jobs import enqueue

NOTHING_TO_CANCEL = frozenset({State.CANCELLED, State.LATE_CANCELLED, State.LOST, State.FAILED, State.MOVED})
TRIES = 5
"""How often a worker may get in between our read and our write."""


def request_cancel(appointment_id: UUID, *, note: str, actor: Actor, now: datetime, late_ok: bool) -> ChangeAsked:
    """Cancel the visit, or the one it was moved to; asking again gives the same answer.

    Not with the EHR yet: cancelled at once. While a write may be under way: remembered, and carried out once booked.
    Booked: `change` is "cancel" until the EHR has released it. A move under way is taken back first. `note` is free
    text of whoever asks. Raises Refused: `not_found`; `late_change` when the visit has begun, or is inside the notice
    period without `late_ok` (show the policy first, then ask with it).
    """
    for _ in range(TRIES):
        row = in_force(appointment_id)
        if row.state in NOTHING_TO_CANCEL or _is_asked_for(row):
            return answer_of(row)
        # What the EHR has not confirmed can be taken back without being late.
        period = timedelta(0) if row.state in OPEN else notice()
        late = check_may_cancel(State(row.state), row.start, period, now, late_ok=late_ok)
        with transaction.atomic():
            if _cancel(row, late=late, note=note, actor=actor, now=now):
                row.refresh_from_db()
                return answer_of(row)
            transaction.set_rollback(True)
    raise RuntimeError("the visit changed under every attempt to cancel it")


def _is_asked_for(row: Appointment) -> bool:
    return row.change == Appointment.Change.CANCEL or (row.state in OPEN and row.withdrawn_at is not None)


def _cancel(row: Appointment, *, late: bool, note: str, actor: Actor, now: datetime) -> bool:
    """False: somebody changed the row meanwhile, nothing was written."""
    change_lock(row)
    words = sealed(Appointment, row.pk, change_note=note or None)
    if row.state == State.PENDING:
        old = progress_of(row, patient_known=True)
        new = withdraw(old)
        row.problem = "withdrawn"
        advisory_lock("provider", row.provider_id)  # before the row, as everybody takes them
        if not write(row, old, new, actor=actor, now=now, problem="withdrawn", withdrawn_at=now, **words):
            return False
        after_settled(row, new, [], actor=actor, now=now)
        return True
    if row.state in OPEN:
        under_way = Appointment.objects.filter(pk=row.pk, state=row.state, withdrawn_at=None)
        if not under_way.update(withdrawn_at=now, **words):
            return False
        record(Verb.BOOKING_WITHDRAWN, actor=actor, subject=f"appointment:{row.pk}", facts={"state": row.state})
        return True
    if row.change == Appointment.Change.MOVE and not _take_back_new(row, actor=actor, now=now):
        return False
    return begin_cancel(row, late=late, asked_at=now, words=words, actor=actor, now=now)


def _take_back_new(row: Appointment, *, actor: Actor, now: datetime) -> bool:
    """Withdraw the visit that was to replace this one, under the lock that its own steps take too."""
    new = new_visit(row)
    if new is None or new.booked_at is not None:
        return new is None
    if Appointment.objects.filter(pk=new.pk, state__in=OPEN, withdrawn_at=None).update(withdrawn_at=now):
        from moonlit.booking.jobs import advance_booking  # the job calls the services

        record(Verb.BOOKING_WITHDRAWN, actor=actor, subject=f"appointment:{new.pk}", facts={"state": new.state})
        enqueue(advance_booking, appointment=new.pk)
    return True
