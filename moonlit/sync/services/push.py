"""What the EHR pushes: proven, stored and answered at once; a job reads the records afterwards (rules 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.ehr.port import BadSignature, Pushed, get_ehr
from moonlit.notifications.services import note_refused
from moonlit.platform.jobs import enqueue
from moonlit.sync.models import Notice

EHR = Actor("vendor", "ehr")
SUBJECT = "webhook:ehr"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one delivery came to."""

    stored: int
    repeated: int
    """Events we had before."""
    ignored: int
    """About records that do not concern us."""


def receive_push(*, signature: str, body: bytes, now: datetime) -> Delivery:
    """Store what a delivery tells, each event once. Asks nothing of the EHR. Raises BadSignature (audited)."""
    try:
        told = get_ehr().parse_push(signature=signature, body=body)
    except BadSignature:
        note_refused(EHR.id, "signature_invalid", now=now)
        raise
    wanted = {each.event_id: each for each in told if concerns_us(each)}
    with transaction.atomic():
        known = set(Notice.objects.filter(event_id__in=wanted).values_list("event_id", flat=True))
        new = [each for event_id, each in wanted.items() if event_id not in known]
        Notice.objects.bulk_create([_notice(each, now) for each in new], ignore_conflicts=True)
        delivery = Delivery(len(new), len(wanted) - len(new), len(told) - len(wanted))
        facts = {"stored": delivery.stored, "repeated": delivery.repeated, "ignored": delivery.ignored}
        record(Verb.WEBHOOK_RECEIVED, actor=EHR, subject=SUBJECT, facts=facts)
        if new:
            from moonlit.sync.jobs import take_in_notices  # the job calls the services

            enqueue(take_in_notices)
    return delivery


def concerns_us(told: Pushed) -> bool:
    """Appointments of any kind of change, and merged patients; a record or event without an id is nobody's."""
    about = told.topic.lower()
    known = about.startswith("appointment.") or about in {"appointment", "patient.merge"}
    return known and 0 < len(told.event_id) <= 100 and 0 < len(told.record_id) <= 40


def _notice(told: Pushed, now: datetime) -> Notice:
    about_visit = told.topic.lower().startswith("appointment")
    return Notice(
        source=Notice.Source.PUSH,
        event_id=told.event_id,
        appointment_id=told.record_id if about_visit else "",
        raw={"topic": told.topic, "record_id": told.record_id},
        received_at=now,
        next_at=now,
    )
