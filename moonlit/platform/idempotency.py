"""Idempotency keys (rules 4.3): the same request sent twice is done once and answered the same.

`reserve` commits by itself before the work starts; `finish` belongs in the transaction of the change, so that
either both are there or neither. A reservation whose process died is taken over after `LEASE`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from moonlit.platform.crypto.blind import blind_index
from moonlit.platform.crypto.fields import sealed
from moonlit.platform.models import IdempotencyKey
from moonlit.platform.sweeps import sweep

LEASE = timedelta(seconds=60)
KEPT = timedelta(hours=48)


class ReservationLostError(Exception):
    """Another process took the key over; whatever was done under it must be rolled back."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """The key is ours: do the work, then `finish` or `release`."""

    id: UUID
    reserved_at: datetime


@dataclass(frozen=True, slots=True)
class Replay:
    """Done before: answer exactly this."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class InProgress:
    """Somebody is at it: 409 `request_in_progress`."""

    retry_after: int
    """seconds"""


@dataclass(frozen=True, slots=True)
class BodyChanged:
    """The key belongs to another body: 422 `idempotency_key_reused`."""


def reserve(*, scope: str, key: str, body: bytes, now: datetime) -> Fresh | Replay | InProgress | BodyChanged:
    """Take the key for this body. `scope` is route and client together: keys of two clients never meet.

    Raises TransactionManagementError inside a transaction whose roll-back would undo the reservation.
    """
    names = {"scope": blind_index("idempotency.scope", scope), "key": blind_index("idempotency.key", key)}
    body_hash = blind_index("idempotency.body", body)
    try:
        with transaction.atomic(durable=True):
            new = IdempotencyKey.objects.create(**names, body_hash=body_hash, reserved_at=now)
    except IntegrityError:
        return _taken(names, body_hash, now)
    return Fresh(new.pk, now)


def _taken(names: dict[str, bytes], body_hash: bytes, now: datetime) -> Fresh | Replay | InProgress | BodyChanged:
    row = IdempotencyKey.objects.filter(**names).first()
    if row is None:
        return InProgress(retry_after=1)  # released between our two statements: the client's next try is fresh
    if bytes(row.body_hash) != body_hash:
        return BodyChanged()
    if row.state == IdempotencyKey.State.DONE:
        return Replay(row.status, row.response)
    ends = row.reserved_at + LEASE
    if ends > now:
        return InProgress(retry_after=max(1, min(5, int((ends - now).total_seconds()))))
    dead = IdempotencyKey.objects.filter(
        pk=row.pk,
        state=IdempotencyKey.State.IN_PROGRESS,
        reserved_at=row.reserved_at,
    )
    return Fresh(row.pk, now) if dead.update(reserved_at=now) else InProgress(retry_after=1)


def finish(mine: Fresh, *, status: int, body: bytes) -> None:
    """Store the answer for replays. Raises ReservationLostError when the key was taken over meanwhile."""
    stored = _still(mine).update(
        state=IdempotencyKey.State.DONE,
        status=status,
        **sealed(IdempotencyKey, mine.id, response=body),
    )
    if not stored:
        raise ReservationLostError


def amend(mine: Fresh, *, status: int, body: bytes) -> None:
    """Replace an answer that `finish` stored by one that knows more; replays give this one from now on."""
    done = IdempotencyKey.objects.filter(pk=mine.id, state=IdempotencyKey.State.DONE, reserved_at=mine.reserved_at)
    done.update(status=status, **sealed(IdempotencyKey, mine.id, response=body))


def release(mine: Fresh) -> None:
    """Give the key back: nothing was decided (400, 401, 413, 429, 5xx), the client may try again."""
    _still(mine).delete()


def _still(mine: Fresh):  # noqa: ANN202  a query set of the row while it is ours
    return IdempotencyKey.objects.filter(
        pk=mine.id,
        state=IdempotencyKey.State.IN_PROGRESS,
        reserved_at=mine.reserved_at,
    )


@sweep(every_seconds=600)
def purge_idempotency_keys(now: datetime) -> None:
    """Forget keys after 48 hours."""
    IdempotencyKey.objects.filter(reserved_at__lt=now - KEPT).delete()
