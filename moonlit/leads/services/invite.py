"""The one invitation of a lead: promised in the row, told to the Notification Service, worded when it is sent."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.leads.inviting import contacts_with_consent, invitation_stands
from moonlit.leads.judging import may_be_invited, waits_for
from moonlit.leads.models import Lead, LeadLink
from moonlit.leads.services.state import WAITING, Result, changed
from moonlit.platform.outbox import emit


def promise_invitation(lead: Lead, *, actor: Actor, now: datetime) -> Result:
    """Invite the lead, read in its present version, if we may write. Must run inside a transaction.

    `lead.invitable` is told once: its version is the lead's.
    """
    if not contacts_with_consent(lead).any:
        return Result.NO_CONSENT
    done = changed(lead.pk, version=lead.version, was=WAITING, now=now, invited_at=now)
    if done is Result.DONE:
        record(Verb.LEAD_INVITED, actor=actor, subject=f"lead:{lead.pk}")
        emit("lead.invitable", lead.pk, version=lead.version + 1)
    return done


def send_invitation_now(lead_id: UUID, *, version: int, actor: Actor, now: datetime) -> Result:
    """Staff invite a lead: with consent, once; again only when the links it got have all ended.

    Where the program judges, only what can be booked is offered. Who needs a person (a minor, a plan to look up) is
    invited on that person's word, once the insurance that was typed is one of ours: the link opens with it.
    """
    with transaction.atomic():
        lead = Lead.objects.filter(pk=lead_id).first()
        if lead is None:
            return Result.NOT_FOUND
        if lead.version != version:
            return Result.CHANGED_MEANWHILE
        if lead.status not in WAITING:
            return Result.OVER
        if invitation_stands(lead, now):
            return Result.ALREADY_INVITED
        if lead.payer_name and not waits_for(lead).payer:
            return Result.PAYER_NOT_NAMED
        if not may_be_invited(lead, now):
            return Result.NOT_OPEN
        return promise_invitation(lead, actor=actor, now=now)


def invitation_withheld(lead_id: UUID, *, actor: Actor, now: datetime) -> bool:
    """Nothing was sent, because the ground was gone before: the lead waits again, and may be invited later.

    Called by whoever withheld it. False: the lead is over, was not invited, or has got its link by another channel.
    """
    with transaction.atomic():
        lead = Lead.objects.filter(pk=lead_id, status__in=WAITING).exclude(invited_at=None).first()
        if lead is None or LeadLink.objects.filter(lead=lead, created_at__gte=lead.invited_at).exists():
            return False
        columns = {"invited_at": None, "invitable_at": None, "opens_on": None}
        done = changed(lead.pk, version=lead.version, was=WAITING, now=now, **columns)
        if done is Result.DONE:
            record(Verb.LEAD_CHANGED, actor=actor, subject=f"lead:{lead_id}", facts={"invitation": "withheld"})
    return done is Result.DONE
