"""Working off what the vendors told of messages: each notice once, whenever it comes; a lost job is found again."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from moonlit.audit.actor import SYSTEM, Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment
from moonlit.domain.business_time import end_of_business_day
from moonlit.domain.zones import local_date
from moonlit.notifications.contact_queries import contact_index, near_visits
from moonlit.notifications.delivery import Way, after
from moonlit.notifications.kinds import Kind
from moonlit.notifications.models import Message, StoppedContact, VendorNotice
from moonlit.notifications.services import state
from moonlit.notifications.services.contact_tasks import task_subject
from moonlit.notifications.services.contacts import stop_contact
from moonlit.platform.log import get_logger
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, Team
from moonlit.worklist.services import open_task

log = get_logger(__name__)

WAITS = tuple(timedelta(seconds=each) for each in (5, 15, 60, 180, 600))
"""Before each further look at a notice whose message is not there (yet), or that stumbled; the last repeats."""
MOST_TRIES = 150
"""About a day: whoever repairs us by then has lost nothing. What still stumbles is given up, where it is seen."""
GIVE_UP_AFTER = timedelta(minutes=15)
"""A message that is not there by then is none of ours: another installation's, or a test of the vendor's."""
CLOCK_SKEW = timedelta(minutes=1)
"""The vendor stamps by its own clock; what it tells of a sending may seem this much older than the sending."""
SILENT_FOR = timedelta(hours=24)
"""A phone that is off for a night is none that is gone."""
BATCH = 500

APPLIED, LATE, IGNORED, UNKNOWN, GIVEN_UP = "applied", "late", "ignored", "unknown_message", "given_up"
UNSUBSCRIBED = "unsubscribed"

State, Delivery, Reason = Message.State, Message.Delivery, StoppedContact.Reason

_STOPS = {
    Delivery.BOUNCED: Reason.BOUNCED,
    Delivery.COMPLAINED: Reason.COMPLAINED,
}
_DEAD_NUMBER = "number_unreachable"
_DID_NOT_ARRIVE = "A message did not arrive. Please tell the person another way, and ask for a contact that works."
_PROVES_NOTHING = (Kind.CODE, Kind.REPLY, Kind.LEAD_RECEIVED, Kind.LEAD_INVITATION)
"""Strangers make us send these to a number they only typed: that nobody got them stops nobody's messages."""


def work_off(*, now: datetime) -> int:
    """Work on every notice that is due, in the vendor's order; how many were finished. What stumbles comes again."""
    due = VendorNotice.objects.filter(next_at__lte=now).order_by("told_at", "received_at", "id")
    return sum(_work_on(pk, tries, now) for pk, tries in list(due.values_list("pk", "tries")[:BATCH]))


def is_work(*, now: datetime) -> bool:
    """Whether some notice is due."""
    return VendorNotice.objects.filter(next_at__lte=now).exists()


def _work_on(notice_id: UUID, tries: int, now: datetime) -> bool:
    # Put off first and committed: what kills this process must not be the next thing it does.
    later = now + WAITS[min(tries, len(WAITS) - 1)]
    mine = VendorNotice.objects.filter(pk=notice_id, tries=tries, next_at__lte=now)
    if tries >= MOST_TRIES:
        # Asked before it is tried: one that kills the process never comes to the end of a try.
        with transaction.atomic():
            if mine.update(outcome=GIVEN_UP, next_at=None):
                log.error("vendor_notice_given_up", event_id=notice_id, attempts=tries)
                _tell_technicians(notice_id, now)
        return True
    if not mine.update(tries=tries + 1, next_at=later):
        return False
    try:
        with transaction.atomic():
            notice = VendorNotice.objects.get(pk=notice_id)
            outcome = _apply(notice, now)
            if outcome == UNKNOWN and now - notice.received_at < GIVE_UP_AFTER:
                return False
            VendorNotice.objects.filter(pk=notice_id).update(outcome=outcome, next_at=None)
    except Exception:  # one that stumbles must not keep the others waiting
        log.exception("vendor_notice_failed", event_id=notice_id, attempts=tries + 1)
        return False
    return True


def _apply(notice: VendorNotice, now: datetime) -> str:
    message = _message(notice)
    if message is None:
        return UNKNOWN
    vendor = Actor("vendor", notice.vendor)
    if notice.code == UNSUBSCRIBED:
        stop_contact(message.channel, message.recipient, Reason.STOP_WORD, UNSUBSCRIBED, actor=vendor, now=now)
        return APPLIED
    way = Way(message.state, message.delivery, handed_over=message.attempts > 0)
    new = after(way, notice.delivery, of_this_sending=_of_this_sending(message, notice))
    # Whatever became of the message, and whenever it is told: a dead address is dead.
    stops = _settle_contact(message, notice, actor=vendor, now=now)
    if new != way:
        _move_on(message, new, notice, asked_for_contact=stops, actor=vendor, now=now)
    return APPLIED if new != way or stops else LATE


def _message(notice: VendorNotice) -> Message | None:
    """By our id, else by the vendor's. Locked: a worker may be writing the outcome of its call this moment."""
    rows = Message.objects.select_for_update()
    if notice.message_id and (found := rows.filter(pk=notice.message_id, vendor=notice.vendor).first()):
        return found
    if not notice.vendor_id:
        return None
    return rows.filter(vendor=notice.vendor, vendor_id=notice.vendor_id).first()


