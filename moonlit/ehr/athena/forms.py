"""From the port's types to Athena's form fields: MM/DD/YYYY, ten-digit phones, and the lengths its columns hold.

Nothing is cut silently: an optional value that does not fit is left out, a required one is refused before anything is
sent, so that a person sees to it (rules 13).
"""

from datetime import date

from moonlit.ehr.athena.mapping import LANGUAGES, day_text
from moonlit.ehr.port import PersonDetails, Rejected

# Characters Athena's fields hold (reference section 2, "Field limits").
REQUIRED_LENGTHS = {"firstname": 20, "lastname": 30}
OPTIONAL_LENGTHS = {"email": 50, "address1": 100, "city": 30, "state": 10, "zip": 10}
CONTACTS = ("email", "mobilephone", "zip")
"""Athena creates no chart without one of these (it also takes others that we do not send)."""

_SEX = {"female": "F", "male": "M"}


def new_patient(person: PersonDetails, department_id: str) -> dict[str, str]:
    """Fields of POST /patients. Raises Rejected `too_long` or `missing_fields` before anything is sent."""
    fields = {**_who(person), "departmentid": department_id}
    if person.language:
        fields["language6392code"] = LANGUAGES.get(person.language.split("-")[0].lower(), "")
    if not any(fields.get(name) for name in CONTACTS):
        raise Rejected("no contact that the EHR can hold", code="missing_fields")
    return _given(fields)


def match_query(person: PersonDetails, department_id: str, min_score: int) -> dict[str, str]:
    """Query of GET /patients/enhancedbestmatch. Raises Rejected `too_long`."""
    fields = {**_who(person), "departmentid": department_id}
    return _given({**fields, "minscore": str(min_score), "returnbestmatches": "true"})


def booking(patient_id: str, reason_id: str, department_id: str, note: str) -> dict[str, str]:
    """Fields of PUT /appointments/{id}. We send the confirmation ourselves; the reason, never the type (rules 3.2)."""
    return {
        "patientid": patient_id,
        "reasonid": reason_id,
        "departmentid": department_id,
        "bookingnote": note,
        "donotsendconfirmationemail": "true",
    }


def supervision(write: str, claim_mode: str, *, seen: str, supervisor: str) -> dict[str, str]:
    """Fields of PUT /appointments/booked/{id} (rules 1.6). All of it is inferred and stands in this one place.

    `write` is AthenaSettings.supervision_write. Where the trainee renders, the supervisor can only be named in
    supervisingproviderid; where the attending renders, `write` says which field names him.
    Raises ValueError for a word that is none.
    """
    scheduling = {"schedulingproviderid": seen}
    table = {
        ("supervisingproviderid", "attending_rendering"): {"supervisingproviderid": supervisor},
        ("supervisingproviderid", "trainee_rendering_attending_supervising"): {
            "supervisingproviderid": supervisor,
            "providerid": seen,
        },
        ("providerid+schedulingproviderid", "attending_rendering"): {"providerid": supervisor, **scheduling},
        ("providerid+schedulingproviderid", "trainee_rendering_attending_supervising"): {
            "supervisingproviderid": supervisor,
            "providerid": seen,
            **scheduling,
        },
    }
    if (write, claim_mode) not in table:
        raise ValueError("unknown way to write supervision")
    return table[write, claim_mode]


def window(first_day: date, last_day: date) -> dict[str, str]:
    return {"startdate": day_text(first_day), "enddate": day_text(last_day)}


def _who(person: PersonDetails) -> dict[str, str]:
    fields = {
        "firstname": person.first_name,
        "lastname": person.last_name,
        "dob": day_text(person.date_of_birth),
        "email": person.email,
        "mobilephone": _ten_digits(person.phone),
        "address1": person.street,
        "city": person.city,
        "state": person.state,
        "zip": person.zip,
        "sex": _SEX.get(person.sex, ""),
    }
    for name, length in REQUIRED_LENGTHS.items():
        if len(fields[name]) > length:
            raise Rejected(f"longer than the EHR holds ({name})", code="too_long")
    return {name: value for name, value in fields.items() if len(value) <= OPTIONAL_LENGTHS.get(name, len(value))}


def _ten_digits(phone: str) -> str:
    """Athena takes North American numbers only; any other is left out."""
    return phone[2:] if phone.startswith("+1") and len(phone) == 12 else ""


def _given(fields: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}
