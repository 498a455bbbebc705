"""Promising messages: one row per event, channel and recipient (rules 6.3)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.booking.link_queries import code_asked
from moonlit.booking.models import Appointment
from moonlit.domain.zones import local_date
from moonlit.notifications.hours import next_civil, patient_zones
from moonlit.notifications.kinds import ABOUT_VISITS, TRUE_IN, Kind
from moonlit.notifications.models import Message
from moonlit.notifications.services.state import enqueue_push, tell_staff
from moonlit.people.queries import code_contact, reachable
from moonlit.people.services import email_index, phone_index
from moonlit.platform.log import get_logger
from moonlit.platform.ratelimit import allow
from moonlit.practice.models import Practice

log = get_logger(__name__)

CODES_AT_ONCE = 5
CODES_REFILL = 12 * 3600.0
"""Codes to one contact, whatever visits and links they are about, and the seconds in which they refill."""


def queue_visit_message(topic: str, appointment_id: UUID, version: int, *, actor: Actor, now: datetime) -> None:
    """Promise what one version of a visit has to tell: an e-mail to each who is to hear, a text with consent.

    Nothing when the version is no longer true or the EHR owns this kind of message (rules 6.2). When nobody can be
    told, staff are asked to.
    """
    kind = ABOUT_VISITS[topic].kind
    with transaction.atomic():
        visit = Appointment.objects.filter(pk=appointment_id, version=version, state__in=TRUE_IN[kind]).first()
        if visit is None or visit.patient_id is None or not _ours(kind):
            return
        people = reachable(visit.pk, visit.patient_id)
        promised = {
            "event": f"{topic}:{visit.pk}:{version}",
            "kind": kind,
            "subject": str(visit.pk),
            "subject_version": version,
            "language": people.language,
            "created_at": now,
        }
        for address in {people.email, people.booker_email} - {""}:
            _promise(address, Message.Channel.EMAIL, next_at=now, **promised)
        if people.sms:
            rings = next_civil(now, patient_zones(visit.place_state or people.state, visit.time_zone))
            _promise(people.sms, Message.Channel.SMS, next_at=rings, **promised)
        if not (people.email or people.booker_email or people.sms):
            visit_date = local_date(visit.start, visit.time_zone)
            tell_staff(f"appointment:{visit.pk}", visit_date=visit_date, actor=actor, now=now)


def queue_code(code_id: UUID, *, now: datetime) -> None:
    """Promise the message for a code that was asked for; nothing when no contact for the channel is on file."""
    with transaction.atomic():
        asked = code_asked(code_id, now)
        if asked is None:
            return
        visit = Appointment.objects.select_related("patient").get(pk=asked.appointment)
        if visit.patient is None:
            return
        contact = code_contact(visit.pk, visit.patient.pk, channel=asked.channel, holder=asked.holder)
        # Whoever books with a stranger's number must not make it ring: so many codes reach one contact, and no more.
        if contact and allow(f"code|contact|{contact}", capacity=CODES_AT_ONCE, per_seconds=CODES_REFILL, now=now):
            _promise(
                contact,
                Message.Channel(asked.channel),
                event=f"code.requested:{code_id}:0",
                kind=Kind.CODE,
                subject=str(visit.pk),
                subject_version=visit.version,
                asked_code=code_id,
                language=visit.patient.language,
                next_at=now,
                created_at=now,
            )


def queue_lead_alert(lead_id: UUID, *, actor: Actor, now: datetime) -> None:  # noqa: ARG001  every verb takes one
    """Promise the front desk an e-mail that a request waits; nothing about the person is in it."""
    to = str(Practice.objects.values_list("staff_emails", flat=True).get(pk=1).get("front_desk") or "")
    if not to:
        log.warning("lead_alert_without_address", lead=lead_id)
        return
    with transaction.atomic():
        _promise(
            to,
            Message.Channel.EMAIL,
            event=f"lead.created:{lead_id}",
            kind=Kind.LEAD_ALERT,
            subject=str(lead_id),
            next_at=now,
            created_at=now,
        )


def _ours(kind: Kind) -> bool:
    owners = Practice.objects.values_list("message_owners", flat=True).get(pk=1)
    return owners.get(kind.value, "moonlit") == "moonlit"


def _promise(
    address: str, channel: Message.Channel, *, event: str, kind: Kind, next_at: datetime, **facts: object
) -> None:
    """One row, or none when this event was promised to this address before."""
    index = email_index(address) if channel == Message.Channel.EMAIL else phone_index(address)
    if Message.objects.filter(event=event, channel=channel, recipient_index=index).exists():
        return
    row = Message(
        id=uuid4(),
        event=event,
        kind=kind,
        channel=channel,
        recipient=address,
        recipient_index=index,
        next_at=next_at,
        **facts,
    )
    row.save(force_insert=True)
    enqueue_push(row.pk, next_at, kind)
