"""A patient asks for a visit: decide, take the time, remember everything, wake the worker. No EHR call here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.availability.queries import Candidate, FreeStart, alternatives, candidates, why_not
from moonlit.availability.services import CapReached, TimeTaken, occupy
from moonlit.booking.models import Appointment, AppointmentDecision, ManageLink
from moonlit.booking.requests import BookingRequest
from moonlit.booking.services.links import mint_link
from moonlit.booking.services.state import note
from moonlit.coverage.queries import facts as current_facts
from moonlit.domain.booking import State
from moonlit.domain.reasons import PayerType, Route
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.people.services import add_booker, add_consents, add_contacts, add_insurances, add_patient
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


class SlotTaken(Refused):
    """Somebody was faster; `alternatives` are the nearest free starts for the same criteria."""

    def __init__(self, alternatives: Sequence[FreeStart]) -> None:
        super().__init__(RefusalCode.SLOT_TAKEN, "This time has just been taken. Please choose another one.")
        self.alternatives = tuple(alternatives)


def request_booking(request: BookingRequest, *, actor: Actor, now: datetime) -> Accepted:
    """Store the request and take the time, or raise Refused having written nothing (rules 3.1, 4.1, 4.13).

    After return the appointment is `pending`, its time blocked, a job on its way. Raises SlotTaken with alternatives
    when every fitting provider was taken meanwhile; Refused with the reasons when the slot was never on offer.
    """
    found = candidates(request.criteria, request.start, provider_id=request.provider, now=now)
    for candidate in found:
        try:
            with transaction.atomic():
                return _store(request, candidate, actor=actor, now=now)
        except (TimeTaken, CapReached):
            continue
    refusal = why_not(request.criteria, request.start, provider_id=request.provider, now=now)
    if found or refusal.code is RefusalCode.SLOT_TAKEN:
        raise SlotTaken(alternatives(request.criteria, request.start, now))
    raise refusal


def _store(request: BookingRequest, candidate: Candidate, *, actor: Actor, now: datetime) -> Accepted:
    patient = add_patient(request.patient, now=now)
    decision = candidate.decision
    notice = timedelta(hours=current_facts().visit_types[request.criteria.visit_type].min_notice_hours)
    appointment = Appointment(
        state=State.PENDING.value,
        provider_id=candidate.provider_id,
        rendering_provider_id=decision.rendering,
        supervisor_id=decision.supervisor,
        location_id=candidate.location_id,
        visit_type_id=candidate.visit_type_id,
        patient=patient,
        slot_ehr_id=candidate.slot_ehr_id,
        ehr_reason_id=candidate.ehr_reason_id,
        start=candidate.start,
        end=candidate.end,
        time_zone=candidate.time_zone,
        any_provider=request.provider is None,
        tried_providers=[candidate.provider_id],
        route=decision.route.value,
        claim_mode=decision.claim_mode.value if decision.claim_mode else "",
        payer_code=request.criteria.payer or "",
        payer_behavioral=decision.payer or "",
        self_pay=request.criteria.self_pay,
        place_of_service=request.place_of_service,
        place_state=request.criteria.place_state,
        visit_language=request.criteria.visit_language,
        flags=[flag.value for flag in candidate.flags],
        criteria=criteria_as_stored(request),
        next_look_at=now,
        notice_limit_at=candidate.start - notice,
        client_ref=request.client_ref,
        created_at=now,
    )
    occupy(
        appointment=appointment.pk,
        provider_id=candidate.provider_id,
        location_id=candidate.location_id,
        slot_id=candidate.slot_ehr_id,
        start=candidate.start,
        end=candidate.slot_end,
        local_date=candidate.local_date,
        new_patient=candidate.new_patient,
        now=now,
    )
    appointment.save(force_insert=True)
    medicaid = frozenset(code for code, payer in current_facts().payers.items() if payer.type is PayerType.MEDICAID)
    add_insurances(patient, appointment.pk, request.insurances, medicaid=medicaid)
    add_contacts(patient, appointment.pk, request.contacts, now=now)
    add_consents(
        patient,
        appointment.pk,
        request.consents,
        by_patient=request.booked_by.kind == "self",
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


def criteria_as_stored(request: BookingRequest) -> dict[str, object]:
    """The criteria as a later move or another provider's decision needs them again."""
    criteria = request.criteria
    return {
        "visit_type": criteria.visit_type,
        "modality": criteria.modality.value,
        "place_state": criteria.place_state,
        "location": criteria.location,
        "payer": criteria.payer,
        "self_pay": criteria.self_pay,
        "plan": criteria.plan,
        "date_of_birth": request.patient.date_of_birth.isoformat(),
        "visit_language": criteria.visit_language,
        "interpreter_accepted": criteria.interpreter_accepted,
        "benefit": criteria.benefit,
        "employer": criteria.employer,
        "county": criteria.county,
    }


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
