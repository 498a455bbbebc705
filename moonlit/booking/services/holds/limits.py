"""How many times a client or an address may hold at once (rules 4.2)."""

from __future__ import annotations

from datetime import datetime

from moonlit.audit.actor import Actor
from moonlit.booking.models import Appointment
from moonlit.domain.booking import State
from moonlit.domain.holds import may_hold
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.platform.db import advisory_lock


def refuse_when_many(client_ref: str, holder: bytes | None, *, actor: Actor, now: datetime) -> None:
    """Raises Refused `hold_limit`. Two requests of one client are counted one after the other; staff are not counted.

    Before the provider's lock, always the client's and then the address's.
    """
    if actor.kind == "staff":
        return
    live = Appointment.objects.filter(state=State.HELD.value, expires_at__gt=now)
    of_client = of_address = 0
    if client_ref:
        advisory_lock("holds of client", client_ref)
        of_client = live.filter(client_ref=client_ref).count()
    if holder is not None:
        advisory_lock("holds of address", holder.hex())
        of_address = live.filter(holder_index=holder).count()
    if not may_hold(of_client, of_address):
        detail = "As many times are held as we can keep. Please let one of them go, or wait until one ends."
        raise Refused(RefusalCode.HOLD_LIMIT, detail)
