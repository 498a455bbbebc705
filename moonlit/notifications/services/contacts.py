"""Stopping a number or an address for everyone who uses it, and lifting that (rules 6.4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.notifications.contact_queries import BY_PERSON, contact_index, staff_may_lift
from moonlit.notifications.models import StoppedContact
from moonlit.notifications.services.contact_tasks import close_contact_tasks
from moonlit.platform.db import advisory_lock

START_WORD = "start_word"
REPLACED = "replaced"
"""`ended_by` of a stop that gave way to one only the person may lift."""

Reason = StoppedContact.Reason


class OnlyThePersonMay(Exception):  # noqa: N818
    """The stop is the person's own word: staff cannot lift it, START sent from that number does."""


def lock_contact(channel: str, contact: str) -> None:
    """Whether anything may be sent to this address or number stays as it is until the transaction ends.

    Taken after the row of a message, before that of a visit.
    """
    advisory_lock("stopped-contact", contact_index(channel, contact).hex())


def stop_contact(channel: str, contact: str, reason: str, wording: str, *, actor: Actor, now: datetime) -> bool:
    """Send nothing more to this address or E.164 number, whoever uses it, from this transaction on.

    `reason` is one of `StoppedContact.Reason`, `wording` the word they used in the form we compare. False when it is
    stopped already; a stop by the person's own word then takes the place of one that staff could lift.
    """
    index = contact_index(channel, contact)
    with transaction.atomic():
        lock_contact(channel, contact)
        held = StoppedContact.objects.filter(channel=channel, contact_index=index, ended_at__isnull=True).first()
        if held is not None:
            if reason not in BY_PERSON or held.reason in BY_PERSON:
                return False
            StoppedContact.objects.filter(pk=held.pk, ended_at__isnull=True).update(ended_at=now, ended_by=REPLACED)
        row = StoppedContact(
            id=uuid4(),
            channel=channel,
            contact=contact,
            contact_index=index,
            reason=reason,
            wording=wording[:40],
            since=now,
        )
        row.save(force_insert=True)
        facts = {"channel": channel, "reason": reason}
        record(Verb.CONTACT_STOPPED, actor=actor, subject=f"contact:{row.pk}", facts=facts)
    return True


def resume_contact(channel: str, contact: str, *, actor: Actor, now: datetime) -> bool:
    """The person's own START: whatever held this contact back is over. False: nothing did."""
    index = contact_index(channel, contact)
    with transaction.atomic():
        lock_contact(channel, contact)
        held = StoppedContact.objects.filter(channel=channel, contact_index=index, ended_at__isnull=True).first()
        return held is not None and _end(held, START_WORD, actor=actor, now=now)


def lift_stop(stopped_id: UUID, *, actor: Actor, now: datetime) -> bool:
    """Staff know better: the landline is a mobile now, the mailbox works again. False: it does not hold any more.

    Raises OnlyThePersonMay for a stop word sent by text and for a spam complaint.
    """
    with transaction.atomic():
        held = StoppedContact.objects.filter(pk=stopped_id, ended_at__isnull=True).first()
        if held is None:
            return False
        if not staff_may_lift(held.channel, held.reason):
            raise OnlyThePersonMay
        return _end(held, actor.id, actor=actor, now=now)


def _end(held: StoppedContact, ended_by: str, *, actor: Actor, now: datetime) -> bool:
    if not StoppedContact.objects.filter(pk=held.pk, ended_at__isnull=True).update(ended_at=now, ended_by=ended_by):
        return False
    facts = {"channel": held.channel, "reason": held.reason, "by": ended_by}
    record(Verb.CONTACT_RESUMED, actor=actor, subject=f"contact:{held.pk}", facts=facts)
    close_contact_tasks(held, actor=actor, now=now)
    return True
