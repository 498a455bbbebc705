"""What may be told after the booking: the fields as they are shown, and what was typed as the domain names it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from moonlit.domain.refusals import RefusalReason
from moonlit.people.inputs import AddedInput
from moonlit.widget import words
from moonlit.widget.birthdate import DateFault, birth_date
from moonlit.widget.forms.faults import Faults, faults_of

LONGEST_ANSWER = 1000
SEX = [("", _("I'd rather not say now")), ("female", _("Female")), ("male", _("Male"))]
_ADDRESS = {"line1": "line1", "city": "city", "state": "address_state", "zip": "zip"}
_SUBSCRIBER = {"first_name": "subscriber_first_name", "last_name": "subscriber_last_name", "sex": "subscriber_sex"}
_BORN = ("dob_month", "dob_day", "dob_year")
_FIELDS = {
    **{name: name for name in ("member_id", "group_number", "plan", "relationship", "sex")},
    **{f"address.{member}": field for member, field in _ADDRESS.items()},
    **{f"subscriber.{member}": field for member, field in _SUBSCRIBER.items()},
    "subscriber.date_of_birth": "dob_year",
    "": "member_id",
}


def _text(label: str, autocomplete: str = "off", **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete, "spellcheck": "false", **attrs})
    return forms.CharField(label=label, required=False, widget=widget)


def _part_of_date(label: str, size: str) -> forms.CharField:
    return _text(label, inputmode="numeric", size=size, maxlength=size)


class DetailsForm(forms.Form):
    """Nothing is refused here: what was typed is shown again, with the faults that were found. What is stored already
    is never put into a field: the page says that we have it, not what it is.
    """

    member_id = _text(_("Member number on the card"), autocapitalize="characters")
    group_number = _text(_("Group number on the card (optional)"), autocapitalize="characters")
    plan = _text(_("Name of the plan (optional)"))
    relationship = forms.CharField(
        label=_("Whose insurance is it?"),
        required=False,
        widget=forms.RadioSelect(
            choices=[
                ("self", _("The patient's own")),
                ("spouse", _("Of the patient's husband, wife or partner")),
                ("child", _("Of the patient's mother, father or guardian")),
                ("other", _("Of somebody else")),
            ]
        ),
    )
    relationship_shown = forms.CharField(required=False, widget=forms.HiddenInput())
    """What the page was first drawn with: a radio is always sent, so only one that was changed tells something."""
    subscriber_first_name = _text(_("Legal first name"), autocapitalize="words")
    subscriber_last_name = _text(_("Legal last name"), autocapitalize="words")
    dob_month = _part_of_date(_("Month"), "2")
    dob_day = _part_of_date(_("Day"), "2")
    dob_year = _part_of_date(_("Year"), "4")
    subscriber_sex = forms.CharField(
        label=_("Sex, as the insurance has it (optional)"), required=False, widget=forms.Select(choices=SEX)
    )
    line1 = _text(_("Street and number"), "address-line1", autocapitalize="words")
    city = _text(_("City"), "address-level2", autocapitalize="words")
    address_state = forms.CharField(
        label=_("State"), required=False, widget=forms.Select(attrs={"autocomplete": "address-level1"})
    )
    zip = _text(_("ZIP code"), "postal-code", inputmode="numeric")
    sex = forms.CharField(
        label=_("Sex of the patient, as the insurance has it (optional)"),
        required=False,
        widget=forms.Select(choices=SEX),
    )

    def __init__(self, answers: Mapping[str, str], faults: Faults | None = None, *, by_patient: bool = True) -> None:
        super().__init__(dict(answers))
        if not by_patient:
            for name in _ADDRESS.values():  # the browser would fill in the person at the keyboard
                self.fields[name].widget.attrs["autocomplete"] = "off"
        self.fields["address_state"].widget.choices = [("", _("Please choose")), *words.states()]
        for name, sentence in (faults or {}).items():
            self.add_error(name, sentence)

    @property
    def birth_parts(self) -> list[forms.BoundField]:
        return [self[name] for name in _BORN]

    @property
    def birth_fault(self) -> tuple[str, str] | None:
        """Id and sentence of what is wrong with the date."""
        return next(((f"{each.auto_id}_error", each.errors[0]) for each in self.birth_parts if each.errors), None)


def as_typed(posted: Mapping[str, str]) -> dict[str, str]:
    """The answers of a page that was sent, without what no field can hold."""
    names = [name for name in DetailsForm.base_fields if posted.get(name)]
    return {name: posted[name].replace("\x00", "")[:LONGEST_ANSWER] for name in names}


def added_from(answers: Mapping[str, str], *, relationship: str) -> AddedInput | Faults:
    """What was told, or every fault of the page at once. `relationship` is what stands; empty for a visit without
    insurance, whose fields are not on the page. The radio of a page that was drawn before something else came tells
    nothing unless it was changed there, or somebody else's name stands beside it.
    """
    given = {name: value.strip() for name, value in answers.items() if value.strip()}
    told: dict[str, Any] = {"sex": given.get("sex")}
    faults: Faults = {}
    if any(given.get(field) for field in _ADDRESS.values()):
        told["address"] = {member: given.get(field, "") for member, field in _ADDRESS.items()}
        faults |= _parts_missing(given)
    if relationship:
        told |= {name: given.get(name) for name in ("member_id", "group_number", "plan")}
        shown = given.get("relationship_shown", relationship)
        whose = given.get("relationship", shown)
        tells_subscriber = whose != "self" and _tells_subscriber(given)
        if whose != shown or tells_subscriber:
            told["relationship"] = whose
            if whose != "self" and (whose != relationship or tells_subscriber):
                told["subscriber"] = _subscriber(given, faults)
    try:
        added = AddedInput.model_validate(told)
    except ValidationError as fault:
        found = faults_of(fault, _FIELDS)
        if any(part in faults for part in _BORN):
            found.pop("dob_year", None)  # said already, at the part that is wrong
        return found | faults
    return faults or added


def faults_between(reasons: Iterable[RefusalReason]) -> Faults:
    """What the domain refused, at the fields of the page."""
    found: Faults = {}
    for reason in reasons:
        found.setdefault(_FIELDS.get(reason.field or "", "member_id"), gettext(reason.detail))
    return found


def _tells_subscriber(given: Mapping[str, str]) -> bool:
    return any(given.get(field) for field in (*_SUBSCRIBER.values(), *_BORN))


def _subscriber(given: Mapping[str, str], faults: Faults) -> dict[str, Any]:
    born = birth_date(*(given.get(part, "") for part in _BORN))
    if isinstance(born, DateFault):
        faults[f"dob_{born.part}"] = born.sentence
    for field, sentence in (
        ("subscriber_first_name", gettext("Please enter the first name of the person the insurance belongs to.")),
        ("subscriber_last_name", gettext("Please enter the last name of the person the insurance belongs to.")),
    ):
        if not given.get(field):
            faults[field] = sentence
    return {
        **{member: given.get(field) for member, field in _SUBSCRIBER.items()},
        "date_of_birth": None if isinstance(born, DateFault) else born,
    }


def _parts_missing(given: Mapping[str, str]) -> Faults:
    """Half an address leads nowhere."""
    wanted = {
        "line1": gettext("Please enter street and number."),
        "city": gettext("Please enter the city."),
        "address_state": gettext("Please choose the state."),
        "zip": gettext("Please enter the ZIP code with five digits, for example 84106."),
    }
    return {field: sentence for field, sentence in wanted.items() if not given.get(field)}