def _of_this_sending(message: Message, notice: VendorNotice) -> bool:
    """False for what is told of a sending before staff had the message sent again, however late it is told: by the
    vendor's id where we know it, else by the vendor's clock.
    """
    if message.vendor_id and notice.vendor_id:
        return message.vendor_id == notice.vendor_id
    if not message.resends:
        return True
    if message.sending_at is None:  # not tried since
        return False
    if notice.vendor_id and message.tries.filter(vendor_id=notice.vendor_id).exists():
        return False
    return notice.told_at >= message.sending_at - CLOCK_SKEW


def _move_on(
    message: Message, new: Way, notice: VendorNotice, *, asked_for_contact: bool, actor: Actor, now: datetime
) -> None:
    """`asked_for_contact`: the front desk has just been asked for another one; it need not hear of it twice."""
    was_failed = message.state == State.FAILED
    if message.state != State.SENT and not (was_failed and new.state == State.FAILED):
        # Whatever the word: the vendor has it, and a try whose answer was lost is settled by that.
        state.sent(message, message.vendor_id or notice.vendor_id, actor=actor, now=now)
        message.refresh_from_db()
    code = (notice.code or notice.delivery) if new.state == State.FAILED else ""
    told = {"delivery": new.delivery, "delivery_at": notice.told_at}
    if not state.move(message, state=new.state, error=code, next_at=None, **told):
        raise RuntimeError("a locked row has moved")
    verb = {State.FAILED: Verb.MESSAGE_UNDELIVERED, State.SENT: Verb.MESSAGE_DELIVERED}[State(new.state)]
    if new.state == State.FAILED or new.delivery == Delivery.DELIVERED:
        facts = {"kind": message.kind, "channel": message.channel, "about": message.subject}
        record(verb, actor=actor, subject=f"message:{message.pk}", facts=facts | ({"code": code} if code else {}))
    if new.state == State.FAILED:
        log.error("message_undelivered", message_id=message.pk, kind=message.kind, code=code, vendor=notice.vendor)
        if not (was_failed or asked_for_contact):
            state.tell_of_failure(message, actor=actor, now=now)


def _settle_contact(message: Message, notice: VendorNotice, *, actor: Actor, now: datetime) -> bool:
    reason = _STOPS.get(Delivery(notice.delivery))
    if reason is None and (notice.code == _DEAD_NUMBER or _again_undelivered(message, notice)):
        reason = Reason.UNREACHABLE
    return reason is not None and contact_fails(message, reason, actor=actor, now=now)


def contact_fails(message: Message, reason: str, *, actor: Actor, now: datetime) -> bool:
    """The address or number this message went to works no more, or its owner calls us spam: nothing more is sent
    there, and the front desk asks everybody who uses it, and soon has a visit, for another one. False when that was
    known, or it is an address of the practice's own.
    """
    if message.audience == Message.Audience.STAFF:
        return False
    with transaction.atomic():
        if not stop_contact(message.channel, message.recipient, reason, "", actor=actor, now=now):
            return False
        if reason != Reason.COMPLAINED:
            for subject in _to_be_asked(message, now):
                note = _DID_NOT_ARRIVE if subject == task_subject(message) else ""
                ask_for_contact(subject, note=note, actor=actor, now=now)
    return True


def _to_be_asked(message: Message, now: datetime) -> list[str]:
    """Of whom the message was about, and everybody else with the number. Whoever asked for a code is on the page, and
    sees that none comes.
    """
    found = [] if message.kind == Kind.CODE else [task_subject(message)]
    if message.channel == Message.Channel.SMS:
        own = Appointment.objects.filter(pk=message.subject).values_list("patient", flat=True).first()
        near = near_visits(bytes(message.recipient_index), now)
        found += [f"appointment:{visit.pk}" for visit in near if visit.patient_id != own]
    return found


def ask_for_contact(subject: str, *, note: str = "", actor: Actor, now: datetime) -> None:
    """The front desk is asked for another way to somebody. `subject` is appointment:, lead: or reply:, and an id;
    `note` says what else is to be done.
    """
    visit_date = None
    if subject.startswith("appointment:"):
        found = Appointment.objects.filter(pk=subject.partition(":")[2]).values_list("start", "time_zone").first()
        visit_date = local_date(*found) if found else None
    open_task(
        TaskKind.CONTACT_BOUNCED,
        subject=subject,
        team=Team.FRONT_DESK,
        due=end_of_business_day(now, office()),
        visit_date=visit_date,
        note=note,
        actor=actor,
        now=now,
    )


def _tell_technicians(notice_id: UUID, now: datetime) -> None:
    """What the vendor told is not lost: the row is kept, and somebody has to look why it cannot be worked on."""
    open_task(
        TaskKind.MESSAGE_FAILED,
        subject=f"vendor_notice:{notice_id}",
        team=Team.TECHNICAL,
        due=now,
        visit_date=None,
        note="What a vendor told of a message cannot be worked on. The message may show a wrong delivery.",
        actor=SYSTEM,
        now=now,
    )


def _again_undelivered(message: Message, notice: VendorNotice) -> bool:
    """Whether nobody has got a text at this number for a day: this one, and another that long before, with none that
    arrived in between.
    """
    if message.channel != Message.Channel.SMS or notice.code != "undelivered" or message.kind in _PROVES_NOTHING:
        return False
    index = contact_index(message.channel, message.recipient)
    others = Message.objects.filter(channel=message.channel, recipient_index=index).exclude(pk=message.pk)
    silent = others.filter(delivery=Delivery.UNDELIVERED, delivery_at__lte=notice.told_at - SILENT_FOR)
    last = silent.exclude(kind__in=_PROVES_NOTHING).aggregate(at=Max("delivery_at"))["at"]
    return last is not None and not others.filter(delivery=Delivery.DELIVERED, delivery_at__gt=last).exists()
