"""Steps of a message row: each a conditional UPDATE on the state it had, with its audit row and its task for staff."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment
from moonlit.domain.business_time import end_of_business_day
from moonlit.domain.zones import local_date
from moonlit.notifications.kinds import Kind
from moonlit.notifications.models import Message
from moonlit.platform.jobs import enqueue
from moonlit.platform.log import get_logger
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.services import close_task, open_task

log = get_logger(__name__)

State = Message.State


def move(message: Message, **changes: Any) -> bool:
    """Change the row if it is still as `message` was read. False: somebody else has moved it on."""
    unchanged = Message.objects.filter(pk=message.pk, state=message.state, attempts=message.attempts)
    return bool(unchanged.update(**changes))


def postpone(message: Message, until: datetime, *, error: str) -> None:
    """Back into the queue, or later in it; `error` says why, as a constant word."""
    with transaction.atomic():
        if move(message, state=State.QUEUED, next_at=until, error=error):
            enqueue_push(message.pk, until, message.kind)
            log.info("message_postponed", message_id=message.pk, code=error, attempts=message.attempts)


def look_later(message: Message, at: datetime, *, error: str) -> None:
    """Still unclear whether the vendor has it: look (again) at `at`."""
    with transaction.atomic():
        if move(message, state=State.SENDING, next_at=at, error=error):
            enqueue_push(message.pk, at, message.kind)
            log.warning("message_unknown", message_id=message.pk, code=error, attempts=message.attempts)


def sent(message: Message, vendor_id: str, *, actor: Actor, now: datetime) -> None:
    with transaction.atomic():
        if not move(message, state=State.SENT, vendor_id=vendor_id, sent_at=now, next_at=None, error=""):
            return
        _record(Verb.MESSAGE_SENT, message, actor=actor)
        close_task(
            TaskKind.MESSAGE_FAILED,
            subject=f"vendor:{message.vendor}",
            outcome=TaskOutcome.CONDITION_GONE,
            actor=actor,
            now=now,
        )
    log.info("message_sent", message_id=message.pk, kind=message.kind, vendor=message.vendor)


def withheld(message: Message, reason: str, *, actor: Actor) -> None:
    """Not sent on purpose."""
    with transaction.atomic():
        if move(message, state=State.SUPPRESSED, next_at=None, error=reason):
            _record(Verb.MESSAGE_WITHHELD, message, actor=actor, code=reason)
            log.info("message_withheld", message_id=message.pk, code=reason)


def failed(message: Message, code: str, *, actor: Actor, now: datetime) -> None:
    """Given up, visibly: a task asks staff to tell the person another way.

    Not for a code: whoever asked for it is on the page, and asks again or calls.
    """
    with transaction.atomic():
        if not move(message, state=State.FAILED, next_at=None, error=code):
            return
        _record(Verb.MESSAGE_FAILED, message, actor=actor, code=code)
        if message.kind == Kind.LEAD_ALERT:
            tell_staff(f"lead:{message.subject}", visit_date=None, actor=actor, now=now)
        elif message.kind != Kind.CODE:
            start, zone = Appointment.objects.values_list("start", "time_zone").get(pk=message.subject)
            visit_date = local_date(start, zone)
            tell_staff(f"appointment:{message.subject}", visit_date=visit_date, actor=actor, now=now)
    log.error("message_failed", message_id=message.pk, kind=message.kind, code=code, vendor=message.vendor)


def tell_staff(subject: str, *, visit_date: date | None, actor: Actor, now: datetime) -> None:
    """The front desk is asked, by the end of the business day, to reach somebody whom no message reached."""
    open_task(
        TaskKind.MESSAGE_FAILED,
        subject=subject,
        team=Team.FRONT_DESK,
        due=end_of_business_day(now, office()),
        visit_date=visit_date,
        actor=actor,
        now=now,
    )


def tell_operator(vendor: str, *, actor: Actor, now: datetime) -> None:
    """Key, permission or address of a vendor is wrong: nothing leaves until somebody repairs it."""
    open_task(
        TaskKind.MESSAGE_FAILED,
        subject=f"vendor:{vendor}",
        team=Team.TECHNICAL,
        due=now,
        visit_date=None,
        actor=actor,
        now=now,
    )


def enqueue_push(message_id: UUID, at: datetime, kind: str) -> None:
    from moonlit.notifications.jobs import push_code, push_message  # the jobs call the services

    enqueue(push_code if kind == Kind.CODE else push_message, run_at=at, message=message_id)


def _record(verb: Verb, message: Message, *, actor: Actor, code: str = "") -> None:
    facts = {"kind": message.kind, "channel": message.channel, "about": message.subject}
    record(verb, actor=actor, subject=f"message:{message.pk}", facts=facts | ({"code": code} if code else {}))
