"""Step 2: only what changes the times."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moonlit.domain.carve_outs import Question
from moonlit.domain.facts import Facts
from moonlit.widget import words
from moonlit.widget.journey import ELSEWHERE, NOT_SURE, OTHER_LANGUAGE, VIDEO, Choices
from moonlit.widget.queries import clinics, kinds_of_help, visit_name

_CHOOSE = {
    "required": gettext_lazy("Please choose one of the answers."),
    "invalid_choice": gettext_lazy("Please choose one of the answers."),
}
_FAMILIES = {"medication": gettext_lazy("Medication or a diagnosis"), "therapy": gettext_lazy("Talk therapy")}


class WhoForm(forms.Form):
    """Defaults fit most people; a question with one possible answer is not asked."""

    help = forms.ChoiceField(
        label=gettext_lazy("What kind of help are you looking for?"), widget=forms.RadioSelect, error_messages=_CHOOSE
    )
    seen_before = forms.ChoiceField(
        label=gettext_lazy("Has the patient been seen here before?"),
        choices=[("no", gettext_lazy("No, this is the first visit")), ("yes", gettext_lazy("Yes"))],
        widget=forms.RadioSelect,
        error_messages=_CHOOSE,
    )
    age = forms.ChoiceField(
        label=gettext_lazy("How old is the patient?"),
        choices=[("adult", gettext_lazy("18 or older")), ("minor", gettext_lazy("Under 18"))],
        widget=forms.RadioSelect,
        error_messages=_CHOOSE,
    )
    place = forms.ChoiceField(
        label=gettext_lazy("Video or in the clinic?"), widget=forms.RadioSelect, error_messages=_CHOOSE
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State where the patient will be during the video visit"),
        help_text=gettext_lazy("Clinicians may see you by video only in states where they hold a license."),
        error_messages=_CHOOSE,
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the visit"), error_messages=_CHOOSE)

    def __init__(self, facts: Facts, choices: Choices, *, usual_state: str, data: Any = None) -> None:
        offered = {
            "help": _help_choices(facts),
            "place": [(VIDEO, _("Video visit")), *((code, f"{name}, {town}") for code, name, town in clinics())],
            "state": [*((state, words.STATE_NAMES.get(state, state)) for state in facts.practice.states)],
            "language": _language_choices(facts),
        }
        offered["state"].append((ELSEWHERE, _("Another state")))
        super().__init__(data, initial=_initial(choices, offered, usual_state))
        for name, options in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101  tells the type checker what stands above
            field.choices = options
        for name in ("help", "place"):
            if len(offered[name]) == 1:
                del self.fields[name]

    def apply_to(self, choices: Choices) -> Choices:
        """The choices with step 2 answered; only for a valid form."""
        given = self.cleaned_data
        return replace(
            choices,
            answered=True,
            help=given.get("help", ""),
            seen_before=given["seen_before"] == "yes",
            minor=given["age"] == "minor",
            place=given.get("place", VIDEO),
            state=given["state"],
            language=given["language"],
        )


class QuestionForm(forms.Form):
    """The one question of a carve-out (rules 1.11)."""

    benefit = forms.ChoiceField(widget=forms.RadioSelect, error_messages=_CHOOSE)

    def __init__(self, question: Question, language: str, data: Any = None) -> None:
        super().__init__(data)
        field = self.fields["benefit"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.label = question.text.get(language) or question.text.get("en", "")
        field.help_text = question.card_hint.get(language) or question.card_hint.get("en", "")
        field.choices = [(option.value, option.label or _("I'm not sure")) for option in question.options]


def _help_choices(facts: Facts) -> list[tuple[str, Any]]:
    kinds = [(code, _FAMILIES.get(facts.visit_types[code].family) or visit_name(code)) for code in kinds_of_help(facts)]
    return [*kinds, (NOT_SURE, _("I'm not sure"))] if len(kinds) > 1 else kinds


def _language_choices(facts: Facts) -> list[tuple[str, str]]:
    spoken = {language for provider in facts.providers.values() for language in provider.verified_languages}
    first = ["en", *sorted(spoken - {"en"})]
    others = sorted((set(words.LANGUAGES) - set(first)), key=words.language_words)
    return [(code, words.language_words(code)) for code in (*first, *others)] + [
        (OTHER_LANGUAGE, _("Another language"))
    ]


def _initial(choices: Choices, offered: dict[str, list[tuple[str, Any]]], usual_state: str) -> dict[str, str]:
    return {
        "help": choices.help or str(offered["help"][0][0]),
        "seen_before": "yes" if choices.seen_before else "no",
        "age": "minor" if choices.minor else "adult",
        "place": choices.place,
        "state": choices.state or usual_state,
        "language": choices.language,
    }
