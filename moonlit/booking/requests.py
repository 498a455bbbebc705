"""A booking as it was asked for, checked as a whole before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from moonlit.domain.criteria import Age, Criteria
from moonlit.domain.facts import Facts
from moonlit.domain.reasons import Modality
from moonlit.domain.refusals import RefusalCode, RefusalReason, Refused
from moonlit.people.checks import consent_faults, insurance_faults, patient_faults
from moonlit.people.inputs import BookerInput, ConsentInput, ContactInput, InsuranceInput, PatientInput


@dataclass(frozen=True, slots=True)
class BookingRequest:
    start: datetime
    """UTC."""
    provider: int | None
    """None: any provider with this start (rules 3.6)."""
    criteria: Criteria
    """Age by the patient's own birth date."""
    patient: PatientInput
    insurances: tuple[InsuranceInput, ...]
    contacts: tuple[ContactInput, ...]
    consents: tuple[ConsentInput, ...]
    booked_by: BookerInput
    source: str
    """widget | api | staff"""
    client_ref: str = ""
    note: str = field(default="", repr=False)
    """What the patient wants us to know, as typed."""

    @property
    def place_of_service(self) -> str:
        """The claim's place of service: 11 clinic, 10 at home by video, 02 elsewhere by video (rules 9)."""
        return {"clinic": "11", "home": "10", "elsewhere": "02"}[self.patient.place_of_visit]


def checked_request(
    *,
    start: datetime,
    provider: int | None,
    criteria: Criteria,
    patient: PatientInput,
    insurances: tuple[InsuranceInput, ...] = (),
    contacts: tuple[ContactInput, ...] = (),
    consents: tuple[ConsentInput, ...] = (),
    booked_by: BookerInput | None = None,
    source: str,
    client_ref: str = "",
    note: str = "",
    facts: Facts,
    documents: Mapping[str, str],
    today: date,
) -> BookingRequest:
    """The request, or Refused naming every field at fault at once (`patient_invalid`, `consent_missing`).

    `documents` maps consent kinds to the version in force; `today` is the practice's local date.
    """
    booker = booked_by or BookerInput()
    in_person = criteria.modality is Modality.IN_PERSON
    faults = patient_faults(
        patient, booker, modality=criteria.modality, criteria_state=criteria.place_state, today=today
    )
    faults += insurance_faults(
        list(insurances),
        self_pay=criteria.self_pay,
        payer=criteria.payer or "",
        known_payers=facts.payers,
        today=today,
    )
    if booker.kind == "self":
        needed = {kind: version for kind, version in documents.items() if not (in_person and kind == "telehealth")}
        faults += consent_faults(consents, documents=needed)
    if faults:
        only_consents = all(fault.code == "consent_missing" for fault in faults)
        code = RefusalCode.CONSENT_MISSING if only_consents else RefusalCode.PATIENT_INVALID
        raise Refused(code, _sentence(faults), tuple(faults))
    return BookingRequest(
        start=start,
        provider=provider,
        criteria=replace(criteria, age=Age(born=patient.date_of_birth)),
        patient=patient,
        insurances=insurances,
        contacts=contacts,
        consents=consents,
        booked_by=booker,
        source=source,
        client_ref=client_ref,
        note=note,
    )


def _sentence(faults: list[RefusalReason]) -> str:
    return faults[0].detail if len(faults) == 1 else f"{len(faults)} answers need another look."
