"""A person's request to be reached in one way only (45 CFR 164.522(b))."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.domain.reaching import Channel
from moonlit.people.models import ConfidentialContact, Patient
from moonlit.people.services.indexes import email_index, phone_index
from moonlit.platform.db import advisory_lock


def set_confidential_contact(
    patient_id: UUID,
    channel: Channel,
    *,
    address: str = "",
    no_voicemail: bool = False,
    note: str = "",
    reason: str = "",
    actor: Actor,
    now: datetime,
) -> UUID:
    """Reach the person in this way only, from this transaction on; the request that stood before ends.

    `address` is a checked e-mail address or E.164 number; empty: the contact on file. `note` is what to mind when
    calling, `reason` how it was asked for. Raises ValueError when there is no contact of the channel on file either.
    """
    patient = Patient.objects.get(pk=patient_id)
    on_file = {Channel.EMAIL: patient.email, Channel.SMS: patient.phone}
    if channel in on_file and not (address or on_file[channel]):
        raise ValueError("no address for this channel")
    index = email_index(address) if channel is Channel.EMAIL else phone_index(address)
    with transaction.atomic():
        advisory_lock("confidential-contact", str(patient_id))
        ConfidentialContact.objects.filter(patient=patient_id, ended_at=None).update(ended_at=now, ended_by=actor.id)
        row = ConfidentialContact.objects.create(
            id=uuid4(),
            patient=patient,
            channel=channel,
            address=address or None,
            address_index=index if address else None,
            no_voicemail=no_voicemail,
            note=note or None,
            set_by=actor.id,
            set_at=now,
        )
        facts = {"channel": channel.value, "own_address": bool(address), "no_voicemail": no_voicemail}
        record(Verb.CONFIDENTIAL_SET, actor=actor, subject=f"patient:{patient_id}", facts=facts, reason=reason)
    return row.pk


def end_confidential_contact(patient_id: UUID, *, reason: str = "", actor: Actor, now: datetime) -> bool:
    """The person takes the request back; what was agreed before holds again. False: there is none."""
    with transaction.atomic():
        live = ConfidentialContact.objects.filter(patient=patient_id, ended_at=None)
        if not live.update(ended_at=now, ended_by=actor.id):
            return False
        record(Verb.CONFIDENTIAL_ENDED, actor=actor, subject=f"patient:{patient_id}", reason=reason)
    return True
