"""Handing a message to its vendor, at most once for all we know.

`sending` is committed before the call. A clear refusal puts the row back; an unclear answer leaves it in `sending`
until a look-up finds the message, proves it absent, or gives up in front of everybody. Nothing is repeated blindly.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.booking.link_queries import code_asked
from moonlit.booking.models import Appointment
from moonlit.notifications.compose import CannotCompose, compose
from moonlit.notifications.hours import next_civil, patient_zones
from moonlit.notifications.kinds import TRUE_IN, Kind
from moonlit.notifications.models import Message
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
from moonlit.people.queries import code_contact, reachable
from moonlit.platform.breaker import Breaker
from moonlit.platform.budget import Budget, Lane

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=30)
REPAIR_WAIT = timedelta(minutes=5)
"""Pause of a vendor whose configuration is wrong."""
LANDS_WITHIN = timedelta(minutes=2)
"""A request whose answer was lost can still arrive this long after; looking earlier proves nothing."""
LOOK_AGAIN = timedelta(minutes=2)
UNCONFIRMED_AFTER = timedelta(minutes=15)
"""A vendor that cannot be asked gets this long to tell us by itself."""
GIVE_UP_AFTER = timedelta(hours=24)
"""No message is tried or looked for longer than this."""
OVERDUE = timedelta(minutes=1)
"""The queue has this long to run a step on time; only then the sweep asks for it again."""
BATCH = 200

QUIET = "quiet_hours"
TOO_LATE = "too_late"


class _MovedOnError(Exception):
    """Another process took the row between reading and marking it; what was minted is rolled back."""


def push(message_id: UUID, *, actor: Actor, now: datetime) -> None:
    """The next step of a message that is due: hand it over, or find out what became of it. Otherwise nothing."""
    message = Message.objects.filter(pk=message_id, next_at__lte=now).first()
    if message is None:
        return
    sender = get_email() if message.channel == Message.Channel.EMAIL else get_sms()
    if message.state == Message.State.QUEUED:
        _deliver(message, sender, actor=actor, now=now)
    elif message.state == Message.State.SENDING:
        _look_up(message, sender, actor=actor, now=now)


def sweep(*, now: datetime) -> None:
    """Ask again for every step that the queue has lost. Each row is claimed for a minute by moving its hour."""
    lost = Message.objects.filter(state__in=["queued", "sending"], next_at__lte=now - OVERDUE).order_by("next_at")
    for message_id, next_at, kind in list(lost.values_list("pk", "next_at", "kind")[:BATCH]):
        with transaction.atomic():
            if Message.objects.filter(pk=message_id, next_at=next_at).update(next_at=now):
                state.enqueue_push(message_id, now, kind)


def _deliver(message: Message, sender: EmailSender | SmsSender, *, actor: Actor, now: datetime) -> None:
    if reason := _reason_to_withhold(message, now):
        if reason == TOO_LATE and message.error not in ("", QUIET):
            state.failed(message, reason, actor=actor, now=now)  # a vendor kept the person waiting until it was over
        else:
            state.withheld(message, reason, actor=actor)
        return
    if now - message.created_at > GIVE_UP_AFTER:
        state.failed(message, message.error or "too_old", actor=actor, now=now)
        return
    breaker = Breaker(sender.name)
    if until := _civil_wait(message, now):
        state.postpone(message, until, error=QUIET)
        return
    if until := _vendor_wait(message, sender, breaker, now):
        state.postpone(message, until, error="vendor_busy")
        return
    try:
        letter = _mark(message, sender.name, actor=actor, now=now)
    except _MovedOnError:
        return
    except CannotCompose as error:
        state.failed(message, error.code, actor=actor, now=now)
        return
    _hand_over(message, letter, sender, breaker, actor=actor, now=now)


def _reason_to_withhold(message: Message, now: datetime) -> str:
    """Why the message is no longer true or wanted, judged now; empty when it is (rules 4.11, 6.3)."""
    if message.kind == Kind.LEAD_ALERT:
        return ""
    if message.kind == Kind.CODE:
        return _reason_to_withhold_code(message, now)
    visit = Appointment.objects.get(pk=message.subject)
    if visit.version != message.subject_version or visit.state not in TRUE_IN[Kind(message.kind)]:
        return "superseded"
    if visit.start <= now:
        return TOO_LATE
    people = reachable(visit.pk, visit.patient_id)
    if message.channel == Message.Channel.SMS:
        return "" if message.recipient == people.sms else "no_consent"
    return "" if message.recipient in (people.email, people.booker_email) else "recipient_changed"


def _reason_to_withhold_code(message: Message, now: datetime) -> str:
    """A code is sent while somebody waits for it, and only to whom it was promised."""
    asked = code_asked(message.asked_code, now) if message.asked_code else None
    if asked is None:
        return "code_over"
    patient_id = Appointment.objects.values_list("patient_id", flat=True).get(pk=asked.appointment)
    contact = code_contact(asked.appointment, patient_id, channel=asked.channel, holder=asked.holder)
    return "" if message.recipient == contact else "recipient_changed"


def _civil_wait(message: Message, now: datetime) -> datetime | None:
    """A text that comes due at night, after an outage say, waits for the morning; never a code (rules 6.4)."""
    if message.channel != Message.Channel.SMS or message.kind == Kind.CODE:
        return None
    visit = Appointment.objects.select_related("patient").get(pk=message.subject)
    known = visit.place_state or (visit.patient.state if visit.patient else "") or ""
    rings = next_civil(now, patient_zones(known, visit.time_zone))
    return rings if rings > now else None


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
    """Word the message and commit that it is about to leave. Raises CannotCompose, _MovedOnError."""
    with transaction.atomic():
        letter = compose(message, vendor, actor=actor, now=now)
        leaving = {"state": Message.State.SENDING, "attempts": message.attempts + 1, "vendor": vendor}
        if not state.move(message, **leaving, sending_at=now, next_at=now + LANDS_WITHIN):
            raise _MovedOnError
    message.state, message.attempts, message.vendor = leaving.values()
    message.sending_at = now
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
        state.failed(message, error.code, actor=actor, now=now)
    except ConfigurationRefused as error:
        Breaker(sender.name, threshold=1, open_for=REPAIR_WAIT).failed(now)
        with transaction.atomic():
            state.tell_operator(sender.name, actor=actor, now=now)
        state.postpone(message, now + REPAIR_WAIT, error=error.code)
    except Throttled as error:
        wait = max(_backoff(message), timedelta(seconds=error.retry_after))
        state.postpone(message, now + wait, error=error.code)
    except NotReached as error:
        breaker.failed(now)
        state.postpone(message, now + _backoff(message), error=error.code)
    except Unknown as error:
        breaker.failed(now)
        state.look_later(message, now + LANDS_WITHIN, error=error.code)
    else:
        breaker.ok()
        state.sent(message, receipt.vendor_id, actor=actor, now=now)


def _look_up(message: Message, sender: EmailSender | SmsSender, *, actor: Actor, now: datetime) -> None:
    since = message.sending_at or message.created_at
    age = now - since
    try:
        found = sender.look_up(message.pk, message.recipient, since=since, now=now)
    except NotReached as error:
        if age > GIVE_UP_AFTER:
            state.failed(message, "unconfirmed", actor=actor, now=now)
        else:
            state.look_later(message, now + LOOK_AGAIN, error=error.code)
        return
    if found.trace is Trace.SENT:
        state.sent(message, found.vendor_id, actor=actor, now=now)
    elif found.trace is Trace.ABSENT and age >= LANDS_WITHIN:
        state.postpone(message, now, error="proven_absent")
    elif found.trace is Trace.CANNOT_TELL and age >= UNCONFIRMED_AFTER:
        state.failed(message, "unconfirmed", actor=actor, now=now)
    else:
        state.look_later(message, now + LOOK_AGAIN, error=message.error or "unclear")


def _backoff(message: Message) -> timedelta:
    return min(FIRST_WAIT * 2 ** min(message.attempts - 1, 10), LONGEST_WAIT)
