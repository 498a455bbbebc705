"""Why a message is not to be sent, or not yet: judged when it is promised and again each time it is to leave."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from moonlit.booking.before_visit import before_visit
from moonlit.booking.link_queries import code_asked
from moonlit.booking.models import Appointment
from moonlit.booking.queries import asked_again, is_settled
from moonlit.domain.reminders import window
from moonlit.leads.queries import LeadContact, lead_contact, still_invitable
from moonlit.notifications.contact_queries import is_stopped
from moonlit.notifications.hours import next_civil, patient_zones
from moonlit.notifications.kinds import ABOUT_VISITS, ALERTS, AT_ANY_HOUR, Kind, Told
from moonlit.notifications.models import Message, Notice
from moonlit.notifications.truth import TOO_LATE, AsItIs, AsTold, why_not
from moonlit.people.queries import code_contact, reachable
from moonlit.practice.queries import practice

LOOK_AT_CHANGE_AGAIN = timedelta(minutes=10)
STOP_ANSWERED = ("stopped", "help")
"""Answers that a number gets although it wants nothing more: that it is so, and whom to ask (rules 6.4)."""

STOPPED = "stopped_contact"
NO_CONSENT = "no_consent"
OTHER_RECIPIENT = "recipient_changed"
VISIT_GONE = "visit_gone"
"""The EHR has another record in the place of the one it was about, or none."""
SETTLED = "settled"
"""What the patient was to be asked about is decided."""
NOT_OPEN = "not_open"
"""What the lead waits for can not be had, or not any more."""


def reason_to_withhold(message: Message, now: datetime) -> str:
    """Why the message is no longer true or wanted, as a stable code; "" when it is (rules 4.11, 6.3, 6.4)."""
    kind = Kind(message.kind)
    if kind in ALERTS:
        return ""
    if kind is Kind.REPLY:
        return _of_reply(message, now)
    if is_stopped(message.channel, message.recipient):
        return STOPPED
    if kind is Kind.CODE:
        return _of_code(message, now)
    if message.audience == Message.Audience.LEAD:
        return _of_lead(message, now)
    return _of_visit(message, now)


def wait_for_morning(message: Message, now: datetime) -> datetime | None:
    """When a text that comes due at night may ring (rules 6.4); None: now."""
    if message.channel != Message.Channel.SMS or Kind(message.kind) in AT_ANY_HOUR:
        return None
    rings = next_civil(now, _zones(message))
    return rings if rings > now else None


def wait_for_change(message: Message, now: datetime) -> datetime | None:
    """Nobody is reminded of a visit that is being cancelled or moved at this moment; None: there is no change."""
    if message.audience not in (Message.Audience.PATIENT, Message.Audience.BOOKER) or message.kind == Kind.CODE:
        return None
    under_way = Appointment.objects.filter(pk=message.subject).exclude(change=Appointment.Change.NONE).exists()
    return now + LOOK_AT_CHANGE_AGAIN if under_way else None


def useless_at(message: Message) -> datetime | None:
    """From when on the message is of no use; None: it has no such hour."""
    told = ABOUT_VISITS.get(message.event.partition(":")[0])
    if told is None:
        return None
    found = Appointment.objects.filter(pk=message.subject).values_list("start", "time_zone").first()
    return useless_from(told, *found) if found else None


def useless_from(told: Told, start: datetime, zone: str) -> datetime:
    """From when on this is of no use to whom a visit begins at `start`, `zone` that of its place."""
    return window(told.reminder, start, zone).closes if told.reminder else start


def untrue_of_visit(topic: str, visit: Appointment, version: int, start: datetime | None, now: datetime) -> str:
    """Why this is not to be told of the visit as it stands; "" when it is true and in time."""
    told = ABOUT_VISITS[topic]
    left = before_visit(visit.pk) if told.kind is Kind.TO_COMPLETE else None
    return why_not(
        AsTold(told.kind, version, start, useless_from(told, visit.start, visit.time_zone)),
        AsItIs(
            state=visit.state,
            version=visit.version,
            start=visit.start,
            withdrawn=visit.withdrawn_at is not None,
            complete=left is not None and not (left.to_sign or left.member_id or left.address),
            rebooked=told.kind is Kind.NOT_BOOKED and asked_again(visit.pk),
        ),
        now,
    )


def zones_of_visit(visit: Appointment, state: str) -> tuple[str, ...]:
    """The zones in which the patient may be: those of where the visit finds him and of where he lives (`state`, "" when
    that is not known). Somebody from another time zone who comes to us is at home until then.
    """
    states = [each for each in (visit.place_state, state) if each] or [""]
    return tuple(dict.fromkeys(zone for each in states for zone in patient_zones(each, visit.time_zone)))


def _of_visit(message: Message, now: datetime) -> str:
    topic = message.event.partition(":")[0]
    visit = Appointment.objects.select_related("visit_type").filter(pk=message.subject).first()
    if visit is None:
        return VISIT_GONE
    start = Notice.objects.filter(pk=message.event).values_list("visit_start", flat=True).first()
    if untrue := untrue_of_visit(topic, visit, message.subject_version, start, now):
        return untrue
    if message.kind == Kind.PROPOSAL and is_settled(UUID(message.event.split(":")[1])):
        return SETTLED
    if visit.patient_id is None:
        return OTHER_RECIPIENT
    people = reachable(visit.pk, visit.patient_id, topic=ABOUT_VISITS[topic].topic)
    if message.channel == Message.Channel.SMS:
        return _same(message, people.sms)
    if message.audience == Message.Audience.BOOKER:
        return "" if message.recipient == people.booker_email else OTHER_RECIPIENT
    return "" if message.recipient in (people.email, people.booker_email) else OTHER_RECIPIENT


def _of_code(message: Message, now: datetime) -> str:
    """A code is sent while somebody waits for it, and only to whom it was promised."""
    asked = code_asked(message.asked_code, now) if message.asked_code else None
    if asked is None:
        return "code_over"
    patient_id = Appointment.objects.values_list("patient_id", flat=True).get(pk=asked.appointment)
    contact = code_contact(asked.appointment, patient_id, channel=asked.channel, holder=asked.holder)
    return "" if message.recipient == contact else OTHER_RECIPIENT


def untrue_of_lead(kind: Kind, lead_id: UUID, contact: LeadContact | None, now: datetime) -> str:
    """Why a lead is told nothing: it is not there, closed, has become a visit, or there are no times (any more)."""
    if contact is None:
        return "lead_gone"
    if contact.status in ("closed", "converted"):
        return f"lead_{contact.status}"
    return NOT_OPEN if kind is Kind.LEAD_INVITATION and not still_invitable(lead_id, now) else ""


def _of_lead(message: Message, now: datetime) -> str:
    lead_id = UUID(message.subject)
    found = lead_contact(lead_id)
    untrue = untrue_of_lead(Kind(message.kind), lead_id, found, now)
    if found is None or untrue:
        return untrue
    return _same(message, found.sms if message.channel == Message.Channel.SMS else found.email)


def _of_reply(message: Message, now: datetime) -> str:
    """An answer that comes hours later is about nothing any more, and may ring at night."""
    if message.give_up_at is not None and now > message.give_up_at:
        return TOO_LATE
    what = reply_of(message)
    stopped = is_stopped(message.channel, message.recipient)
    if what == "stopped":
        return "" if stopped else "superseded"  # said START meanwhile
    return STOPPED if stopped and what not in STOP_ANSWERED else ""


def reply_of(message: Message) -> str:
    """What the answer to a text says: stopped, started, help or free."""
    return message.event.partition(":")[0].removeprefix("reply.")


def _same(message: Message, allowed: str) -> str:
    if not allowed:
        return NO_CONSENT
    return "" if message.recipient == allowed else OTHER_RECIPIENT


def _zones(message: Message) -> tuple[str, ...]:
    if message.audience == Message.Audience.LEAD:
        found = lead_contact(UUID(message.subject))
        return patient_zones(found.state if found else "", practice().time_zone)
    visit = Appointment.objects.select_related("patient").filter(pk=message.subject).first()
    if visit is None:
        return patient_zones("", practice().time_zone)
    return zones_of_visit(visit, (visit.patient.state if visit.patient else "") or "")
