"""What must hold between the fields of a booking, beyond the shape of each (rules 4.11-4.13). Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

import phonenumbers

from moonlit.domain.refusals import RefusalReason
from moonlit.people.inputs import OLDEST_AGE, BookerInput, ConsentInput, InsuranceInput, PatientInput

REQUIRED_CONSENTS = ("terms", "privacy_notice")
"""What the person on the page must tick before a request is taken; the others may be signed later by link."""


def _reason(code: str, field: str, detail: str) -> RefusalReason:
    return RefusalReason(code=code, detail=detail, field=field)


def birth_date_faults(born: date, *, today: date, field: str) -> list[RefusalReason]:
    """A birth date in the future or beyond any human age is a slip of the finger, never a person."""
    if born > today:
        return [_reason("date_of_birth_future", field, "The date of birth lies in the future.")]
    if born.year < today.year - OLDEST_AGE:
        return [_reason("date_of_birth_too_old", field, "The date of birth is more than 125 years ago.")]
    return []


def patient_faults(
    patient: PatientInput, booked_by: BookerInput, *, modality: str, criteria_state: str, today: date
) -> list[RefusalReason]:
    """Faults of the patient's own details. `criteria_state` is the state the offer was made for (telehealth)."""
    faults = birth_date_faults(patient.date_of_birth, today=today, field="patient.date_of_birth")
    reachable = patient.email or patient.phone or (booked_by.kind != "self" and (booked_by.email or booked_by.phone))
    if not reachable:
        faults.append(_reason("contact_missing", "patient.phone", "Please give a phone number or an e-mail address."))
    if modality == "in_person" and patient.place_of_visit != "clinic":
        faults.append(
            _reason("place_of_visit", "patient.place_of_visit", "A visit in the clinic takes place at the clinic.")
        )
    if modality == "telehealth" and patient.place_of_visit == "clinic":
        faults.append(
            _reason(
                "place_of_visit",
                "patient.place_of_visit",
                "Please say where you will be during the video visit: at home or elsewhere.",
            )
        )
    if modality == "telehealth" and patient.state != criteria_state:
        faults.append(
            _reason(
                "state_differs",
                "patient.state",
                "The times were chosen for another state. Please choose a time for the state you will be in.",
            )
        )
    return faults


def insurance_faults(
    insurances: list[InsuranceInput], *, self_pay: bool, payer: str, known_payers: Collection[str], today: date
) -> list[RefusalReason]:
    """The list must be empty for self-pay, and else begin with the payer the visit was decided on."""
    if self_pay:
        if insurances:
            return [_reason("insurance_with_self_pay", "insurances", "A self-pay visit takes no insurance.")]
        return []
    faults = []
    if not insurances:
        faults.append(_reason("insurance_missing", "insurances", "Please name the insurance you chose."))
    if len(insurances) > 3:
        faults.append(_reason("insurances_too_many", "insurances", "At most three insurances can be given."))
    for number, insurance in enumerate(insurances[:3]):
        field = f"insurances.{number}"
        if insurance.payer not in known_payers:
            faults.append(_reason("payer_unknown", f"{field}.payer", "We do not know this insurance."))
        if insurance.subscriber is not None:
            faults += birth_date_faults(
                insurance.subscriber.date_of_birth, today=today, field=f"{field}.subscriber.date_of_birth"
            )
    if insurances and insurances[0].payer != payer:
        faults.append(
            _reason(
                "payer_differs", "insurances.0.payer", "The first insurance must be the one the time was chosen for."
            )
        )
    if len({insurance.payer for insurance in insurances}) != len(insurances):
        faults.append(_reason("payer_twice", "insurances", "The same insurance is named twice."))
    return faults


def consent_faults(consents: Iterable[ConsentInput], *, documents: dict[str, str]) -> list[RefusalReason]:
    """`documents` maps a consent kind to the version in force; a consent to another version is none."""
    faults = []
    seen: dict[str, ConsentInput] = {}
    for number, consent in enumerate(consents):
        if consent.kind in seen:
            faults.append(_reason("consent_twice", f"consents.{number}.kind", "The same consent is given twice."))
        seen[consent.kind] = consent
        in_force = documents.get(consent.kind)
        if consent.granted and in_force is not None and consent.version != in_force:
            faults.append(
                _reason(
                    "consent_version",
                    f"consents.{number}.version",
                    "This text has changed meanwhile. Please read the current version.",
                )
            )
    missing = [kind for kind in REQUIRED_CONSENTS if kind in documents and not (kind in seen and seen[kind].granted)]
    detail = "Please agree to this before we take the request."
    return faults + [_reason("consent_missing", f"consents.{kind}", detail) for kind in missing]


_TAKES_TEXTS = frozenset(
    {
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
        phonenumbers.PhoneNumberType.VOIP,
    }
)


def can_receive_texts(phone: str) -> bool:
    """Whether text messages may reach the number (E.164) at all: a toll-free number takes none. In the US a landline
    looks like a mobile phone, so who gives the number says which it is.
    """
    return phonenumbers.number_type(phonenumbers.parse(phone)) in _TAKES_TEXTS
