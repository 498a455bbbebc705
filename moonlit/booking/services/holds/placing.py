"""Taking a time for ten minutes, and how many a client may have at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from moonlit.audit.actor import Actor
from moonlit.availability.queries import Candidate
from moonlit.booking.models import Appointment
from moonlit.booking.services.freezes import freeze_for
from moonlit.booking.services.holds.keeping import release_hold
from moonlit.booking.services.holds.limits import refuse_when_many
from moonlit.booking.services.state import note
from moonlit.booking.services.taking import columns_of, criteria_as_stored, take_first_free, take_time
from moonlit.domain.booking import State
from moonlit.domain.criteria import Criteria
from moonlit.domain.holds import LENGTH, MOST_PER_CLIENT
from moonlit.domain.reasons import Route
from moonlit.platform.crypto.blind import blind_index


@dataclass(frozen=True, slots=True)
class Held:
    """A time nobody else can take until `expires_at`. Instants are UTC; `time_zone` is that of the place."""

    hold: UUID
    expires_at: datetime
    provider: int
    supervisor: int | None
    rendering: int | None
    route: Route
    start: datetime
    end: datetime
    time_zone: str


def place_hold(
    criteria: Criteria,
    start: datetime,
    provider_id: int | None,
    *,
    client_ref: str,
    address: str,
    actor: Actor,
    now: datetime,
) -> Held:
    """Keep a start for ten minutes, with one provider or (None) the one rules 3.6 pick.

    `client_ref` names who holds it, "" nobody in particular; `address` is where the request came from, of which only
    a blind index is stored, "" when it does not count. Raises Refused `hold_limit`; SlotTaken, or Refused with the
    reasons, as a booking does.
    """
    holder = blind_index("hold.address", address) if address else None

    def place(candidate: Candidate) -> Held:
        refuse_when_many(client_ref, holder, actor=actor, now=now)
        row = Appointment(
            state=State.HELD.value,
            any_provider=provider_id is None,
            criteria=criteria_as_stored(criteria),
            client_ref=client_ref,
            holder_index=holder,
            expires_at=now + LENGTH,
            created_at=now,
            **columns_of(candidate, criteria),
        )
        take_time(row.pk, candidate, now=now, expires_at=row.expires_at)
        row.save(force_insert=True)
        note(row.pk, State.HELD, actor=actor, now=now)
        freeze_for(row, now=now)
        return _held(row, candidate)

    return take_first_free(criteria, start, provider_id, place, now=now)


def make_room(client_ref: str, *, actor: Actor, now: datetime) -> None:
    """Let the oldest holds of a client go until one more is allowed: choosing again moves a hold, it is not refused."""
    live = Appointment.objects.filter(client_ref=client_ref, state=State.HELD.value, expires_at__gt=now)
    for hold in live.order_by("-created_at", "id").values_list("pk", flat=True)[MOST_PER_CLIENT - 1 :]:
        release_hold(hold, actor=actor, now=now)


def _held(row: Appointment, candidate: Candidate) -> Held:
    decision = candidate.decision
    return Held(
        hold=row.pk,
        expires_at=row.expires_at,
        provider=candidate.provider_id,
        supervisor=decision.supervisor,
        rendering=decision.rendering,
        route=decision.route,
        start=candidate.start,
        end=candidate.end,
        time_zone=candidate.time_zone,
    )
