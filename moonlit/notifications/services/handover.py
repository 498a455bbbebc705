"""Handing a message to its vendor, at most once for all we know.

`sending` is committed before the call. A clear refusal puts the row back; an unclear answer leaves it in `sending`
until a look-up finds the message, proves it absent, or gives up in front of everybody. Nothing is repeated blindly.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.booking.models import Appointment
from moonlit.leads.services import invitation_withheld
from moonlit.notifications.compose import CannotCompose, compose
from moonlit.notifications.kinds import Kind
from moonlit.notifications.models import Attempt, Message, StoppedContact
from moonlit.notifications.port import (
    ConfigurationRefused,
    Email,
    EmailSender,
    NotReached,
    Rejected,
    Sms,
    SmsSender,
    Throttled,
    Trace,
    Unknown,
    get_email,
    get_sms,
)
from moonlit.notifications.services import state
from moonlit.notifications.services.contacts import lock_contact
from moonlit.notifications.services.deliveries import contact_fails
from moonlit.notifications.services.promise import GIVE_UP_AFTER
from moonlit.notifications.services.withhold import (
    NOT_OPEN,
    reason_to_withhold,
    useless_at,
    wait_for_change,
    wait_for_morning,
)
from moonlit.notifications.truth import TOO_LATE
from moonlit.platform.breaker import Breaker
from moonlit.platform.budget import Budget, Lane

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=30)
REPAIR_WAIT = timedelta(minutes=5)
"""Pause of a vendor whose configuration is wrong."""
FAULT_WAIT = timedelta(minutes=10)
LANDS_WITHIN = timedelta(minutes=2)
"""A request whose answer was lost can still arrive this long after; looking earlier proves nothing."""
SEND_WITHIN = 10.0
"""Seconds between the beginning of a step and calling the vendor. A process that slept longer neither writes down that
the message leaves nor calls: by the hour it would write, the try may be looked for, found absent and repeated at once.
"""
SLEPT = "slept"
LOOK_AGAIN = timedelta(minutes=2)
UNCONFIRMED_AFTER = timedelta(minutes=15)
"""A vendor that cannot be asked gets this long to tell us by itself."""
OVERDUE = timedelta(minutes=1)
"""The queue has this long to run a step on time; only then the sweep asks for it again."""
BATCH = 200
SANDBOXED = "sandboxed"
"""Of a sent message: the vendor checked it and threw it away, as the setting asks."""
NUMBER_REFUSED = "number_refused"
"""The vendor takes no text for this number: a landline, or none at all."""

UNCONFIRMED = "unconfirmed"
"""Given up without knowing whether the vendor has it: it may have arrived."""
FAULT = "fault"
"""Our own program stumbled over it."""
QUIET = "quiet_hours"
CHANGING = "being_changed"
_OURS = ("", QUIET, CHANGING)
"""What kept a message waiting without any vendor's fault."""

Ended = Attempt.Outcome


class _MovedOnError(Exception):
    """Another process took the row between reading and marking it; what was minted is rolled back."""


