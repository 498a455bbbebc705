"""What the message vendors tell by webhook: proven, kept once, answered at once; the work comes later.

People's replies are the exception: a STOP counts in the very transaction that keeps it (rules 6.4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.notifications.models import Message, VendorNotice
from moonlit.notifications.port import BadSignature, DeliveryTold, TextReceived, UnreadableNotice, get_email, get_sms
from moonlit.notifications.services.deliveries import IGNORED, UNSUBSCRIBED
from moonlit.notifications.services.refused import note_refused
from moonlit.notifications.services.replies import take_in
from moonlit.platform.jobs import enqueue


@dataclass(frozen=True, slots=True)
class Intake:
    """What one call of a vendor came to."""

    stored: int
    repeated: int
    """What we had before."""


def receive(channel: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Intake:
    """Keep what the vendor of this channel tells, each event once. `headers` by name in lower case.

    Raises BadSignature and UnreadableNotice; both are counted and audited.
    """
    sender = get_email() if channel == Message.Channel.EMAIL else get_sms()
    try:
        told = sender.parse_webhook(headers, body, now=now)
    except (BadSignature, UnreadableNotice) as fault:
        note_refused(sender.name, fault.code, now=now)
        raise
    texts = [each for each in told if isinstance(each, TextReceived)]
    notices = [each for each in told if isinstance(each, DeliveryTold)]
    with transaction.atomic():
        stored = _keep(sender.name, notices, now) + sum(take_in(each, sender.name, now=now) for each in texts)
        facts = {"stored": stored, "repeated": len(told) - stored}
        subject = f"webhook:{sender.name}"
        record(Verb.WEBHOOK_RECEIVED, actor=Actor("vendor", sender.name), subject=subject, facts=facts)
    return Intake(stored, len(told) - stored)


def _keep(vendor: str, told: Sequence[DeliveryTold], now: datetime) -> int:
    wanted = {each.notice_id: each for each in told}
    known = set(VendorNotice.objects.filter(vendor=vendor, notice_id__in=wanted).values_list("notice_id", flat=True))
    new = [_row(vendor, each, now) for notice_id, each in wanted.items() if notice_id not in known]
    VendorNotice.objects.bulk_create(new, ignore_conflicts=True)
    if any(row.next_at for row in new):
        from moonlit.notifications.jobs import work_off_notices  # the job calls the services

        enqueue(work_off_notices)
    return len(new)


def _row(vendor: str, told: DeliveryTold, now: datetime) -> VendorNotice:
    means_something = bool(told.delivery) or told.code == UNSUBSCRIBED
    return VendorNotice(
        id=uuid4(),
        vendor=vendor,
        notice_id=told.notice_id,
        name=told.name,
        message_id=told.message_id,
        vendor_id=told.vendor_id,
        delivery=told.delivery,
        code=told.code,
        told_at=told.told_at,
        received_at=now,
        next_at=now if means_something else None,
        outcome="" if means_something else IGNORED,
    )
