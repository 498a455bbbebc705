"""Step 4: the fields as they are shown and kept. What they mean is `request.py`'s business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from moonlit.people.inputs import CONSENT_KINDS
from moonlit.widget import words
from moonlit.widget.forms.faults import Faults

LONGEST_ANSWER = 4000
"""Characters of one answer that are kept; every field's own limit is far below."""
CONTACTS = (1, 2)


def _text(label: str, autocomplete: str = "off", *, hint: str = "", **attrs: str) -> forms.CharField:
    widget = forms.TextInput(
        attrs={"autocomplete": autocomplete, "autocapitalize": "off", "spellcheck": "false", **attrs}
    )
    return forms.CharField(label=label, help_text=hint, required=False, widget=widget)


def _email(label: str, autocomplete: str = "off") -> forms.CharField:
    # type=text with a hint to the keyboard: type=email would refuse, in the browser's words, what we explain in ours
    return _text(label, autocomplete, inputmode="email")


def _words(label: str, *, hint: str = "") -> forms.CharField:
    # without maxlength: the browser would cut what is pasted and say nothing
    return forms.CharField(label=label, help_text=hint, required=False, widget=forms.Textarea(attrs={"rows": "3"}))


def _phone(label: str, autocomplete: str = "off", *, hint: str = "") -> forms.CharField:
    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": autocomplete})
    return forms.CharField(label=label, help_text=hint, required=False, widget=widget)


def _number(label: str, autocomplete: str, size: str) -> forms.CharField:
    return _text(label, autocomplete, inputmode="numeric", size=size, maxlength=size)


def _one_of(label: str, options: list[tuple[str, Any]], *, hint: str = "") -> forms.CharField:
    return forms.CharField(label=label, help_text=hint, required=False, widget=forms.RadioSelect(choices=options))


def _select(label: str, options: list[tuple[str, Any]], autocomplete: str = "off") -> forms.CharField:
    widget = forms.Select(choices=options, attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, required=False, widget=widget)


_FILLED_BY_BROWSERS = (
    *("first_name", "last_name", "preferred_name", "dob_month", "dob_day", "dob_year", "phone", "email", "sex"),
    *("line1", "city", "address_state", "zip"),
)


@dataclass(frozen=True, slots=True)
class ContactGroup:
    """One person who may be told."""

    fields: list[forms.BoundField]

    @property
    def filled(self) -> bool:
        """Whether anything was typed, so that it must not be folded away."""
        return any(each.value() for each in self.fields)


class AboutForm(forms.Form):
    """Nothing is refused here: what was typed is shown again, with the faults that were found."""

    for_whom = _one_of(_("Who is this visit for?"), [("self", _("For myself")), ("other", _("For someone else"))])

    booker_name = _text(_("Your name"), "name", autocapitalize="words")
    booker_kind = _select(
        _("You are the patient's"),
        [
            ("", _("Please choose")),
            ("parent", _("Parent")),
            ("guardian", _("Guardian")),
            ("case_manager", _("Case manager")),
            ("other", _("Somebody else who helps")),
        ],
    )
    booker_organization = _text(_("Your organization (optional)"), "organization", autocapitalize="words")
    booker_phone = _phone(_("Your phone number"), "tel")
    booker_email = _email(_("Your e-mail address"), "email")
    messages_to = _one_of(
        _("Who should get our messages?"),
        [("patient", _("The patient")), ("booker", _("Me")), ("both", _("Both of us"))],
    )

    first_name = _text(_("Legal first name"), "given-name", autocapitalize="words")
    last_name = _text(_("Legal last name"), "family-name", autocapitalize="words")
    preferred_name = _text(_("Preferred name (optional)"), "nickname", autocapitalize="words")
    dob_month = _number(_("Month"), "bday-month", "2")
    dob_day = _number(_("Day"), "bday-day", "2")
    dob_year = _number(_("Year"), "bday-year", "4")
    sex = _select(
        _("Sex, as the insurance has it (optional)"),
        [("", _("I'd rather not say now")), ("female", _("Female")), ("male", _("Male"))],
        "sex",
    )
    phone = _phone(_("Phone number"), "tel", hint=_("A phone number or an e-mail address is enough. Best are both."))
    email = _email(_("E-mail address"), "email")
    place_of_visit = _one_of(
        _("Where will the patient be during the video visit?"),
        [("home", _("At home")), ("elsewhere", _("Somewhere else, for example at work"))],
        hint=_("We must write this down for every video visit."),
    )

    member_id = _text(
        _("Member number on the card (optional)"), hint=_("You can send it later."), autocapitalize="characters"
    )
    plan = _text(_("Name of the plan (optional)"))

    line1 = _text(_("Street and number (optional)"), "address-line1", autocapitalize="words")
    city = _text(_("City (optional)"), "address-level2", autocapitalize="words")
    address_state = _select(_("State (optional)"), [], "address-level1")
    zip = _text(_("ZIP code (optional)"), "postal-code", inputmode="numeric")

    note = _words(
        _("Anything you want us to know? (optional)"),
        hint=_("Up to 500 characters. Please no emergencies here: call 988 or 911."),
    )

    tell = forms.BooleanField(
        label=_("Somebody else may be told about this visit"),
        required=False,
        widget=forms.CheckboxInput(attrs={"value": "yes"}),
    )

    def __init__(self, answers: Mapping[str, str], faults: Faults | None = None) -> None:
        super().__init__({"for_whom": "self", "messages_to": "patient", **answers})
        self.fields["address_state"].widget.choices = [("", _("Please choose")), *words.states()]
        for number in CONTACTS:
            for name, field in _contact_fields(number).items():
                self.fields[name] = field
        if answers.get("for_whom") == "other":
            for name in _FILLED_BY_BROWSERS:
                # the browser would fill in the person at the keyboard, who is not the patient
                self.fields[name].widget.attrs["autocomplete"] = "off"
        for field_name, sentence in (faults or {}).items():  # the ticks of the texts show their own
            if field_name in self.fields:
                self.add_error(field_name, sentence)

    @property
    def contact_groups(self) -> list[ContactGroup]:
        """The fields of each person who may be told."""
        return [ContactGroup([self[name] for name in _contact_fields(number)]) for number in CONTACTS]


UNTIL = {"": _("Until I take it back"), "3": _("For 3 months"), "12": _("For one year")}
"""How long somebody may be told, in months."""


def _contact_fields(number: int) -> dict[str, forms.CharField]:
    scopes = [
        ("appointments", _("When the visits are")),
        ("appointments_and_billing", _("When the visits are, and bills")),
        ("all", _("Everything about the care")),
    ]
    return {
        f"contact{number}_name": _text(_("Name"), autocapitalize="words"),
        f"contact{number}_relationship": _text(_("Relation to the patient (optional)")),
        f"contact{number}_phone": _phone(_("Phone number (optional)")),
        f"contact{number}_email": _email(_("E-mail address (optional)")),
        f"contact{number}_scope": _select(_("What they may be told"), scopes),
        f"contact{number}_until": _select(_("How long"), list(UNTIL.items())),
    }


ANSWERS = frozenset(
    [*AboutForm.base_fields]
    + [name for number in CONTACTS for name in _contact_fields(number)]
    + [f"agree_{kind}" for kind in CONSENT_KINDS]
)
"""Every name that is kept; anything else in a request is ignored."""


def as_typed(posted: Mapping[str, str]) -> dict[str, str]:
    """The answers of a submitted page, as they were typed, without what no field can hold."""
    return {name: posted[name].replace("\x00", "")[:LONGEST_ANSWER] for name in sorted(ANSWERS) if posted.get(name)}
