"""Keeping held time longer, giving it back, and finding what ended by itself."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.availability.queries import alternatives, candidate_for_slot
from moonlit.availability.services import CapReached, TimeTaken, prolong, release
from moonlit.booking.models import Appointment
from moonlit.booking.refusals import HoldExpired
from moonlit.booking.services.freezes import freeze_for, is_frozen, let_go
from moonlit.booking.services.holds.limits import refuse_when_many
from moonlit.booking.services.outcome import stored_criteria
from moonlit.booking.services.state import note
from moonlit.booking.services.taking import columns_of, expire, take_time
from moonlit.domain.booking import State
from moonlit.domain.holds import kept_until
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.platform.db import advisory_lock

BATCH = 100


def extend_hold(hold: UUID, *, actor: Actor, now: datetime) -> datetime:
    """Keep the time for ten minutes from now, and until when that is: two hours after it was first taken at the latest.

    A hold that is over is taken again while its time is still free. Raises HoldExpired with alternatives when it is
    not, or was kept long enough; Refused `not_found` for what is no hold (any more), `hold_limit` when the client has
    taken others meanwhile.
    """
    row = Appointment.objects.filter(pk=hold, state__in=[State.HELD.value, State.EXPIRED.value]).first()
    if row is None:
        raise Refused(RefusalCode.NOT_FOUND, "There is no such hold.")
    until = kept_until(row.created_at, now)
    try:
        if until is not None and (
            _prolonged(row, until, actor=actor, now=now) or _taken_again(row, until, actor=actor, now=now)
        ):
            return until
    except (TimeTaken, CapReached):
        pass
    raise HoldExpired(alternatives(stored_criteria(row.criteria), row.start, now))


def release_hold(hold: UUID, *, actor: Actor, now: datetime) -> None:
    """Give the time back. What is no hold, or no longer one, stays as it is: repeating is harmless."""
    provider = Appointment.objects.filter(pk=hold, state=State.HELD.value).values_list("provider_id", flat=True).first()
    if provider is None:
        return
    with transaction.atomic():
        advisory_lock("provider", provider)
        if Appointment.objects.filter(pk=hold, state=State.HELD.value).update(state=State.RELEASED.value):
            release(hold, now=now)
            note(hold, State.RELEASED, actor=actor, now=now)
            let_go(hold, now=now)


def sweep_holds(now: datetime) -> int:
    """Mark the holds that are over; how many. Nothing waits for it: they are in nobody's way since they ended."""
    over = Appointment.objects.filter(state=State.HELD.value, expires_at__lte=now).order_by("expires_at")
    found = list(over.values_list("pk", "provider_id")[:BATCH])
    for hold, provider in found:
        with transaction.atomic():
            advisory_lock("provider", provider)
            expire(hold, now=now)
    return len(found)


def _prolonged(row: Appointment, until: datetime, *, actor: Actor, now: datetime) -> bool:
    """Row and occupancy together, while both still hold; False: the hold is over."""
    with transaction.atomic():
        advisory_lock("provider", row.provider_id)
        live = Appointment.objects.filter(pk=row.pk, state=State.HELD.value, expires_at__gt=now)
        if not (prolong(row.pk, until, now=now) and _kept(live, until)):
            transaction.set_rollback(True)
            return False
        record(Verb.HOLD_EXTENDED, actor=actor, subject=f"appointment:{row.pk}")
        return True


def _kept(rows, until: datetime, **columns: object) -> int:  # noqa: ANN001  a query set of the row while it is so
    return rows.update(expires_at=until, hold_extended=F("hold_extended") + 1, **columns)


def _taken_again(row: Appointment, until: datetime, *, actor: Actor, now: datetime) -> bool:
    """Take the same slot of the same provider once more, by today's rules."""
    criteria = stored_criteria(row.criteria)
    with transaction.atomic():
        refuse_when_many(row.client_ref, row.holder_index, actor=actor, now=now)
        advisory_lock("provider", row.provider_id)
        expire(row.pk, now=now)
        candidate = candidate_for_slot(
            criteria,
            row.slot_ehr_id or "",
            row.start,
            provider_id=row.provider_id,
            now=now,
            kept_for_us=is_frozen(row.slot_ehr_id),
        )
        if candidate is None:
            raise TimeTaken
        take_time(row.pk, candidate, now=now, expires_at=until)
        expired = Appointment.objects.filter(pk=row.pk, state=State.EXPIRED.value)
        if not _kept(expired, until, state=State.HELD.value, **columns_of(candidate, criteria)):
            raise TimeTaken
        note(row.pk, State.HELD, actor=actor, now=now)
        freeze_for(row, now=now)
        return True
