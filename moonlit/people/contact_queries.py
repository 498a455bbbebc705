"""By what somebody of a visit can be recognised: blind indexes of contacts, and names for a comparison of ours."""

from __future__ import annotations

from uuid import UUID

from moonlit.people.models import Booker, Patient
from moonlit.people.services.indexes import email_index, phone_index


def contact_indexes(appointment: UUID, patient_id: UUID) -> tuple[list[bytes], list[bytes]]:
    """Blind indexes of the e-mail addresses and the phone numbers of the visit's patient and of who booked it."""
    email, phone = Patient.objects.values_list("email_index", "phone_index").get(pk=patient_id)
    emails, phones = [email], [phone]
    booker = Booker.objects.filter(appointment=appointment).first()
    if booker is not None:
        emails.append(email_index(booker.email) if booker.email else None)
        phones.append(phone_index(booker.phone) if booker.phone else None)
    return [bytes(each) for each in emails if each], [bytes(each) for each in phones if each]


def is_named(name: str, appointment: UUID, patient_id: UUID) -> bool:
    """Whether one of the words of `name` is a name of the visit's patient, or of who booked it. Nothing is shown."""
    patient = Patient.objects.get(pk=patient_id)
    known = [patient.first_name, patient.last_name, patient.preferred_name]
    known += [booker.name for booker in Booker.objects.filter(appointment=appointment)]
    words = {word for each in known if each for word in each.casefold().split()}
    return not words.isdisjoint(name.casefold().split())
