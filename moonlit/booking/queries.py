"""Reads of appointments: what a link may show. What staff see is in `staff_queries`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from moonlit.availability.queries import FreeStart, alternatives
from moonlit.booking.models import Appointment, ManageLink
from moonlit.booking.services.outcome import stored_criteria
from moonlit.domain.booking import State, public_word
from moonlit.domain.business_time import Promise, promise
from moonlit.platform.tokens import token_hash
from moonlit.practice.models import Practice
from moonlit.practice.office import office


@dataclass(frozen=True, slots=True)
class Clinician:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class PublicStatus:
    """What the holder of a status link is told: the truth, without a word about the patient."""

    appointment: UUID
    state: str
    change: str | None
    start: datetime
    end: datetime
    time_zone: str
    provider: Clinician
    supervisor: Clinician | None
    route: str
    modality: str
    location: str
    promise: Promise | None
    """While pending: when we answer (rules 4.4)."""
    alternatives: tuple[FreeStart, ...]
    """When not booked: the nearest free starts for the same criteria."""


@dataclass(frozen=True, slots=True)
class PublicVisit:
    """What the manage link alone shows: no more than the message said (rules 4.10)."""

    state: str
    start: datetime
    end: datetime
    time_zone: str
    practice: str


def _linked(token: str, purpose: ManageLink.Purpose, now: datetime) -> Appointment | None:
    link = (
        ManageLink.objects.select_related("appointment__provider", "appointment__supervisor", "appointment__location")
        .filter(token_hash=token_hash(token), purpose=purpose, revoked_at=None, expires_at__gt=now)
        .first()
    )
    return link.appointment if link else None


def status_by_token(token: str, now: datetime) -> PublicStatus | None:
    """The state of the appointment behind a status link; None for a wrong, expired or revoked one."""
    row = _linked(token, ManageLink.Purpose.STATUS, now)
    if row is None:
        return None
    word = public_word(State(row.state))
    near = alternatives(stored_criteria(row.criteria), row.start, now) if word == "not_booked" and row.criteria else ()
    return PublicStatus(
        appointment=row.pk,
        state=word,
        change=None,
        start=row.start,
        end=row.end,
        time_zone=row.time_zone,
        provider=Clinician(row.provider_id, row.provider.display_name),
        supervisor=Clinician(row.supervisor.pk, row.supervisor.display_name) if row.supervisor else None,
        route=row.route,
        modality="telehealth" if row.location.kind == "telehealth" else "in_person",
        location=row.location.code,
        promise=promise(row.created_at, office()) if word == "pending" else None,
        alternatives=tuple(near),
    )


def visit_by_manage_token(token: str, now: datetime) -> PublicVisit | None:
    """What a manage link shows before the contact is proven; None for a wrong, expired or revoked one."""
    row = _linked(token, ManageLink.Purpose.MANAGE, now)
    if row is None:
        return None
    return PublicVisit(
        state=public_word(State(row.state)),
        start=row.start,
        end=row.end,
        time_zone=row.time_zone,
        practice=Practice.objects.values_list("message_name", flat=True).get(pk=1),
    )
