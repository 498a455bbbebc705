"""The Lead Service: somebody we cannot serve yet asked to hear from us (rules 8)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.coverage.queries import facts
from moonlit.domain.refusals import RefusalCode, RefusalReason, Refused
from moonlit.eligibility.queries import today_at_practice
from moonlit.leads.inputs import LeadInput
from moonlit.leads.models import Lead
from moonlit.people.services import email_index, phone_index
from moonlit.platform.db import advisory_lock
from moonlit.platform.outbox import emit

SAME_PERSON_WITHIN = timedelta(hours=24)


def create_lead(lead: LeadInput, *, actor: Actor, now: datetime) -> UUID:
    """Store the lead and tell staff once; returns its id.

    The same contact, name, payer and reason within 24 hours, left for oneself, is the same lead. Leads left for others
    are never merged: one case manager's address serves many people. Raises Refused (`invalid_request`) for a payer code
    that is none of ours.
    """
    if lead.payer and lead.payer not in facts().payers:
        detail = "We do not know this insurance. Please give its name instead."
        raise Refused(RefusalCode.INVALID_REQUEST, detail, [RefusalReason("payer_unknown", detail, field="payer")])
    by_email = email_index(lead.email) if lead.email else None
    by_phone = phone_index(lead.phone) if lead.phone else None
    with transaction.atomic():
        advisory_lock("lead", (by_email or by_phone or b"").hex())
        known = None if lead.for_someone_else else _same_lead(lead, by_email, by_phone, now)
        if known is not None:
            record(Verb.LEAD_MERGED, actor=actor, subject=f"lead:{known}", facts={"reason": lead.reason.value})
            return known
        row = Lead.objects.create(
            email=lead.email,
            phone=lead.phone,
            preferred_name=lead.preferred_name,
            email_index=by_email,
            phone_index=by_phone,
            payer_code=lead.payer or "",
            payer_name=lead.payer_name,
            reason=lead.reason.value,
            effective_date=lead.insurance_effective_date,
            for_someone_else=lead.for_someone_else,
            criteria=lead.criteria.as_stored(today_at_practice(now)) if lead.criteria else None,
            language=lead.language,
            consent=lead.consent.model_dump(),
            created_at=now,
        )
        record(Verb.LEAD_CREATED, actor=actor, subject=f"lead:{row.pk}", facts={"reason": lead.reason.value})
        emit("lead.created", row.pk)
    return row.pk


SET_BY_STAFF = {Lead.Status.CONTACTED: Verb.LEAD_CONTACTED, Lead.Status.CLOSED: Verb.LEAD_CLOSED}


def set_status(lead_id: UUID, *, old: Lead.Status, new: Lead.Status, actor: Actor) -> bool:
    """Set a lead to contacted or closed, if it still is what the person saw. False: it is not, nothing was written.

    A converted lead stays converted; only its booking makes one. Raises ValueError for a change staff cannot make.
    """
    if new not in SET_BY_STAFF or new is old or old is Lead.Status.CONVERTED:
        raise ValueError(f"{old} cannot be set to {new} by hand")
    with transaction.atomic():
        won = Lead.objects.filter(pk=lead_id, status=old).update(status=new)
        if won:
            record(SET_BY_STAFF[new], actor=actor, subject=f"lead:{lead_id}", facts={"from": old, "to": new})
    return bool(won)


def _same_lead(lead: LeadInput, by_email: bytes | None, by_phone: bytes | None, now: datetime) -> UUID | None:
    recent = Lead.objects.filter(
        email_index=by_email,
        phone_index=by_phone,
        payer_code=lead.payer or "",
        reason=lead.reason.value,
        for_someone_else=False,
        created_at__gt=now - SAME_PERSON_WITHIN,
    )
    for row in recent:
        if (row.preferred_name, row.payer_name) == (lead.preferred_name, lead.payer_name):
            return row.pk
    return None
