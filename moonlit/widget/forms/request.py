"""From what was typed to a booking request, or to one sentence for every field at fault."""

from __future__ import annotations

import calendar
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError

from moonlit.booking.requests import BookingRequest, checked_request
from moonlit.domain.criteria import Criteria
from moonlit.domain.facts import Facts
from moonlit.domain.reasons import Modality
from moonlit.domain.refusals import RefusalReason, Refused
from moonlit.people.checks import birth_date_faults, consent_faults
from moonlit.people.inputs import (
    CONSENT_KINDS,
    BookerInput,
    ConsentInput,
    ContactInput,
    Input,
    InsuranceInput,
    Note,
    PatientInput,
)
from moonlit.widget.birthdate import DateFault, birth_date
from moonlit.widget.forms.about import CONTACTS, UNTIL
from moonlit.widget.forms.faults import Faults, faults_of

_UNSEEN = dict.fromkeys([0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
"""Marks that come along when something is pasted: nobody could find them in a field to take them out."""
Model = TypeVar("Model", bound=BaseModel)
MESSAGE_CONSENTS = ("sms", "email")
_PATIENT = {
    **{name: name for name in ("first_name", "last_name", "preferred_name", "sex", "email", "phone", "place_of_visit")},
    "address.line1": "line1",
    "address.city": "city",
    "address.state": "address_state",
    "address.zip": "zip",
    "": "first_name",
}
_BOOKER = {
    **{name: f"booker_{name}" for name in ("kind", "name", "email", "phone", "organization")},
    "messages_to": "messages_to",
    "booker_name_missing": "booker_name",
    "booker_contact_missing": "booker_phone",
    "": "booker_name",
}
_INSURANCE = {"member_id": "member_id", "plan": "plan", "": "member_id"}
_BETWEEN = {"patient.date_of_birth": "dob_year", "patient.phone": "phone", "patient.place_of_visit": "place_of_visit"}


@dataclass(frozen=True, slots=True)
class Faulty:
    faults: Faults


class NoteInput(Input):
    note: Note


def request_from(
    answers: Mapping[str, str],
    *,
    criteria: Criteria,
    start: datetime,
    provider: int | None,
    facts: Facts,
    documents: Mapping[str, str],
    today: date,
) -> BookingRequest | Faulty:
    """The whole request, or every fault of the page at once."""
    given = {name: value.translate(_UNSEEN).strip() for name, value in answers.items()}
    faults = _missing(given, criteria)
    born = birth_date(given.get("dob_month", ""), given.get("dob_day", ""), given.get("dob_year", ""))
    if isinstance(born, DateFault):
        faults[f"dob_{born.part}"] = born.sentence
    dob_field = f"dob_{born.part}" if isinstance(born, DateFault) else "dob_year"
    patient = _made(PatientInput, _patient(given, born, criteria), {**_PATIENT, "date_of_birth": dob_field}, faults)
    booker = _made(BookerInput, _booker(given), _BOOKER, faults)
    told = _contacts(given, today)
    contacts = [_made(ContactInput, contact, _contact_fields(number), faults) for number, contact in told]
    insurances = [] if criteria.self_pay else [_made(InsuranceInput, _insurance(given, criteria), _INSURANCE, faults)]
    note = _made(NoteInput, {"note": answers.get("note", "")}, {"note": "note", "": "note"}, faults)
    consents = _consents(given, consent_kinds(documents, criteria), documents)
    _add(faults, _seen_early(given, born, consents, documents, today), consents)
    if patient is None or booker is None or note is None or None in contacts or None in insurances or faults:
        return Faulty(faults)
    try:
        return checked_request(
            start=start,
            provider=provider,
            criteria=criteria,
            patient=patient,
            insurances=tuple(each for each in insurances if each),
            contacts=tuple(each for each in contacts if each),
            consents=consents,
            booked_by=booker,
            source="widget",
            note=note.note,
            facts=facts,
            documents=documents,
            today=today,
        )
    except Refused as refused:
        _add(faults, refused.reasons, consents)
        return Faulty(faults)


def consent_kinds(documents: Collection[str], criteria: Criteria) -> list[str]:
    """The consents this visit asks for, in order: the texts in force that concern it, and messages."""
    beside_the_point = set()
    if criteria.modality is Modality.IN_PERSON:
        beside_the_point.add("telehealth")
    if criteria.self_pay:
        beside_the_point.add("assignment_of_benefits")
    return [
        kind
        for kind in CONSENT_KINDS
        if (kind in documents or kind in MESSAGE_CONSENTS) and kind not in beside_the_point
    ]


def is_for_other(answers: Mapping[str, str]) -> bool:
    """Whether somebody books for somebody else."""
    return answers.get("for_whom") == "other"


def _missing(given: Mapping[str, str], criteria: Criteria) -> Faults:
    wanted = {
        "first_name": _("Please enter the patient's legal first name."),
        "last_name": _("Please enter the patient's legal last name."),
    }
    if criteria.modality is Modality.TELEHEALTH:
        wanted["place_of_visit"] = _("Please say where the patient will be: at home or somewhere else.")
    if is_for_other(given):
        wanted["booker_name"] = _("Please enter your name.")
        wanted["booker_kind"] = _("Please choose what you are to the patient.")
    faults = {field: sentence for field, sentence in wanted.items() if not given.get(field)}
    reachable = ("phone", "email", "booker_phone", "booker_email") if is_for_other(given) else ("phone", "email")
    if not any(given.get(name) for name in reachable):
        faults["phone"] = _("Please give a phone number or an e-mail address.")
    return faults


def _patient(given: Mapping[str, str], born: date | DateFault, criteria: Criteria) -> dict[str, Any]:
    address = {"line1": "line1", "city": "city", "state": "address_state", "zip": "zip"}
    filled = {member: given[field] for member, field in address.items() if given.get(field)}
    by_video = criteria.modality is Modality.TELEHEALTH
    return {
        "first_name": given.get("first_name", ""),
        "last_name": given.get("last_name", ""),
        **{name: given[name] for name in ("preferred_name", "sex", "email", "phone") if given.get(name)},
        **({"date_of_birth": born} if isinstance(born, date) else {}),
        "state": criteria.place_state,
        "language": get_language() or "en",  # of the page: in this one we write
        "place_of_visit": given.get("place_of_visit", "") if by_video else "clinic",
        **({"address": filled} if filled else {}),
    }


def _booker(given: Mapping[str, str]) -> dict[str, Any]:
    if not is_for_other(given):
        return {}
    members = ("name", "email", "phone", "organization")
    return {
        "kind": given.get("booker_kind", ""),
        **{name: given[f"booker_{name}"] for name in members if given.get(f"booker_{name}")},
        "messages_to": given.get("messages_to", "patient"),
    }


def _contacts(given: Mapping[str, str], today: date) -> list[tuple[int, dict[str, Any]]]:
    if not (is_for_other(given) or given.get("tell") == "yes"):
        return []
    found = []
    for number in CONTACTS:
        names = ("name", "relationship", "phone", "email")
        until = given.get(f"contact{number}_until", "")
        permitted = {
            **({"scope": given[f"contact{number}_scope"]} if given.get(f"contact{number}_scope") else {}),
            **({"expires_on": _months_on(today, int(until))} if until in UNTIL and until else {}),
        }
        contact = {name: given[f"contact{number}_{name}"] for name in names if given.get(f"contact{number}_{name}")}
        if contact:
            found.append((number, {"name": "", **permitted, **contact}))
    return found


def _months_on(day: date, months: int) -> date:
    """The last day of so many months; the 31st is the last of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))


def _contact_fields(number: int) -> dict[str, str]:
    names = ("name", "relationship", "phone", "email", "scope")
    return {**{name: f"contact{number}_{name}" for name in names}, "": f"contact{number}_name"}


def _insurance(given: Mapping[str, str], criteria: Criteria) -> dict[str, str]:
    return {
        "payer": criteria.payer or "",
        **{name: given[name] for name in ("member_id", "plan") if given.get(name)},
    }


def _consents(given: Mapping[str, str], kinds: Sequence[str], documents: Mapping[str, str]) -> tuple[ConsentInput, ...]:
    """What was decided on the page. A tick carries the version that stood beside it; a text left open is no refusal,
    but a kind of message left open is: nobody wrote that we may.

    Nobody ticks for another person: those stay to be signed (rules 4.11).
    """
    if is_for_other(given):
        return tuple(ConsentInput(kind=kind, version=documents.get(kind, ""), granted=False) for kind in kinds)
    return tuple(
        ConsentInput(
            kind=kind,
            version=version_ticked(given, kind) if f"agree_{kind}" in given else documents.get(kind, ""),
            granted=f"agree_{kind}" in given,
        )
        for kind in kinds
        if f"agree_{kind}" in given or kind in MESSAGE_CONSENTS
    )


def tick(version: str) -> str:
    """What a ticked box sends: a text may have no version, and an empty value would be no tick."""
    return f"v:{version}"


def version_ticked(answers: Mapping[str, str], kind: str) -> str:
    """The version somebody ticked; empty when nothing was."""
    return answers.get(f"agree_{kind}", "").removeprefix("v:")[:40]


def _seen_early(
    given: Mapping[str, str],
    born: date | DateFault,
    consents: Sequence[ConsentInput],
    documents: Mapping[str, str],
    today: date,
) -> list[RefusalReason]:
    """What `checked_request` would find too, said together with the faults that keep us from asking it."""
    found = [] if isinstance(born, DateFault) else birth_date_faults(born, today=today, field="patient.date_of_birth")
    return found if is_for_other(given) else found + consent_faults(consents, documents=dict(documents))


def _add(faults: Faults, reasons: Iterable[RefusalReason], consents: Sequence[ConsentInput]) -> None:
    for reason in reasons:
        faults.setdefault(_field_between(reason.field or "", consents), _(reason.detail))


def _field_between(path: str, consents: Sequence[ConsentInput]) -> str:
    if path.startswith("consents."):
        which = path.split(".")[1]
        return f"agree_{consents[int(which)].kind if which.isdigit() else which}"
    return _BETWEEN.get(path, "first_name")


def _made(model: type[Model], given: dict[str, Any], fields: Mapping[str, str], faults: Faults) -> Model | None:
    try:
        return model.model_validate(given)
    except ValidationError as fault:
        for field, sentence in faults_of(fault, fields).items():
            faults.setdefault(field, sentence)
        return None
