"""Reads of leads for staff; who was shown is audited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.coverage.queries import facts
from moonlit.domain.facts import PayerFacts
from moonlit.leads.models import Lead


@dataclass(frozen=True, slots=True)
class LeadRow:
    id: UUID
    name: str
    email: str
    phone: str
    payer: str
    """As typed, else the name of one of ours."""
    reason: str
    effective_date: date | None
    for_someone_else: bool
    language: str
    status: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LeadDetail:
    row: LeadRow
    criteria: dict[str, Any]
    """What was looked for, as far as the person had got."""
    consent: dict[str, Any]
    assignee: str
    follow_up_date: date | None
    staff_notes: str
    appointment: UUID | None
    """The visit it became."""


def list_leads(*, actor: Actor, status: str = "", limit: int = 50, offset: int = 0) -> tuple[list[LeadRow], int]:
    """A page of leads, oldest first, and how many there are."""
    rows = Lead.objects.filter(status=status) if status else Lead.objects.all()
    total = rows.count()
    page = list(rows.order_by("created_at", "id")[offset : offset + limit])
    with transaction.atomic():
        record(
            Verb.LEAD_LISTED,
            actor=actor,
            subject="leads",
            facts={"leads": [str(row.pk) for row in page], "status": status},
        )
    payers = facts().payers
    return [_row(row, payers) for row in page], total


def one_lead(lead_id: UUID, *, actor: Actor) -> LeadDetail | None:
    """Everything about one lead; None when there is none with this id."""
    lead = Lead.objects.select_related("assigned_to").filter(pk=lead_id).first()
    if lead is None:
        return None
    with transaction.atomic():
        record(Verb.LEAD_READ, actor=actor, subject=f"lead:{lead.pk}")
    return LeadDetail(
        row=_row(lead, facts().payers),
        criteria=lead.criteria or {},
        consent=lead.consent,
        assignee=lead.assigned_to.name if lead.assigned_to else "",
        follow_up_date=lead.follow_up_date,
        staff_notes=lead.staff_notes or "",
        appointment=lead.appointment,
    )


def _row(lead: Lead, payers: Mapping[str, PayerFacts]) -> LeadRow:
    payer = payers.get(lead.payer_code)
    return LeadRow(
        id=lead.pk,
        name=lead.preferred_name or "",
        email=lead.email or "",
        phone=lead.phone or "",
        payer=lead.payer_name or (payer.name if payer else lead.payer_code),
        reason=lead.reason,
        effective_date=lead.effective_date,
        for_someone_else=lead.for_someone_else,
        language=lead.language,
        status=lead.status,
        created_at=lead.created_at,
    )