class _WithholdError(Exception):
    """It must not be sent any more; `reason` is a stable code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def push(message_id: UUID, *, actor: Actor, now: datetime) -> None:
    """The next step of a message that is due: hand it over, or find out what became of it. Otherwise nothing."""
    began = time.monotonic()
    message = Message.objects.filter(pk=message_id, next_at__lte=now).first()
    if message is None:
        return
    sender = get_email() if message.channel == Message.Channel.EMAIL else get_sms()
    if message.state == Message.State.QUEUED:
        _deliver(message, sender, began, actor=actor, now=now)
    elif message.state == Message.State.SENDING:
        _look_up(message, sender, actor=actor, now=now)


def sweep(*, now: datetime) -> None:
    """Ask again for every step that the queue has lost. Each row is claimed for a minute by moving its hour."""
    lost = Message.objects.filter(state__in=["queued", "sending"], next_at__lte=now - OVERDUE).order_by("next_at")
    for message_id, next_at, kind in list(lost.values_list("pk", "next_at", "kind")[:BATCH]):
        with transaction.atomic():
            if Message.objects.filter(pk=message_id, next_at=next_at).update(next_at=now):
                state.enqueue_push(message_id, now, kind)


def _deliver(message: Message, sender: EmailSender | SmsSender, began: float, *, actor: Actor, now: datetime) -> None:
    """`began`: the reading of `time.monotonic` at `now`."""
    if reason := reason_to_withhold(message, now):
        _withhold(message, reason, actor=actor, now=now)
        return
    if now > (message.give_up_at or message.created_at + GIVE_UP_AFTER):
        state.failed(message, message.error or "too_old", actor=actor, now=now)
        return
    if until := wait_for_change(message, now):
        _wait(message, until, CHANGING, actor=actor, now=now)
        return
    if until := wait_for_morning(message, now):
        _wait(message, until, QUIET, actor=actor, now=now)
        return
    breaker = Breaker(sender.name)
    if until := _vendor_wait(message, sender, breaker, now):
        state.postpone(message, until, error="vendor_busy", now=now)
        return
    if _slept(began):
        state.postpone(message, now, error=SLEPT, now=now)
        return
    try:
        letter = _mark(message, sender.name, actor=actor, now=now)
    except _MovedOnError:
        return
    except _WithholdError as found:
        _withhold(message, found.reason, actor=actor, now=now)
        return
    except CannotCompose as error:
        state.failed(message, error.code, actor=actor, now=now)
        return
    except Exception:
        # A fault of ours. Whoever repairs it within a day has not lost the message; afterwards it is given up.
        state.postpone(message, now + FAULT_WAIT, error=FAULT, now=now)
        raise
    if _slept(began):
        state.postpone(message, now, error=SLEPT, now=now, ended=Ended.NOT_REACHED)
        return
    _hand_over(message, letter, sender, breaker, actor=actor, now=now)


def _slept(began: float) -> bool:
    return time.monotonic() - began > SEND_WITHIN


def _withhold(message: Message, reason: str, *, actor: Actor, now: datetime) -> None:
    if reason == TOO_LATE and message.error not in _OURS and message.kind != Kind.REPLY:
        state.failed(message, reason, actor=actor, now=now)  # a vendor kept the person waiting until it was over
        return
    with transaction.atomic():
        withheld = state.withheld(message, reason, actor=actor)
        if withheld and reason == NOT_OPEN and not _told_otherwise(message):
            invitation_withheld(UUID(message.subject), actor=actor, now=now)  # who was not invited goes on waiting


def _told_otherwise(message: Message) -> bool:
    """Whether the same was told, or may still be, over the other channel."""
    others = Message.objects.filter(event=message.event).exclude(pk=message.pk)
    return others.exclude(state__in=[Message.State.SUPPRESSED, Message.State.FAILED]).exists()


def _wait(message: Message, until: datetime, why: str, *, actor: Actor, now: datetime) -> None:
    """Later, unless it would be of no use then: it never rings at night instead (rules 6.3, 6.4)."""
    end = useless_at(message)
    if end is not None and until >= end:
        if message.error in _OURS:
            state.withheld(message, TOO_LATE, actor=actor)
        else:
            state.failed(message, TOO_LATE, actor=actor, now=now)
        return
    state.postpone(message, until, error=why, now=now)


def _vendor_wait(message: Message, sender: EmailSender | SmsSender, breaker: Breaker, now: datetime) -> datetime | None:
    """When to come again because of the vendor's pace or illness; None: now."""
    if sender.per_second:
        wait = Budget(sender.name, per_second=sender.per_second, per_day=0).take(Lane.COMMIT, now)
        if wait and message.kind == Kind.CODE:
            return now + timedelta(seconds=wait)
        if wait:
            # All texts of the night come due at eight: spread over the time they need, or each asks every second.
            due = Message.objects.filter(channel=message.channel, state=Message.State.QUEUED, next_at__lte=now).count()
            return now + timedelta(seconds=wait + due / sender.per_second * (message.pk.int % 1000) / 1000)
    return None if breaker.allow(now) else now + FIRST_WAIT


