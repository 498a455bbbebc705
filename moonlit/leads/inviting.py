"""Whether a lead may be written to, and whether it has an invitation that still works. Reads only."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from moonlit.leads.models import Lead, LeadLink


class Contacts(NamedTuple):
    """Where we may write: a contact, and consent to its channel. Empty text: not there, or no consent."""

    email: str
    sms: str
    """E.164."""

    @property
    def any(self) -> bool:
        return bool(self.email or self.sms)


def contacts_with_consent(lead: Lead) -> Contacts:
    """Consent as it is in the row."""
    return Contacts(
        email=(lead.email or "") if lead.consent.get("email") else "",
        sms=(lead.phone or "") if lead.consent.get("sms") else "",
    )


def invitation_stands(lead: Lead, now: datetime) -> bool:
    """An invitation was promised that is still on its way, or one of the links minted since still opens."""
    if lead.invited_at is None:
        return False
    links = LeadLink.objects.filter(lead=lead, created_at__gte=lead.invited_at)
    return not links.exists() or links.filter(revoked_at=None, expires_at__gt=now).exists()
