"""Where messages to a lead may go, and whether they still should."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from moonlit.coverage.queries import facts as current_facts
from moonlit.leads.inviting import contacts_with_consent
from moonlit.leads.judging import may_be_invited
from moonlit.leads.models import Lead


@dataclass(frozen=True, slots=True)
class LeadContact:
    """Only contacts to which we may write. Empty text: not there, or no consent."""

    email: str
    sms: str
    """E.164."""
    language: str
    state: str
    """Two letters, of where the visit was to be, for quiet hours; empty: not said."""
    status: str
    """`Lead.Status`."""
    invited: bool
    """An invitation was promised, by the program or by staff, and has not been withheld."""
    asked_at: datetime
    """When the person left word; the page's promise of an answer counts from then."""


def lead_contact(lead_id: UUID) -> LeadContact | None:
    """Consent judged now, at the time of sending; None when there is no such lead. Nothing of it goes to staff or
    pages, so the read is not audited: the message is.
    """
    lead = Lead.objects.filter(pk=lead_id).first()
    if lead is None:
        return None
    contacts = contacts_with_consent(lead)
    return LeadContact(
        email=contacts.email,
        sms=contacts.sms,
        language=lead.language,
        state=_state(lead),
        status=lead.status,
        invited=lead.invited_at is not None,
        asked_at=lead.created_at,
    )


def still_invitable(lead_id: UUID, now: datetime) -> bool:
    """Whether the invitation that was promised is still true: asked once more before it is sent. When it is not, call
    `leads.services.invitation_withheld`, so that the lead goes on waiting.
    """
    waiting = Lead.objects.filter(pk=lead_id, status__in=(Lead.Status.PENDING, Lead.Status.CONTACTED))
    lead = waiting.exclude(invited_at=None).first()
    return lead is not None and may_be_invited(lead, now)


def _state(lead: Lead) -> str:
    criteria = lead.criteria or {}
    place = current_facts().locations.get(criteria.get("location") or "")
    return criteria.get("patient_state") or (place.state if place else "") or ""