def _mark(message: Message, vendor: str, *, actor: Actor, now: datetime) -> Email | Sms:
    """Word the message and commit that it is about to leave. Raises CannotCompose, _MovedOnError, _WithholdError.

    Judged once more with everything locked that decides: a stop, a consent taken back or a new version of the visit
    that was committed before this is, withholds the message.
    """
    with transaction.atomic():
        if not Message.objects.select_for_update().filter(pk=message.pk).exists():
            raise _MovedOnError
        lock_contact(message.channel, message.recipient)
        if message.audience in (Message.Audience.PATIENT, Message.Audience.BOOKER):
            visit = Appointment.objects.select_for_update(no_key=True).filter(pk=message.subject)
            visit.values_list("pk", flat=True).first()
        if reason := reason_to_withhold(message, now):
            raise _WithholdError(reason)
        letter = compose(message, vendor, actor=actor, now=now)
        if not state.leaving(message, vendor, until=now + LANDS_WITHIN, now=now):
            raise _MovedOnError
    return letter


def _hand_over(
    message: Message,
    letter: Email | Sms,
    sender: EmailSender | SmsSender,
    breaker: Breaker,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    try:
        receipt = sender.send(letter, now=now)  # type: ignore[arg-type]  channel decides both
    except Rejected as error:
        breaker.ok()
        with transaction.atomic():
            given_up = state.failed(message, error.code, actor=actor, now=now, ended=Ended.REJECTED, tell=False)
            dead = StoppedContact.Reason.UNREACHABLE
            asked = error.code == NUMBER_REFUSED and contact_fails(message, dead, actor=actor, now=now)
            if given_up and not asked:
                state.tell_of_failure(message, actor=actor, now=now)
    except ConfigurationRefused as error:
        Breaker(sender.name, threshold=1, open_for=REPAIR_WAIT).failed(now)
        with transaction.atomic():
            state.tell_operator(sender.name, actor=actor, now=now)
        state.postpone(message, now + REPAIR_WAIT, error=error.code, now=now, ended=Ended.CONFIGURATION)
    except Throttled as error:
        wait = max(_backoff(message), timedelta(seconds=error.retry_after))
        state.postpone(message, now + wait, error=error.code, now=now, ended=Ended.THROTTLED)
    except NotReached as error:
        breaker.failed(now)
        state.postpone(message, now + _backoff(message), error=error.code, now=now, ended=Ended.NOT_REACHED)
    except Unknown as error:
        breaker.failed(now)
        state.look_later(message, now + LANDS_WITHIN, error=error.code, now=now)
    else:
        breaker.ok()
        note = SANDBOXED if receipt.sandboxed else ""
        state.sent(message, receipt.vendor_id, actor=actor, now=now, note=note)


def _look_up(message: Message, sender: EmailSender | SmsSender, *, actor: Actor, now: datetime) -> None:
    since = message.sending_at or message.created_at
    age = now - since
    try:
        found = sender.look_up(message.pk, message.recipient, since=since, now=now)
    except NotReached as error:
        if age > GIVE_UP_AFTER:
            state.failed(message, UNCONFIRMED, actor=actor, now=now, ended=Ended.UNKNOWN)
        else:
            state.look_later(message, now + LOOK_AGAIN, error=error.code, now=now)
        return
    if found.trace is Trace.SENT:
        state.sent(message, found.vendor_id, actor=actor, now=now)
    elif found.trace is Trace.ABSENT and age >= LANDS_WITHIN:
        state.postpone(message, now, error="proven_absent", now=now, ended=Ended.UNKNOWN)
    elif found.trace is Trace.CANNOT_TELL and age >= UNCONFIRMED_AFTER:
        state.failed(message, UNCONFIRMED, actor=actor, now=now, ended=Ended.UNKNOWN)
    else:
        state.look_later(message, now + LOOK_AGAIN, error=message.error or "unclear", now=now)


def _backoff(message: Message) -> timedelta:
    return min(FIRST_WAIT * 2 ** min(message.attempts - 1, 10), LONGEST_WAIT)
