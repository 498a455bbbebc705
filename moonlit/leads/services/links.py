"""A lead's own links to the booking pages: random tokens of which only the hash is kept (docs/decisions/0020)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.leads.models import Lead, LeadLink
from moonlit.leads.services.state import WAITING
from moonlit.platform.tokens import new_token, token_hash

LIVES = timedelta(days=60)


class LeadIsOver(Exception):  # noqa: N818
    """The lead is closed, converted or unknown: nobody waits for a link."""


def mint_booking_link(lead_id: UUID, *, actor: Actor, now: datetime) -> str:
    """A new token for `/book/i/<token>`, valid for 60 days and while the lead waits. Shown once, never stored.

    Must run inside a transaction. A repeated call mints another: a link belongs to one message. Raises LeadIsOver.
    """
    if not Lead.objects.filter(pk=lead_id, status__in=WAITING).exists():
        raise LeadIsOver
    token = new_token()
    LeadLink.objects.create(lead_id=lead_id, token_hash=token_hash(token), created_at=now, expires_at=now + LIVES)
    record(Verb.LEAD_LINK_MINTED, actor=actor, subject=f"lead:{lead_id}")
    return token


def revoke_booking_links(lead_id: UUID, *, now: datetime) -> int:
    """No booking by a link of a lead that is over is the lead's any more; how many lived. What they open stays the
    same until they expire. Must run inside the transaction that ends it.
    """
    return LeadLink.objects.filter(lead_id=lead_id, revoked_at=None, expires_at__gt=now).update(revoked_at=now)
