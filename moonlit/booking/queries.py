"""Reads of appointments: what a link may show. What staff see is in `staff_queries`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from moonlit.availability.queries import Candidate, FreeStart, alternatives
from moonlit.booking.models import Appointment, ManageLink, VisitReview
from moonlit.booking.services.changes.answer import answer_of
from moonlit.booking.services.duplicates import HELD, visits_of
from moonlit.booking.services.holds import held_candidate
from moonlit.booking.services.moves import visit_now
from moonlit.booking.services.outcome import stored_criteria
from moonlit.domain.booking import State, public_word
from moonlit.domain.business_time import Promise, promise
from moonlit.domain.criteria import Criteria
from moonlit.domain.refusals import Refused
from moonlit.people.contact_queries import contact_indexes
from moonlit.platform.tokens import token_hash
from moonlit.practice.models import Practice, Provider
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
    """cancel | move while one is under way; the visit stays as it is until the EHR has followed."""
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
    asked_at: datetime
    place_state: str
    """Where the patient will be, or the state of the clinic."""
    self_pay: bool
    instead_of: Clinician | None
    """Whom the patient was shown before he confirmed, when "any" has fallen to somebody else (rules 4.6)."""
    taken: bool
    """When not booked: somebody else was faster. Otherwise the EHR did not take the request in time."""


@dataclass(frozen=True, slots=True)
class PublicVisit:
    """What the manage link alone shows: no more than the message said (rules 4.10)."""

    state: str
    start: datetime
    end: datetime
    time_zone: str
    practice: str


@dataclass(frozen=True, slots=True)
class HeldTime:
    """What whoever has a live hold is told."""

    hold: UUID
    expires_at: datetime
    start: datetime
    end: datetime
    time_zone: str
    provider: Clinician
    any_provider: bool
    supervisor: Clinician | None
    route: str
    location: str


def held_time(hold: UUID, now: datetime) -> HeldTime | None:
    """A live hold; None for one that is over, used or unknown alike."""
    return next(iter(_held(now, pk=hold)), None)


def held_by(client_ref: str, now: datetime) -> list[HeldTime]:
    """The live holds of one client, the oldest first."""
    return _held(now, client_ref=client_ref)


def candidate_of_hold(hold: UUID, criteria: Criteria, now: datetime) -> Candidate | None:
    """Who will be seen when this hold is booked with these criteria; None when it is over or they do not fit."""
    try:
        return held_candidate(hold, criteria, now=now)[1]
    except Refused:
        return None


def _held(now: datetime, **which: object) -> list[HeldTime]:
    rows = Appointment.objects.select_related("provider", "supervisor", "location")
    live = rows.filter(state=State.HELD.value, expires_at__gt=now, **which).order_by("created_at", "id")
    return [
        HeldTime(
            hold=row.pk,
            expires_at=row.expires_at,
            start=row.start,
            end=row.end,
            time_zone=row.time_zone,
            provider=Clinician(row.provider_id, row.provider.display_name),
            any_provider=row.any_provider,
            supervisor=Clinician(row.supervisor.pk, row.supervisor.display_name) if row.supervisor else None,
            route=row.route,
            location=row.location.code,
        )
        for row in live
    ]


def linked(token: str, purpose: ManageLink.Purpose, now: datetime) -> Appointment | None:
    """The very appointment the link was made for."""
    link = (
        ManageLink.objects.select_related("appointment__provider", "appointment__supervisor", "appointment__location")
        .filter(token_hash=token_hash(token), purpose=purpose, revoked_at=None, expires_at__gt=now)
        .first()
    )
    return link.appointment if link else None


def status_by_token(token: str, now: datetime) -> PublicStatus | None:
    """The state of the appointment behind a status link, or of the one it was moved to; None for a wrong, expired or
    revoked link.
    """
    row = linked(token, ManageLink.Purpose.STATUS, now)
    if row is None:
        return None
    row = visit_now(row)
    word = public_word(State(row.state))
    near = alternatives(stored_criteria(row.criteria), row.start, now) if word == "not_booked" and row.criteria else ()
    return PublicStatus(
        appointment=row.pk,
        state=word,
        change=answer_of(row).change or None,
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
        asked_at=row.created_at,
        place_state=row.place_state,
        self_pay=row.self_pay,
        instead_of=_shown_first(row),
        taken=row.state == State.LOST.value,
    )


def asked_again(appointment: UUID) -> bool:
    """Whether the person of a visit that could not be booked has asked for another of its kind since, and it stands or
    is still undecided.

    A request counts only when the same people hear of it: whoever knows a name, a birth date and one contact can make
    another. What staff booked in the EHR is nobody's plant.
    """
    row = Appointment.objects.select_related("visit_type").get(pk=appointment)
    if row.patient_id is None or row.visit_type is None:
        return False
    later = visits_of(row.patient_id).filter(state__in=HELD, created_at__gt=row.created_at).exclude(pk=row.pk)
    heard = _contacts(row.pk, row.patient_id)
    return any(
        other.origin == Appointment.Origin.EHR
        or (other.patient_id is not None and _contacts(other.pk, other.patient_id) == heard != set())
        for other in later.filter(visit_type__family=row.visit_type.family)
    )


def _contacts(appointment: UUID, patient_id: UUID) -> set[bytes]:
    emails, phones = contact_indexes(appointment, patient_id)
    return {*emails, *phones}


def reviewed_visit(review: UUID) -> UUID:
    """The visit that a review is about. Raises VisitReview.DoesNotExist."""
    return VisitReview.objects.values_list("appointment_id", flat=True).get(pk=review)


def is_settled(review: UUID) -> bool:
    """Whether a review is over: taken, dismissed, or gone by itself."""
    return VisitReview.objects.filter(pk=review).exclude(state=VisitReview.State.OPEN).exists()


def _shown_first(row: Appointment) -> Clinician | None:
    """Nobody, while it is still the same clinician."""
    first = next(iter(row.tried_providers), row.provider_id)
    if not row.any_provider or first == row.provider_id:
        return None
    return Clinician(first, Provider.objects.get(pk=first).display_name)


def visit_by_manage_token(token: str, now: datetime) -> PublicVisit | None:
    """What a manage link shows before the contact is proven; None for a wrong, expired or revoked one."""
    row = linked(token, ManageLink.Purpose.MANAGE, now)
    if row is None:
        return None
    return PublicVisit(
        state=public_word(State(row.state)),
        start=row.start,
        end=row.end,
        time_zone=row.time_zone,
        practice=Practice.objects.values_list("message_name", flat=True).get(pk=1),
    )
