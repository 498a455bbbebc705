"""What a lead's own link opens: the way of paying, and nothing about the person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from moonlit.leads.models import Lead, LeadLink
from moonlit.platform.tokens import token_hash


@dataclass(frozen=True, slots=True)
class Invited:
    lead: UUID | None
    """Whose booking it is; None when the lead is over, or the link was taken back."""
    payer: str
    """Code; empty for none of ours."""
    self_pay: bool


def lead_by_token(token: str, now: datetime) -> Invited | None:
    """What a booking link opens; None for a wrong or expired one. A link that was taken back, because its lead is over
    say, opens the same until it expires: whoever has it must not learn from it whether somebody is a patient by now.
    """
    unexpired = LeadLink.objects.filter(token_hash=token_hash(token), expires_at__gt=now)
    link = unexpired.select_related("lead").first()
    if link is None:
        return None
    waits = link.revoked_at is None and link.lead.status in (Lead.Status.PENDING, Lead.Status.CONTACTED)
    criteria = link.lead.criteria or {}
    payer = link.lead.payer_code or criteria.get("payer") or ""
    return Invited(link.lead_id if waits else None, payer, self_pay=not payer and bool(criteria.get("self_pay")))
