"""The lead form: two fields, whatever the reason (rules 2, 8)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from pydantic import ValidationError

from moonlit.domain.reasons import LeadReason
from moonlit.leads.inputs import LeadCriteria, LeadInput
from moonlit.people.checks import can_receive_texts
from moonlit.widget.forms.faults import faults_of
from moonlit.widget.journey import VIDEO, Choices, Standing

WORDING = "lead-2"
"""Version of the words beside the tick, kept with the consent: another sentence is another version."""
_FIELDS = {"email": "contact", "phone": "contact", "preferred_name": "name", "contact_missing": "contact"}


class LeadForm(forms.Form):
    contact = forms.CharField(
        label=gettext_lazy("E-mail address or phone number"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        error_messages={"required": gettext_lazy("Please give an e-mail address or a phone number.")},
    )
    name = forms.CharField(
        label=gettext_lazy("What may we call you? (optional)"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    may_write = forms.BooleanField(
        label=gettext_lazy("You may send me messages there: e-mail, or texts if it is a mobile phone"),
        help_text=gettext_lazy(
            "We write that we have your request, and when you can choose a time. You do not have to agree. Message and "
            "data rates may apply. Reply STOP to a text to end them."
        ),
        required=False,
    )

    def lead(self, choices: Choices, standing: Standing, reason: LeadReason) -> LeadInput | None:
        """The lead, or None with the faults added to the fields. Only for a valid form."""
        contact = self.cleaned_data["contact"]
        by_email = "@" in contact
        may_write = self.cleaned_data["may_write"]
        given: dict[str, Any] = {
            "email" if by_email else "phone": contact,
            "preferred_name": self.cleaned_data["name"],
            "payer": choices.payer,
            "payer_name": choices.payer_name,
            "reason": reason.value,
            "insurance_effective_date": standing.opens.isoformat() if standing.opens else "",
            # A parent may leave word for several children: such leads are never merged (rules 8).
            "for_someone_else": reason is LeadReason.MINOR,
            "criteria": _criteria(choices, standing),
            "language": get_language() or "en",
            "consent": {
                "email": may_write and by_email,
                "sms": may_write and not by_email,
                "version": WORDING if may_write else "",
            },
        }
        try:
            lead = LeadInput.model_validate(given)
        except ValidationError as fault:
            for field, sentence in faults_of(fault, {**_FIELDS, "": "contact"}).items():
                looks_like_neither = field == "contact" and not by_email and not any(ch.isdigit() for ch in contact)
                self.add_error(field, _neither() if looks_like_neither else sentence)
            return None
        if lead.consent.sms and lead.phone and not can_receive_texts(lead.phone):
            self.add_error("may_write", _("This number takes no text messages. Leave this out, and we call you."))
            return None
        return lead


def _neither() -> str:
    return _("Please give an e-mail address like name@example.org, or a phone number like 801-555-0100.")


def _criteria(choices: Choices, standing: Standing) -> dict[str, Any]:
    """What was looked for, for staff."""
    if not choices.answered:
        return LeadCriteria(self_pay=choices.self_pay, benefit=choices.benefit or None).model_dump()
    asked = standing.criteria
    return LeadCriteria(
        visit_type=asked.visit_type if asked else (choices.help or None),
        modality="telehealth" if choices.place == VIDEO else "in_person",
        patient_state=choices.state if choices.place == VIDEO and len(choices.state) == 2 else None,
        location=None if choices.place == VIDEO else choices.place,
        self_pay=choices.self_pay,
        visit_language=choices.language,
        benefit=choices.benefit or None,
    ).model_dump()
