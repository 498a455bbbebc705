"""Blind indexes of people: how an equal value is found without being readable."""

from __future__ import annotations

from moonlit.domain.identity import folded
from moonlit.platform.crypto.blind import blind_index


def name_dob_index(first_name: str, last_name: str, date_of_birth: str) -> bytes:
    """The blind index by which two bookings of one person are found; names folded, date in ISO form."""
    return blind_index("patient.name_dob", f"{folded(first_name)}|{folded(last_name)}|{date_of_birth}")


def email_index(email: str) -> bytes:
    return blind_index("contact.email", email.strip().casefold())


def phone_index(phone: str) -> bytes:
    """`phone` in E.164."""
    return blind_index("contact.phone", phone)


def chart_index(ehr_patient_id: str) -> bytes:
    """Of a chart's id in the EHR; the same for patients, restrictions and imported visits."""
    return blind_index("patient.ehr_id", ehr_patient_id)
