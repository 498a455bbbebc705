"""One appointment, with everything staff may need to know about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment, AppointmentDecision
from moonlit.booking.staff_queries.lists import StaffRow, as_row, payer_names
from moonlit.coverage.queries import facts
from moonlit.people.details_queries import Addition, additions
from moonlit.people.staff_queries import PatientRecord, patient_record

DETAILS_ADDED = "details_added"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline."""

    state: str
    """Of the visit; or DETAILS_ADDED."""
    problem: str
    actor_kind: str
    """patient | booker | staff | system | vendor"""
    at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What was true when the visit was decided (rules 4.14); ids are turned into today's names."""

    version: int
    decided_at: datetime
    route: str
    reasons: tuple[str, ...]
    provider: str
    rendering: str
    supervisor: str
    claim_mode: str
    payer: str
    payer_behavioral: str
    self_pay: bool
    price_cents: int | None
    place_of_service: str
    place_state: str
    documents: Mapping[str, str]
    """Kind -> version that was in force."""
    told: Mapping[str, Any]
    """Patient, insurances, consents and who booked, as given then."""


@dataclass(frozen=True, slots=True)
class AppointmentDetail:
    row: StaffRow
    end: datetime
    origin: str
    visit_type: str
    any_provider: bool
    claim_mode: str
    payer_behavioral: str
    place_of_service: str
    place_state: str
    visit_language: str
    flags: tuple[str, ...]
    attempts: int
    puts: int
    """Writes that may have reached the EHR."""
    next_look_at: datetime | None
    notice_limit_at: datetime | None
    slot_ehr_id: str
    client_ref: str
    version: int
    booked_at: datetime | None
    asked: Mapping[str, Any]
    """The criteria, as asked."""
    note: str
    """What the patient wants us to know, as typed; shown with the patient only."""
    patient: PatientRecord | None
    """None while held: nobody has given a name yet."""
    added: tuple[Addition, ...]
    """What was told later through the link, the newest first."""
    timeline: tuple[Step, ...]
    """States, and details that were added; the oldest first."""
    decisions: tuple[Decision, ...]
    """The newest first."""


def appointment_detail(appointment_id: UUID, *, actor: Actor, now: datetime) -> AppointmentDetail | None:
    """Everything about one appointment; None when there is none with this id. Reading its patient is audited."""
    row = (
        Appointment.objects.select_related("provider", "supervisor", "rendering_provider", "location", "visit_type")
        .filter(pk=appointment_id)
        .first()
    )
    if row is None:
        return None
    payers = payer_names()
    with transaction.atomic():
        patient = patient_record(row.patient_id, row.pk, payers=payers) if row.patient_id else None
        if patient:
            seen_with = {"appointment": str(row.pk)}
            record(Verb.PATIENT_READ, actor=actor, subject=f"patient:{patient.id}", facts=seen_with)
    added = tuple(additions(row.pk)) if patient else ()
    clinicians = {key: clinician.name for key, clinician in facts().providers.items()}
    return AppointmentDetail(
        row=as_row(row, patient.name if patient else "", payers, now),
        end=row.end,
        origin=row.origin,
        visit_type=row.visit_type.name.get("en", row.visit_type.code) if row.visit_type else "",
        any_provider=row.any_provider,
        claim_mode=row.claim_mode,
        payer_behavioral=payers.get(row.payer_behavioral, row.payer_behavioral),
        place_of_service=row.place_of_service,
        place_state=row.place_state,
        visit_language=row.visit_language,
        flags=tuple(row.flags),
        attempts=row.attempts,
        puts=row.puts,
        next_look_at=row.next_look_at,
        notice_limit_at=row.notice_limit_at,
        slot_ehr_id=row.slot_ehr_id or "",
        client_ref=row.client_ref,
        version=row.version,
        booked_at=row.booked_at,
        asked=row.criteria or {},
        note=(row.patient_note or "") if patient else "",
        patient=patient,
        added=added,
        timeline=_timeline(row, added),
        decisions=tuple(_decision(made, payers, clinicians) for made in row.decisions.order_by("-version")),
    )


def _timeline(row: Appointment, added: tuple[Addition, ...]) -> tuple[Step, ...]:
    states = [Step(step.state, step.problem, step.actor_kind, step.at) for step in row.history.order_by("at", "id")]
    told = [Step(DETAILS_ADDED, "", "patient" if each.by == "patient" else "booker", each.added_at) for each in added]
    return tuple(sorted([*states, *reversed(told)], key=lambda step: step.at))


def _decision(made: AppointmentDecision, payers: Mapping[str, str], clinicians: Mapping[int, str]) -> Decision:
    snapshot = made.snapshot

    def named(key: str) -> str:
        return clinicians.get(snapshot.get(key), "")

    def payer(key: str) -> str:
        code = snapshot.get(key) or ""
        return payers.get(code, code)

    return Decision(
        version=made.version,
        decided_at=made.decided_at,
        route=snapshot.get("route") or "",
        reasons=tuple(snapshot.get("reasons") or ()),
        provider=named("provider"),
        rendering=named("rendering"),
        supervisor=named("supervisor"),
        claim_mode=snapshot.get("claim_mode") or "",
        payer=payer("payer"),
        payer_behavioral=payer("payer_behavioral"),
        self_pay=bool(snapshot.get("self_pay")),
        price_cents=snapshot.get("price_cents"),
        place_of_service=snapshot.get("place_of_service") or "",
        place_state=snapshot.get("place_state") or "",
        documents=snapshot.get("documents") or {},
        told={key: snapshot[key] for key in ("patient", "insurances", "consents", "booked_by") if snapshot.get(key)},
    )
