"""What leads, staff and people who text us are told."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.leads.queries import LeadContact, lead_contact
from moonlit.leads.services import invitation_withheld
from moonlit.notifications.audience import Recipient, of_lead
from moonlit.notifications.contact_queries import is_stopped
from moonlit.notifications.hours import next_civil, patient_zones
from moonlit.notifications.kinds import Kind
from moonlit.notifications.language import spoken
from moonlit.notifications.models import Message, Notice
from moonlit.notifications.services.promise import decide, promise, settle
from moonlit.notifications.services.state import tell_staff
from moonlit.notifications.services.withhold import NOT_OPEN, untrue_of_lead
from moonlit.platform.ratelimit import allow
from moonlit.practice.models import Practice
from moonlit.practice.queries import practice

ANSWERS_A_DAY = 3
"""Answers of each sort to one number: two machines that answer each other come to an end, and one that says STOP and
START in turns does too.
"""
LEADS_A_DAY = 2
"""Messages of each kind about leads to one contact: whoever leaves a stranger's must not make it ring."""
DAY = 24 * 3600.0

Outcome = Notice.Outcome
Audience, Channel = Message.Audience, Message.Channel

LEAD_KINDS = {"lead.created": Kind.LEAD_RECEIVED, "lead.invitable": Kind.LEAD_INVITATION}
"""What a topic tells the lead."""


def queue_lead_messages(
    topic: str, lead_id: UUID, *, actor: Actor, now: datetime, version: int = 0
) -> Notice.Outcome | None:
    """Decide once what a lead is told over each channel with consent: that we have the request (`lead.created`, which
    also alerts the front desk), or that there are times now (`lead.invitable`; that it comes once is the Lead Service's
    word, `version` the lead's). A contact that has heard of enough leads today hears of no more: the front desk has the
    lead before it. None: it was decided before. Raises KeyError for another topic.
    """
    kind = LEAD_KINDS[topic]
    with transaction.atomic():
        if kind is Kind.LEAD_RECEIVED:
            _alert("front_desk", f"lead.alert:{lead_id}:{version}", Kind.LEAD_ALERT, str(lead_id), now=now)
        notice = decide(f"{topic}:{lead_id}:{version}", kind, lead_id, now=now, version=version)
        if notice is None:
            return None
        contact = lead_contact(lead_id)
        untrue = untrue_of_lead(kind, lead_id, contact, now)
        if contact is None or untrue:
            if untrue == NOT_OPEN:
                invitation_withheld(lead_id, actor=actor, now=now)  # nothing was sent: the lead goes on waiting
            return settle(notice, Outcome.STALE, untrue)
        heard = of_lead(contact, is_stopped)
        if not heard.recipients:
            if kind is Kind.LEAD_INVITATION:  # times can be had, and only a call can say so
                tell_staff(f"lead:{lead_id}", visit_date=None, actor=actor, now=now)
            return settle(notice, Outcome.NOBODY, heard.why)
        told = [each for each in heard.recipients if _has_room(each, kind, now)]
        if not told:
            if kind is Kind.LEAD_INVITATION:
                tell_staff(f"lead:{lead_id}", visit_date=None, actor=actor, now=now)
            return settle(notice, Outcome.ENOUGH)
        return promise(
            notice,
            told,
            language=spoken(contact.language, now),
            rings=lambda each: _rings(each, contact, now),
            now=now,
        )


def queue_staff_alert(team: str, bucket: str, *, now: datetime) -> Notice.Outcome | None:
    """Promise a team an e-mail that something needs a hand, once for each `bucket` (an hour, say): what it is stands
    behind the link only. Without an address of its own the team is told through the front desk's.
    """
    with transaction.atomic():
        return _alert(team, f"staff.alert:{team}:{bucket}", Kind.STAFF_ALERT, team, now=now)


def queue_reply(
    reply_id: UUID, sender: str, what: str, language: str, *, until: datetime, now: datetime
) -> Notice.Outcome | None:
    """Promise the one answer to a text message; `what` is stopped, started, help or free, `sender` in E.164.

    Answered at any hour, but not later than `until`. A number that wants nothing more is told only that, or where to
    get help. Beyond a few a day nothing is answered, nor that a stop was heard: it holds all the same.
    """
    with transaction.atomic():
        notice = decide(f"reply.{what}:{reply_id}:0", Kind.REPLY, reply_id, now=now)
        if notice is None:
            return None
        if not allow(f"reply|{what}|{sender}", capacity=ANSWERS_A_DAY, per_seconds=DAY, now=now):
            return settle(notice, Outcome.ENOUGH)
        return promise(
            notice,
            [Recipient(Audience.SENDER, Channel.SMS, sender)],
            language=spoken(language, now),
            rings=lambda _recipient: now,
            give_up_at=until,
            now=now,
        )


def _alert(team: str, event: str, kind: Kind, subject: str, *, now: datetime) -> Notice.Outcome | None:
    notice = decide(event, kind, subject, now=now)
    if notice is None:
        return None
    addresses = Practice.objects.values_list("staff_emails", flat=True).get(pk=1)
    address = str(addresses.get(team) or addresses.get("front_desk") or "")
    if not address:
        return settle(notice, Outcome.NOBODY, "no_contact")
    to = Recipient(Audience.STAFF, Channel.EMAIL, address)
    return promise(notice, [to], language="en", rings=lambda _recipient: now, now=now)


def _has_room(recipient: Recipient, kind: Kind, now: datetime) -> bool:
    bucket = f"lead|{kind}|{recipient.channel}|{recipient.contact}"
    return bool(allow(bucket, capacity=LEADS_A_DAY, per_seconds=DAY, now=now))


def _rings(recipient: Recipient, contact: LeadContact, now: datetime) -> datetime:
    if recipient.channel == Channel.EMAIL:
        return now
    return next_civil(now, patient_zones(contact.state, practice().time_zone))
