"""A patient asks for a visit: decide, take the time, remember everything, wake the worker. No EHR call here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.availability.queries import Candidate, alternatives
from moonlit.availability.services import CapReached, TimeTaken
from moonlit.booking.models import Appointment, AppointmentDecision, ManageLink
from moonlit.booking.refusals import SlotTaken
from moonlit.booking.requests import BookingRequest
from moonlit.booking.services.holds import held_candidate, use_hold
from moonlit.booking.services.links import mint_link
from moonlit.booking.services.state import note
from moonlit.booking.services.taking import columns_of, criteria_as_stored, take_first_free, take_time
from moonlit.coverage.queries import facts as current_facts
from moonlit.domain.booking import State
from moonlit.domain.consents import of_age
from moonlit.domain.reasons import PayerType, Route
from moonlit.eligibility.queries import today_at_practice
from moonlit.people.services import add_booker, add_consents, add_contacts, add_insurances, add_patient
from moonlit.platform.crypto.fields import sealed
from moonlit.platform.jobs import enqueue
from moonlit.practice.documents import documents_in_force


@dataclass(frozen=True, slots=True)
class Accepted:
    """The request is stored and the time is kept; the EHR has not been asked yet."""

    appointment: UUID
    provider: int
    supervisor: int | None
    rendering: int | None
    route: Route
    start: datetime
    end: datetime
    time_zone: str
    manage_token: str
    status_token: str


def request_booking(request: BookingRequest, *, actor: Actor, now: datetime, hold: UUID | None = None) -> Accepted:
    """Store the request and take the time, or raise Refused having written nothing (rules 3.1, 4.1, 4.13).

    After return the appointment is `pending`, its time blocked, a job on its way. Raises SlotTaken with alternatives
    when every fitting provider was taken meanwhile; Refused with the reasons when the slot was never on offer.
    With a hold its provider and slot are booked, whatever the request says of them; HoldExpired when it is over.
    """
    if hold is not None:
        return _from_hold(request, hold, actor=actor, now=now)

    def store(candidate: Candidate) -> Accepted:
        patient = add_patient(request.patient, now=now)
        appointment = Appointment(
            state=State.PENDING.value,
            patient=patient,
            any_provider=request.provider is None,
            criteria=criteria_as_stored(request.criteria),
            next_look_at=now,
            client_ref=request.client_ref,
            created_at=now,
            patient_note=request.note or None,
            **columns_of(candidate, request.criteria),
            **_told(request, candidate),
        )
        take_time(appointment.pk, candidate, now=now)
        appointment.save(force_insert=True)
        return _complete(request, appointment, candidate, actor=actor, now=now)

    return take_first_free(request.criteria, request.start, request.provider, store, now=now)


def _from_hold(request: BookingRequest, hold: UUID, *, actor: Actor, now: datetime) -> Accepted:
    row, candidate = held_candidate(hold, request.criteria, now=now)
    try:
        with transaction.atomic():
            row.patient = add_patient(request.patient, now=now)
            ref = request.client_ref or row.client_ref
            told = _told(request, candidate) | sealed(Appointment, row.pk, patient_note=request.note or None)
            use_hold(row, candidate, request.criteria, now=now, patient=row.patient, client_ref=ref, **told)
            return _complete(request, row, candidate, actor=actor, now=now)
    except (TimeTaken, CapReached):
        raise SlotTaken(alternatives(request.criteria, row.start, now)) from None


def _told(request: BookingRequest, candidate: Candidate) -> dict[str, Any]:
    """The columns of what only the whole request knows."""
    notice = timedelta(hours=current_facts().visit_types[request.criteria.visit_type].min_notice_hours)
    return {"place_of_service": request.place_of_service, "notice_limit_at": candidate.start - notice}


def _complete(
    request: BookingRequest, appointment: Appointment, candidate: Candidate, *, actor: Actor, now: datetime
) -> Accepted:
    """Everything beside the row itself; its time is taken."""
    patient, decision = appointment.patient, candidate.decision
    medicaid = frozenset(code for code, payer in current_facts().payers.items() if payer.type is PayerType.MEDICAID)
    add_insurances(patient, appointment.pk, request.insurances, medicaid=medicaid)
    add_contacts(patient, appointment.pk, request.contacts, now=now)
    add_consents(
        patient,
        appointment.pk,
        request.consents,
        by_patient=signs_himself(request, today_at_practice(now)),
        source=request.source,
        now=now,
    )
    add_booker(patient, appointment.pk, request.booked_by)
    AppointmentDecision.objects.create(
        appointment=appointment, version=appointment.version, decided_at=now, snapshot=_snapshot(request, candidate)
    )
    note(appointment.pk, State.PENDING, actor=actor, now=now)
    from moonlit.booking.jobs import advance_booking

    enqueue(advance_booking, appointment=appointment.pk)
    return Accepted(
        appointment=appointment.pk,
        provider=candidate.provider_id,
        supervisor=decision.supervisor,
        rendering=decision.rendering,
        route=decision.route,
        start=candidate.start,
        end=candidate.end,
        time_zone=candidate.time_zone,
        manage_token=mint_link(appointment.pk, ManageLink.Purpose.MANAGE, actor=actor, now=now),
        status_token=mint_link(appointment.pk, ManageLink.Purpose.STATUS, actor=actor, now=now),
    )


def signs_himself(request: BookingRequest, today: date) -> bool:
    """Whether what was ticked counts as given: by the patient, of age (rules 4.11)."""
    grown = of_age(request.patient.date_of_birth, today, request.patient.state)
    return request.booked_by.kind == "self" and grown


def _snapshot(request: BookingRequest, candidate: Candidate) -> dict[str, object]:
    """What was true when it was decided (rules 4.14)."""
    decision = candidate.decision
    return {
        "route": decision.route.value,
        "reasons": [finding.reason.value for finding in decision.reasons],
        "provider": candidate.provider_id,
        "rendering": decision.rendering,
        "supervisor": decision.supervisor,
        "claim_mode": decision.claim_mode.value if decision.claim_mode else None,
        "payer": request.criteria.payer,
        "payer_behavioral": decision.payer,
        "self_pay": request.criteria.self_pay,
        "price_cents": candidate.price_cents,
        "place_of_service": request.place_of_service,
        "place_state": request.criteria.place_state,
        "start": candidate.start.isoformat(),
        "time_zone": candidate.time_zone,
        "documents": documents_in_force(),
        "patient": request.patient.model_dump(mode="json"),
        "insurances": [insurance.model_dump(mode="json") for insurance in request.insurances],
        "consents": [consent.model_dump(mode="json") for consent in request.consents],
        "booked_by": request.booked_by.model_dump(mode="json"),
    }
