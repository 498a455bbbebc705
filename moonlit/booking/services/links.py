"""Links to one appointment: a random token the patient holds, of which only the hash is kept (rules 4.10)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment, ManageLink
from moonlit.platform.tokens import new_token, token_hash

OUTLIVES_VISIT = timedelta(hours=24)


def mint_link(
    appointment_id: UUID,
    purpose: ManageLink.Purpose,
    *,
    actor: Actor,
    now: datetime,
    holder: ManageLink.Holder = ManageLink.Holder.UNKNOWN,
) -> str:
    """A new token for one appointment and purpose, valid to the visit's end plus 24 hours. Shown once, never stored.

    Must run inside a transaction. A repeated call mints another: a link belongs to one message.
    """
    end = Appointment.objects.values_list("end", flat=True).get(pk=appointment_id)
    token = new_token()
    ManageLink.objects.create(
        appointment_id=appointment_id,
        purpose=purpose,
        holder=holder,
        token_hash=token_hash(token),
        created_at=now,
        expires_at=end + OUTLIVES_VISIT,
    )
    record(Verb.LINK_MINTED, actor=actor, subject=f"appointment:{appointment_id}", facts={"purpose": purpose})
    return token


def mint_manage_link(appointment_id: UUID, *, actor: Actor, now: datetime) -> str:
    """A link for whoever is on the page of the booking. Must run inside a transaction."""
    return mint_link(appointment_id, ManageLink.Purpose.MANAGE, actor=actor, now=now)


def mint_status_link(appointment_id: UUID, *, actor: Actor, now: datetime) -> str:
    """A token for the page of whoever has asked for the visit, or for a change of it, this moment. It can change
    nothing, but it shows more than a message says and follows the visit: it never leaves in one (rules 4.10). Must run
    inside a transaction.
    """
    return mint_link(appointment_id, ManageLink.Purpose.STATUS, actor=actor, now=now)


def link_lives(token: str, now: datetime) -> bool:
    """Whether this is a manage link that still opens something."""
    return living_link(token, now) is not None


def living_link(token: str, now: datetime) -> ManageLink | None:
    """The manage link behind a token; None for a wrong, expired or revoked one alike."""
    living = ManageLink.objects.filter(purpose=ManageLink.Purpose.MANAGE, revoked_at=None, expires_at__gt=now)
    return living.filter(token_hash=token_hash(token)).first()


def revoke_link(token: str, *, actor: Actor, now: datetime) -> bool:
    """End one link before its time; whether it was alive. Must run inside a transaction."""
    link = ManageLink.objects.filter(token_hash=token_hash(token), revoked_at=None).first()
    if link is None or not ManageLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=now):
        return False
    record(
        Verb.LINK_REVOKED, actor=actor, subject=f"appointment:{link.appointment_id}", facts={"purpose": link.purpose}
    )
    return True


def revoke_links(appointment_id: UUID, *, actor: Actor, now: datetime) -> int:
    """End every manage link of one appointment, and with them its codes and sessions (rules 4.10). How many lived.

    Called when the visit is cancelled or moved; must run inside that transaction. Status links live on: they change
    nothing, no message carries them, and on their page the person sees that it is done.
    """
    manage = ManageLink.objects.filter(purpose=ManageLink.Purpose.MANAGE)
    return _revoke(manage, appointment_id, actor=actor, now=now)


def revoke_all_links(appointment_id: UUID, *, actor: Actor, now: datetime) -> int:
    """End every link of one appointment, also those of open status pages. How many lived. Must run inside a
    transaction.
    """
    return _revoke(ManageLink.objects.all(), appointment_id, actor=actor, now=now)


def _revoke(links: QuerySet[ManageLink], appointment_id: UUID, *, actor: Actor, now: datetime) -> int:
    ended = links.filter(appointment_id=appointment_id, revoked_at=None).update(revoked_at=now)
    if ended:
        record(Verb.LINK_REVOKED, actor=actor, subject=f"appointment:{appointment_id}", facts={"links": ended})
    return ended
