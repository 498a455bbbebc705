"""Somebody we cannot serve yet asks to hear from us (rules 8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import F

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.coverage.queries import facts
from moonlit.domain.lead_duplicates import SAME_PERSON_WITHIN, Left, is_same_lead
from moonlit.domain.refusals import RefusalCode, RefusalReason, Refused
from moonlit.eligibility.queries import today_at_practice
from moonlit.leads.inputs import LeadInput
from moonlit.leads.models import Lead
from moonlit.leads.services.state import WAITING
from moonlit.people.checks import can_receive_texts
from moonlit.people.services import email_index, phone_index
from moonlit.platform.crypto.fields import sealed
from moonlit.platform.db import advisory_lock
from moonlit.platform.outbox import emit

Source = Literal["widget", "api"]


def create_lead(lead: LeadInput, *, source: Source = "api", by_hand: bool = False, actor: Actor, now: datetime) -> UUID:
    """Store the lead and tell staff once; returns its id, which is for us and staff: whoever left the lead could tell
    from it that somebody had left the same before.

    The same again within 24 hours, left for oneself, counts on the lead that waits (`domain.lead_duplicates`): a plan's
    name and answers that were missing are added to it, consent is not. `by_hand`: free times there are, but none suits,
    so the program never invites. Raises Refused (`invalid_request`) for a payer code that is none of ours.
    """
    if lead.payer and lead.payer not in facts().payers:
        detail = "We do not know this insurance. Please give its name instead."
        raise Refused(RefusalCode.INVALID_REQUEST, detail, [RefusalReason("payer_unknown", detail, field="payer")])
    by_email = email_index(lead.email) if lead.email else None
    by_phone = phone_index(lead.phone) if lead.phone else None
    consent = _consent(lead, source, now)
    criteria = lead.criteria.as_stored(today_at_practice(now)) if lead.criteria else None
    with transaction.atomic():
        advisory_lock("lead", (by_email or by_phone or b"").hex())
        known = _same_lead(lead, by_email, by_phone, now)
        if known is not None:
            _add_to(known, lead, criteria=criteria, by_hand=by_hand, now=now)
            record(Verb.LEAD_MERGED, actor=actor, subject=f"lead:{known.pk}", facts={"reason": lead.reason.value})
            return known.pk
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
            criteria=criteria,
            language=lead.language,
            consent=consent,
            by_hand=by_hand,
            created_at=now,
        )
        record(Verb.LEAD_CREATED, actor=actor, subject=f"lead:{row.pk}", facts={"reason": lead.reason.value})
        emit("lead.created", row.pk)
    return row.pk


def _consent(lead: LeadInput, source: Source, now: datetime) -> dict[str, Any]:
    """Per channel, for the contacts that were really given; a number that takes no texts is never asked to."""
    return {
        "email": lead.consent.email and bool(lead.email),
        "sms": lead.consent.sms and lead.phone is not None and can_receive_texts(lead.phone),
        "version": lead.consent.version,
        "source": source,
        "at": now.isoformat(),
    }


def _same_lead(lead: LeadInput, by_email: bytes | None, by_phone: bytes | None, now: datetime) -> Lead | None:
    left = Left(
        name=lead.preferred_name or "",
        payer_code=lead.payer or "",
        payer_name=lead.payer_name or "",
        reason=lead.reason.value,
        for_someone_else=lead.for_someone_else,
        at=now,
    )
    recent = (
        Lead.objects.select_for_update()
        .filter(
            email_index=by_email,
            phone_index=by_phone,
            created_at__gt=now - SAME_PERSON_WITHIN,
            status__in=WAITING,  # what is over waits no more: whoever writes again starts anew
        )
        .order_by("created_at", "id")
    )
    return next((row for row in recent if is_same_lead(_left(row), left)), None)


def _left(row: Lead) -> Left:
    return Left(
        name=row.preferred_name or "",
        payer_code=row.payer_code,
        payer_name=row.payer_name or "",
        reason=row.reason,
        for_someone_else=row.for_someone_else,
        at=row.created_at,
    )


def _add_to(
    row: Lead,
    lead: LeadInput,
    *,
    criteria: dict[str, Any] | None,
    by_hand: bool,
    now: datetime,
) -> None:
    """What the second time adds. Consent stays as it was given first: nobody has proven to be the same person, and who
    knows a name must not agree to messages for its owner; it is taken back by saying stop, not by a tick left out.
    Whether there were times that did not suit is as it was last.
    """
    Lead.objects.filter(pk=row.pk).update(
        **sealed(
            Lead,
            row.pk,
            payer_name=row.payer_name or lead.payer_name,
            criteria={**(row.criteria or {}), **(criteria or {})} or None,
        ),
        payer_code=row.payer_code or lead.payer or "",
        effective_date=lead.insurance_effective_date or row.effective_date,
        language=lead.language,
        by_hand=by_hand,
        version=F("version") + 1,
        changed_at=now,
    )
