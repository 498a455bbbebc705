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
from moonlit.notifications.models import Attempt, Message
from moonlit.platform.jobs import enqueue
from moonlit.platform.log import get_logger
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.services import close_task, open_task

log = get_logger(__name__)

State = Message.State
Ended = Attempt.Outcome


def move(message: Message, **changes: Any) -> bool:
    """Change the row if it is still as `message` was read. False: somebody else has moved it on."""
    unchanged = Message.objects.filter(
        pk=message.pk, state=message.state, attempts=message.attempts, resends=message.resends
    )
    return bool(unchanged.update(**changes))


def leaving(message: Message, vendor: str, *, until: datetime, now: datetime) -> bool:
    """Write down that a try begins, before the vendor is called; `until`: when to look what became of it.

    False: somebody else has moved the row on. Must run inside a transaction, which is committed before the call.
    """
    changes = {"state": State.SENDING, "attempts": message.attempts + 1, "vendor": vendor, "sending_at": now}
    if not move(message, **changes, next_at=until):
        return False
    for name, value in changes.items():
        setattr(message, name, value)
    Attempt.objects.create(message=message, number=message.attempts, vendor=vendor, began_at=now)
    return True


def postpone(message: Message, until: datetime, *, error: str, now: datetime, ended: Ended | None = None) -> None:
    """Back into the queue, or later in it; `error` says why, as a constant word. `ended`: how its try came out."""
    with transaction.atomic():
        if move(message, state=State.QUEUED, next_at=until, error=error):
            _end_try(message, ended, error, now)
            enqueue_push(message.pk, until, message.kind)
            log.info("message_postponed", message_id=message.pk, code=error, attempts=message.attempts)


def look_later(message: Message, at: datetime, *, error: str, now: datetime) -> None:
    """Still unclear whether the vendor has it: look (again) at `at`."""
    with transaction.atomic():
        if move(message, state=State.SENDING, next_at=at, error=error):
            _end_try(message, Ended.UNKNOWN, error, now)
            enqueue_push(message.pk, at, message.kind)
            log.warning("message_unknown", message_id=message.pk, code=error, attempts=message.attempts)


def sent(message: Message, vendor_id: str, *, actor: Actor, now: datetime, note: str = "") -> bool:
    """The vendor has it, also one that was given up without knowing. False: somebody else has moved the row on.

    `note`: a code that staff see beside it.
    """
    with transaction.atomic():
        if not move(message, state=State.SENT, vendor_id=vendor_id, sent_at=now, next_at=None, error=note):
            return False
        _end_try(message, Ended.SENT, note, now)
        Attempt.objects.filter(message=message, number=message.attempts).update(vendor_id=vendor_id)
        _record(Verb.MESSAGE_SENT, message, actor=actor)
        _close(f"vendor:{message.vendor}", actor=actor, now=now)
        repaired = message.resends or message.state == State.FAILED
        if repaired and (about := _about(message)) and not _given_up_about(message):
            _close(about, actor=actor, now=now)
    log.info("message_sent", message_id=message.pk, kind=message.kind, vendor=message.vendor)
    return True


def withheld(message: Message, reason: str, *, actor: Actor) -> bool:
    """Not sent on purpose. False: somebody else has moved the row on."""
    with transaction.atomic():
        if not move(message, state=State.SUPPRESSED, next_at=None, error=reason):
            return False
        _record(Verb.MESSAGE_WITHHELD, message, actor=actor, code=reason)
    log.info("message_withheld", message_id=message.pk, code=reason)
    return True


def failed(
    message: Message, code: str, *, actor: Actor, now: datetime, ended: Ended | None = None, tell: bool = True
) -> bool:
    """Given up, visibly: a task asks staff to tell the person another way. False: somebody else has moved the row on.
    `tell` False: the caller sees to the task.

    No task for a code: whoever asked for it is on the page, and asks again or calls. None for the answer to a text.
    """
    with transaction.atomic():
        if not move(message, state=State.FAILED, next_at=None, error=code):
            return False
        _end_try(message, ended, code, now)
        _record(Verb.MESSAGE_FAILED, message, actor=actor, code=code)
        if tell:
            tell_of_failure(message, actor=actor, now=now)
    log.error("message_failed", message_id=message.pk, kind=message.kind, code=code, vendor=message.vendor)
    return True


