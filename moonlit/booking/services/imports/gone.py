"""A record that the EHR no longer knows: a slot that was deleted, a visit that vanished."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.availability.services import slot_gone
from moonlit.booking.models import Appointment
from moonlit.booking.services.ended import visit_ended
from moonlit.booking.services.imports.busy import keep_busy
from moonlit.booking.services.imports.differs import tell_differs
from moonlit.booking.services.imports.look import Outcome
from moonlit.booking.services.imports.place import lock_calendars
from moonlit.booking.services.imports.rules import flag_neighbours
from moonlit.booking.services.imports.wake import wake_change
from moonlit.booking.services.state import note
from moonlit.domain.booking import LIVE, State


def visit_gone(ehr_id: str, *, actor: Actor, now: datetime) -> Outcome:
    """The EHR, asked for this very id, knows nothing of it. An import ends; a visit of ours goes to a person."""
    with transaction.atomic():
        row = Appointment.objects.filter(athena_appt_id=ehr_id).first()
        lock_calendars(row.provider_id if row else None, slot_ids=(ehr_id,))
        slot_gone(ehr_id, now=now)
        live = Appointment.objects.select_for_update(of=("self",)).filter(
            athena_appt_id=ehr_id, state__in=[state.value for state in LIVE]
        )
        row = live.select_related("visit_type", "location").first()
        if row is None:
            return Outcome.UNCHANGED
        if row.change:
            wake_change(row, now=now)
            return Outcome.WAITING
        if row.origin == Appointment.Origin.MOONLIT:
            tell_differs(row, "gone", actor=actor, now=now)
            return Outcome.DIFFERS
        row.state = State.CANCELLED.value
        Appointment.objects.filter(pk=row.pk).update(state=row.state, ehr_seen_at=now)
        note(row.pk, State.CANCELLED, problem="ehr_gone", actor=actor, now=now)
        keep_busy(row, row.end, now=now)
        flag_neighbours(row.provider_id, row.start, row.end, besides=row, actor=actor, now=now)
        visit_ended(row, actor=actor, now=now)
        return Outcome.CANCELLED
