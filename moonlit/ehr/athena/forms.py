"""From the port's types to Athena's form fields: MM/DD/YYYY, ten-digit phones, and the lengths its columns hold.

Nothing is cut silently: an optional value that does not fit is left out, a required one is refused before anything is
sent, so that a person sees to it (rules 13).
"""

from datetime import date, datetime, timedelta

from moonlit.domain import zones
from moonlit.ehr.athena.mapping import EASTERN, LANGUAGES, clock_text, day_text
from moonlit.ehr.port import ChartDetails, NewInsurance, PersonDetails, Rejected, SignedForms

# Characters Athena's fields hold (reference section 2, "Field limits").
REQUIRED_LENGTHS = {"firstname": 20, "lastname": 30}
OPTIONAL_LENGTHS = {"email": 50, "address1": 100, "city": 30, "state": 10, "zip": 10}
CONTACTS = ("email", "mobilephone", "zip")
"""Athena creates no chart without one of these (it also takes others that we do not send)."""

SIGNER_LENGTH = 100
RELATIONSHIPS = {"self": "1", "spouse": "2", "child": "3", "other": "4"}
"""The patient's relationship to the policy holder -> relationshiptoinsuredid. 1 and 2 were recorded, the rest is
inferred."""

_SEX = {"female": "F", "male": "M"}


def new_patient(person: PersonDetails, department_id: str) -> dict[str, str]:
    """Fields of POST /patients. Raises Rejected `too_long` or `missing_fields` before anything is sent."""
    fields = {**_who(person), "departmentid": department_id}
    if person.language:
        fields["language6392code"] = LANGUAGES.get(person.language.split("-")[0].lower(), "")
    if not any(fields.get(name) for name in CONTACTS):
        raise Rejected("no contact that the EHR can hold", code="missing_fields")
    return _given(fields)


def chart_details(details: ChartDetails) -> dict[str, str]:
    """Fields of PUT /patients/{id}: an empty one would clear the chart's, so it is not sent; a department would
    register the patient there anew, so none is. Raises Rejected `too_long` for an address that does not fit whole: half
    of one leads nowhere.
    """
    fields = {
        "sex": _SEX.get(details.sex, ""),
        "address1": details.street,
        "city": details.city,
        "state": details.state,
        "zip": details.zip,
    }
    for name, value in fields.items():
        if len(value) > OPTIONAL_LENGTHS.get(name, len(value)):
            raise Rejected(f"longer than the EHR holds ({name})", code="too_long")
    return _given(fields)


def match_query(person: PersonDetails, department_id: str, min_score: int) -> dict[str, str]:
    """Query of GET /patients/enhancedbestmatch. Raises Rejected `too_long`."""
    fields = {**_who(person), "departmentid": department_id}
    return _given({**fields, "minscore": str(min_score), "returnbestmatches": "true"})


def booking(
    patient_id: str, reason_id: str, department_id: str, note: str, *, suppress_confirmation: bool
) -> dict[str, str]:
    """Fields of PUT /appointments/{id}: the reason, never the type (rules 3.2). Without the flag Athena confirms."""
    return _given(
        {
            "patientid": patient_id,
            "reasonid": reason_id,
            "departmentid": department_id,
            "bookingnote": note,
            "donotsendconfirmationemail": "true" if suppress_confirmation else "",
        }
    )


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


def cancellation(patient_id: str, reason: str) -> dict[str, str]:
    """Fields of PUT /appointments/{id}/cancel. The practice's default reason offers the time again."""
    return _given({"patientid": patient_id, "cancellationreason": plain(reason)})


def rescheduling(new_slot_id: str, patient_id: str, reason_id: str, reason: str) -> dict[str, str]:
    """Fields of PUT /appointments/{id}/reschedule; without a reason id the visit keeps the old one's."""
    return _given(
        {
            "newappointmentid": new_slot_id,
            "patientid": patient_id,
            "reasonid": reason_id,
            "reschedulereason": plain(reason),
        }
    )


def new_insurance(policy: NewInsurance, department_id: str) -> dict[str, str]:
    """Fields of POST /patients/{id}/insurances. Raises Rejected `too_long`; KeyError for no relationship of ours."""
    holder = {"firstname": policy.holder_first_name, "lastname": policy.holder_last_name}
    _check_lengths(holder)
    return _given(
        {
            "insurancepackageid": policy.package_id,
            "sequencenumber": str(policy.sequence),
            "departmentid": department_id,  # optional by the books, demanded in practice
            "insuranceidnumber": policy.member_id,
            "policynumber": policy.group_number,
            "relationshiptoinsuredid": RELATIONSHIPS[policy.relationship],
            "insurancepolicyholderfirstname": policy.holder_first_name,
            "insurancepolicyholderlastname": policy.holder_last_name,
            "insurancepolicyholderdob": day_text(policy.holder_date_of_birth) if policy.holder_date_of_birth else "",
            "insurancepolicyholdersex": _SEX.get(policy.holder_sex, ""),
        }
    )


def signed_forms(forms: SignedForms, department_id: str, zone: str) -> dict[str, str]:
    """Fields of POST /patients/{id}/privacyinformationverified, every flag said aloud. Raises Rejected `too_long`."""
    if len(forms.signer_name) > SIGNER_LENGTH:
        raise Rejected("longer than the EHR holds (signaturename)", code="too_long")
    flags = {
        "privacynotice": forms.privacy_notice,
        "insuredsignature": forms.assignment_of_benefits,
        "patientsignature": forms.release_of_billing_information,
    }
    return {
        "departmentid": department_id,
        "signaturename": forms.signer_name,
        "signaturedatetime": clock_text(forms.signed_at, zone),
        **{name: "true" if flag else "false" for name, flag in flags.items()},
    }


def processed(since: datetime, until: datetime) -> dict[str, str]:
    """Query for what a feed handed out between two instants. Athena reads Eastern clocks, and in the hour they show
    twice nobody says which is meant: there the window is an hour wider on either side, for a row again does no harm.
    """
    hour = timedelta(hours=1)
    return {
        "showprocessedstartdatetime": clock_text(since - hour if _shown_twice(since) else since, EASTERN),
        "showprocessedenddatetime": clock_text(until + hour if _shown_twice(until) else until, EASTERN),
    }


def plain(words: str) -> str:
    """Text without control characters, for notes that are shown on the practice's schedule."""
    return "".join(sign if sign.isprintable() else " " for sign in words).strip()


def _shown_twice(instant: datetime) -> bool:
    wall = zones.local(instant, EASTERN)
    return isinstance(zones.resolve(wall.date(), wall.time(), EASTERN), zones.Repeated)


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
    _check_lengths(fields)
    return {name: value for name, value in fields.items() if len(value) <= OPTIONAL_LENGTHS.get(name, len(value))}


def _check_lengths(fields: dict[str, str]) -> None:
    for name, length in REQUIRED_LENGTHS.items():
        if len(fields[name]) > length:
            raise Rejected(f"longer than the EHR holds ({name})", code="too_long")


def _ten_digits(phone: str) -> str:
    """Athena takes North American numbers only; any other is left out."""
    return phone[2:] if phone.startswith("+1") and len(phone) == 12 else ""


def _given(fields: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}