def tell_of_failure(message: Message, *, actor: Actor, now: datetime) -> None:
    """Ask staff to reach whoever the message did not reach. Must run inside a transaction."""
    about = _about(message)
    if message.audience == Message.Audience.STAFF and message.kind == Kind.STAFF_ALERT:
        _task(about, Team.TECHNICAL, due=now, visit_date=None, actor=actor, now=now)
    elif about.startswith("appointment:"):
        found = Appointment.objects.filter(pk=message.subject).values_list("start", "time_zone").first()
        tell_staff(about, visit_date=local_date(*found) if found else None, actor=actor, now=now)
    elif about:
        tell_staff(about, visit_date=None, actor=actor, now=now)


def tell_staff(subject: str, *, visit_date: date | None, actor: Actor, now: datetime) -> None:
    """The front desk is asked, by the end of the business day, to reach somebody whom no message reached."""
    due = end_of_business_day(now, office())
    _task(subject, Team.FRONT_DESK, due=due, visit_date=visit_date, actor=actor, now=now)


def tell_operator(vendor: str, *, actor: Actor, now: datetime) -> None:
    """Key, permission or address of a vendor is wrong: nothing leaves until somebody repairs it."""
    _task(f"vendor:{vendor}", Team.TECHNICAL, due=now, visit_date=None, actor=actor, now=now)


def enqueue_push(message_id: UUID, at: datetime, kind: str) -> None:
    from moonlit.notifications.jobs import push_code, push_message  # the jobs call the services

    enqueue(push_code if kind == Kind.CODE else push_message, run_at=at, message=message_id)


def _end_try(message: Message, outcome: Ended | None, code: str, now: datetime) -> None:
    """How the last try came out, as far as is known; a try that was unclear is settled by what is found later."""
    if outcome is not None:
        unsettled = Attempt.objects.filter(
            message=message, number=message.attempts, outcome__in=[Ended.UNDER_WAY, Ended.UNKNOWN]
        )
        unsettled.update(outcome=outcome, code=code, ended_at=now)


def _about(message: Message) -> str:
    """The subject of the task about a message that was given up; "" when there is none."""
    if message.kind in (Kind.CODE, Kind.REPLY):
        return ""
    if message.kind == Kind.STAFF_ALERT:
        return f"alert:{message.subject}"
    about_lead = message.kind == Kind.LEAD_ALERT or message.audience == Message.Audience.LEAD
    return f"{'lead' if about_lead else 'appointment'}:{message.subject}"


def _given_up_about(message: Message) -> bool:
    others = Message.objects.filter(subject=message.subject, state=State.FAILED)
    return others.exclude(kind__in=[Kind.CODE, Kind.REPLY]).exclude(pk=message.pk).exists()


def _close(subject: str, *, actor: Actor, now: datetime) -> None:
    gone = TaskOutcome.CONDITION_GONE
    close_task(TaskKind.MESSAGE_FAILED, subject=subject, outcome=gone, actor=actor, now=now)


def _task(subject: str, team: Team, *, due: datetime, visit_date: date | None, actor: Actor, now: datetime) -> None:
    open_task(TaskKind.MESSAGE_FAILED, subject=subject, team=team, due=due, visit_date=visit_date, actor=actor, now=now)


def _record(verb: Verb, message: Message, *, actor: Actor, code: str = "") -> None:
    facts = {"kind": message.kind, "channel": message.channel, "about": message.subject}
    record(verb, actor=actor, subject=f"message:{message.pk}", facts=facts | ({"code": code} if code else {}))
