"""The rows of "Check and confirm": what was chosen and typed, in words."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from moonlit.booking.requests import BookingRequest
from moonlit.domain.reasons import Flag
from moonlit.people.inputs import ContactInput
from moonlit.widget import queries, words
from moonlit.widget.paying import paid_by
from moonlit.widget.texts import WORDS
from moonlit.widget.way import Way


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    change: str
    """Address of the page that changes it."""
    rows: tuple[tuple[str, str], ...]


def summary(way: Way, asked: BookingRequest) -> list[Section]:
    """In the order of the steps; the visit first, because it is what people look for."""

    def section(heading: str, name: str, rows: list[tuple[str, str]]) -> Section:
        return Section(heading, reverse(f"book_{name}", args=[way.token]), tuple(row for row in rows if row[1]))

    found = [
        section(_("The visit"), "when", _visit(way, asked)),
        section(_("How you pay"), "pay", _paying(way, asked)),
        section(_("Who and how"), "who", _who(way, asked)),
        section(_("The patient"), "about", _patient(asked)),
    ]
    if asked.insurances:
        found.insert(2, section(_("The insurance card"), "about", _card(asked)))
    if asked.booked_by.kind != "self":
        found.append(section(_("You"), "about", _booker(asked)))
    if asked.note:
        found.append(section(_("Your note"), "about", [(_("What you want us to know"), asked.note)]))
    if asked.contacts:
        told = [(_("May be told"), _contact(each)) for each in asked.contacts]
        found.append(section(_("People who may be told"), "about", told))
    found.append(section(_("Agreed"), "about", _agreed(asked)))
    return found


def told_by(asked: BookingRequest) -> str:
    """How the news of the booking reaches somebody, as messages are sent (rules 4.11, 6.4); empty: not at all.

    Who books for somebody else cannot agree for the patient: then e-mail goes to the address given for it, no texts.
    """
    booker = asked.booked_by
    for_self = booker.kind == "self"
    to_patient = for_self or booker.messages_to != "booker"
    agreed = {each.kind for each in asked.consents if each.granted} if for_self else {"email"}
    ways = [
        _("e-mail") if to_patient and asked.patient.email and "email" in agreed else "",
        _("text message") if to_patient and asked.patient.phone and "sms" in agreed else "",
        _("e-mail to you") if not for_self and booker.messages_to != "patient" and booker.email else "",
    ]
    return _(" and ").join(way for way in ways if way)


def _visit(way: Way, asked: BookingRequest) -> list[tuple[str, str]]:
    seen = way.seen_by[0]
    place = queries.where(seen.location_code)
    minutes = int((seen.end - seen.start).total_seconds()) // 60
    supervisor = seen.decision.supervisor
    return [
        (_("Date and time"), words.moment_words(seen.start, seen.time_zone)),
        (_("On your own clock"), words.own_clock(seen.start, seen.time_zone, asked.criteria.place_state)),
        (
            _("Visit"),
            format_html(
                _("%(name)s, %(minutes)s minutes") % {"name": "{}", "minutes": minutes},
                queries.visit_name(asked.criteria.visit_type),
            ),
        ),
        (_("Where"), ", ".join(part for part in (place.name, place.address) if part)),
        (_("You will see"), queries.clinician(seen.provider_id)),
        (_("Supervised by"), queries.clinician(supervisor) if supervisor else ""),
    ]


def _paying(way: Way, asked: BookingRequest) -> list[tuple[str, str]]:
    if asked.criteria.self_pay:
        price = way.seen_by[0].price_cents
        return [
            (_("Payment"), _("I pay myself")),
            (_("Price of this visit"), words.money_words(price) if price is not None else _("We will tell you.")),
        ]
    return [
        (_("Insurance"), paid_by(way.choices, way.facts)),
        (_("Behavioral health through"), _behind_the_card(way, asked)),
    ]


def _card(asked: BookingRequest) -> list[tuple[str, str]]:
    insurance = asked.insurances[0]
    return [
        (_("Plan"), insurance.plan or ""),
        (_("Member number"), insurance.member_id or _("You will send it later")),
    ]


def _behind_the_card(way: Way, asked: BookingRequest) -> str:
    """The company that carries the benefit, where the patient was asked or nobody knows yet (rules 1.11)."""
    if Flag.BEHAVIORAL_PAYER_UNVERIFIED in way.seen_by[0].flags:
        return _("We will find out and tell you before your visit")
    payer = way.facts.payers.get(asked.criteria.benefit or "")
    return payer.name if payer and payer.code != asked.criteria.payer else ""


def _who(way: Way, asked: BookingRequest) -> list[tuple[str, str]]:
    state = words.state_words(asked.criteria.place_state)
    by_interpreter = Flag.REMOTE_INTERPRETER in way.seen_by[0].flags
    return [
        (_("How"), _("Video visit") if way.choices.by_video else _("In the clinic")),
        (_("State of the patient"), state if way.choices.by_video else ""),
        (_("Language of the visit"), words.language_words(way.choices.language)),
        (_("Interpreter"), _("We arrange one. It costs you nothing.") if by_interpreter else ""),
    ]


def _patient(asked: BookingRequest) -> list[tuple[str, str]]:
    patient = asked.patient
    address = patient.address
    at = {"home": _("At home"), "elsewhere": _("Somewhere else")}.get(patient.place_of_visit, "")
    lines = [address.line1, address.city, f"{address.state or ''} {address.zip or ''}".strip()] if address else []
    return [
        (_("Legal name"), f"{patient.first_name} {patient.last_name}"),
        (_("Preferred name"), patient.preferred_name or ""),
        (_("Date of birth"), words.date_words(patient.date_of_birth)),
        (_("Sex"), {"female": _("Female"), "male": _("Male")}.get(patient.sex or "", "")),
        (_("Phone"), words.phone_words(patient.phone or "")),
        (_("E-mail"), patient.email or ""),
        (_("Address"), ", ".join(line for line in lines if line)),
        (_("Where the patient will be"), at),
    ]


def _booker(asked: BookingRequest) -> list[tuple[str, str]]:
    booker = asked.booked_by
    kinds = {"parent": _("Parent"), "guardian": _("Guardian"), "case_manager": _("Case manager")}
    to = {"patient": _("To the patient"), "booker": _("To you"), "both": _("To both of you")}
    return [
        (_("Name"), booker.name or ""),
        (_("Relation"), kinds.get(booker.kind, _("Somebody else who helps"))),
        (_("Organization"), booker.organization or ""),
        (_("Phone"), words.phone_words(booker.phone or "")),
        (_("E-mail"), booker.email or ""),
        (_("Messages go"), to[booker.messages_to]),
    ]


def _contact(contact: ContactInput) -> str:
    parts = (contact.name, contact.relationship, words.phone_words(contact.phone or ""), contact.email)
    scope = {
        "appointments": _("may know when the visits are"),
        "appointments_and_billing": _("may know when the visits are, and about bills"),
        "all": _("may know everything about the care"),
    }[contact.scope]
    until = _("until %(day)s") % {"day": words.date_words(contact.expires_on)} if contact.expires_on else ""
    return ", ".join(part for part in (*parts, scope, until) if part)


def _agreed(asked: BookingRequest) -> list[tuple[str, str]]:
    if asked.booked_by.kind != "self":
        return [(_("Texts to agree to"), _("The patient agrees to them before the visit"))]
    agreed = [str(WORDS[each.kind].title) for each in asked.consents if each.granted]
    refused = [str(WORDS[each.kind].title) for each in asked.consents if not each.granted]
    return [(_("Yes to"), ", ".join(agreed)), (_("No to"), ", ".join(refused))]
