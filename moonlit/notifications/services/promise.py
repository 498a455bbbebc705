"""A decision to tell something, taken once, and a message row for each who is to hear (rules 6.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from moonlit.notifications.audience import Recipient
from moonlit.notifications.contact_queries import contact_index
from moonlit.notifications.kinds import Kind
from moonlit.notifications.models import Message, Notice
from moonlit.notifications.services.state import enqueue_push
from moonlit.platform.log import get_logger

log = get_logger(__name__)

GIVE_UP_AFTER = timedelta(hours=24)
"""No message is tried for longer than this after its hour had come."""


def decide(
    event: str, kind: Kind, subject: UUID | str, *, now: datetime, version: int = 0, visit_start: datetime | None = None
) -> Notice | None:
    """The row of a decision about to be taken, as promised until `settle` says otherwise; None when it was taken
    before, and nothing is to be done. Must run inside the transaction that writes the messages: rivals wait for it.
    """
    if Notice.objects.filter(pk=event).exists():
        return None
    row = Notice(
        event=event,
        kind=kind,
        subject=str(subject),
        subject_version=version,
        visit_start=visit_start,
        outcome=Notice.Outcome.PROMISED,
        decided_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # another process decided in between
        return None
    return row


def settle(notice: Notice, outcome: Notice.Outcome, why: str = "") -> Notice.Outcome:
    """Say that nobody is told, and why, as a stable code."""
    Notice.objects.filter(pk=notice.pk).update(outcome=outcome, why=why)
    log.info("message_not_promised", kind=notice.kind, outcome=outcome, code=why)
    return outcome


def promise(
    notice: Notice,
    recipients: Iterable[Recipient],
    *,
    language: str,
    rings: Callable[[Recipient], datetime],
    now: datetime,
    useless_at: datetime | None = None,
    asked_code: UUID | None = None,
    give_up_at: datetime | None = None,
) -> Notice.Outcome:
    """One row for each recipient, due when `rings` says. One that could only ring at `useless_at` or later is written
    down as withheld (rules 6.3: late reminders are dropped); TOO_LATE when that is all of them. `give_up_at`: when no
    try begins any more, if not GIVE_UP_AFTER its hour.
    """
    in_time = 0
    for each in recipients:
        due = rings(each)
        late = useless_at is not None and due >= useless_at
        row = Message(
            id=uuid4(),
            event=notice.event,
            kind=notice.kind,
            channel=each.channel,
            audience=each.audience,
            subject=notice.subject,
            subject_version=notice.subject_version,
            asked_code=asked_code,
            recipient=each.contact,
            recipient_index=contact_index(each.channel, each.contact),
            language=language,
            state=Message.State.SUPPRESSED if late else Message.State.QUEUED,
            error="too_late" if late else "",
            next_at=None if late else due,
            give_up_at=give_up_at or due + GIVE_UP_AFTER,
            created_at=now,
        )
        row.save(force_insert=True)
        if not late:
            in_time += 1
            enqueue_push(row.pk, due, notice.kind)
    return Notice.Outcome.PROMISED if in_time else settle(notice, Notice.Outcome.TOO_LATE)
