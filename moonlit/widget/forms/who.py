"""Step 2: only what changes the times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moonlit.domain.carve_outs import Question
from moonlit.domain.criteria import Criteria
from moonlit.domain.facts import Facts
from moonlit.widget import words
from moonlit.widget.asking import kinds_of_help, places_offered
from moonlit.widget.journey import ELSEWHERE, NOT_SURE, OTHER_LANGUAGE, VIDEO, Choices
from moonlit.widget.queries import clinics, visit_name

_CHOOSE = {
    "required": gettext_lazy("Please choose one of the answers."),
    "invalid_choice": gettext_lazy("Please choose one of the answers."),
}
_FAMILIES = {"medication": gettext_lazy("Medication or a diagnosis"), "therapy": gettext_lazy("Talk therapy")}
FOLDED = ("place", "state", "visit_language")
"""Answers that are right for most people: they stand in one line and are opened to change them."""


class WhoForm(forms.Form):
    """A question is asked where its answer changes who can be seen, or when (rules 1), and nowhere else.

    Seen before, age and the language always do: some answers lead to a person of ours instead of a calendar. The
    state does wherever there is video, even for a practice of one state, for the patient may be in another.
    """

    help = forms.ChoiceField(
        label=gettext_lazy("What kind of help are you looking for?"), widget=forms.RadioSelect, error_messages=_CHOOSE
    )
    seen_before = forms.ChoiceField(
        label=gettext_lazy("Has the patient been seen here before?"),
        choices=[("no", gettext_lazy("No, first visit")), ("yes", gettext_lazy("Yes"))],
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
    visit_language = forms.ChoiceField(label=gettext_lazy("Language of the visit"), error_messages=_CHOOSE)

    def __init__(
        self, facts: Facts, choices: Choices, *, usual: Criteria | None, data: Any = None, typed: Any = None
    ) -> None:
        """`usual`: what most people with this way of paying mean. `typed`: fields to show again and not to judge, in
        another language; a language of the visit that its page had filled in by itself is filled in anew.
        """
        known = clinics()
        offered = {
            "help": _help_choices(facts),
            "place": _place_choices(facts, known),
            "state": _state_choices(facts),
            "visit_language": _language_choices(facts),
        }
        if VIDEO not in dict(offered["place"]):
            del offered["state"]
        initial = _initial(choices, offered, usual, facts)
        kept = {name: typed[name] for name in initial if name in typed} if typed else {}
        if typed and kept.get("visit_language") == typed.get("language_filled_in"):
            kept.pop("visit_language", None)
        super().__init__(data, initial={**initial, **kept})
        self.language_filled_in = _filled_in(initial, kept, data)
        for name in ("help", "place", "state", "visit_language"):
            options = offered.get(name, [])
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101  tells the type checker what stands above
            field.choices = options
            if len(options) < 2:
                del self.fields[name]
        self.only_place = str(offered["place"][0][0])
        self.clinic_names = {code: name for code, name, _town in known}

    def clean(self) -> dict[str, Any]:
        """For a visit in a clinic the state is beside the point, and not shown."""
        given = super().clean() or self.cleaned_data
        if given.get("place", self.only_place) != VIDEO:
            self.errors.pop("state", None)
        return given

    @property
    def folded_is_wrong(self) -> bool:
        """Whether a fault lies in what is folded away: then it is shown open."""
        return any(name in self.errors for name in FOLDED)

    @property
    def folded_in_words(self) -> str:
        """Video visit in Utah, in English"""
        language = str(self["visit_language"].value())
        return _("%(place)s, in %(language)s") % {
            "place": self._place_in_words(),
            "language": _("another language") if language == OTHER_LANGUAGE else words.language_words(language),
        }

    def _place_in_words(self) -> str:
        place = str(self["place"].value()) if "place" in self.fields else self.only_place
        if place != VIDEO:
            return self.clinic_names.get(place, _("In the clinic"))
        state = str(self["state"].value()) if "state" in self.fields else ""
        named = _("another state") if state == ELSEWHERE else words.state_words(state)
        return _("Video visit in %(state)s") % {"state": named}

    def apply_to(self, choices: Choices) -> Choices:
        """The choices with step 2 answered; only for a valid form."""
        given = self.cleaned_data
        place = given.get("place", self.only_place)
        return replace(
            choices,
            answered=True,
            help=given.get("help", ""),
            seen_before=given["seen_before"] == "yes",
            minor=given["age"] == "minor",
            place=place,
            state=given.get("state", "") if place == VIDEO else choices.state,
            language=given["visit_language"],
        )


class QuestionForm(forms.Form):
    """The one question of a carve-out (rules 1.11)."""

    benefit = forms.ChoiceField(widget=forms.RadioSelect, error_messages=_CHOOSE)

    def __init__(self, question: Question, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        field = self.fields["benefit"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.label = words.shown_in(question.text)
        field.help_text = words.shown_in(question.card_hint)
        field.choices = [(option.value, option.label or _("I'm not sure")) for option in question.options]


def _filled_in(initial: Mapping[str, str], kept: Mapping[str, str], data: Any) -> str:
    """The language of the visit that the page fills in and nobody chose; empty for one that somebody did choose."""
    if data is not None:
        return str(data.get("language_filled_in", ""))
    return "" if "visit_language" in kept else initial["visit_language"]


def _help_choices(facts: Facts) -> list[tuple[str, Any]]:
    kinds = [(code, _FAMILIES.get(facts.visit_types[code].family) or visit_name(code)) for code in kinds_of_help(facts)]
    return [*kinds, (NOT_SURE, _("I'm not sure"))] if len(kinds) > 1 else kinds


def _place_choices(facts: Facts, known: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Video, where somebody sees new patients by video, and the clinics where somebody sees them."""
    offered = places_offered(facts)
    video = [(VIDEO, _("Video visit"))] if offered.by_video or not offered.clinics else []
    return video + [(code, f"{name}, {town}") for code, name, town in known if code in offered.clinics]


def _state_choices(facts: Facts) -> list[tuple[str, str]]:
    ours = [(state, words.state_words(state)) for state in facts.practice.states]
    return [*ours, (ELSEWHERE, _("Another state"))]


def _language_choices(facts: Facts) -> list[tuple[str, str]]:
    spoken = {language for provider in facts.providers.values() for language in provider.verified_languages}
    first = ["en", *sorted(spoken - {"en"})]
    others = words.in_order((code, words.language_words(code)) for code in words.LANGUAGES if code not in first)
    return [*((code, words.language_words(code)) for code in first), *others, (OTHER_LANGUAGE, _("Another language"))]


def _initial(
    choices: Choices, offered: Mapping[str, list[tuple[str, Any]]], usual: Criteria | None, facts: Facts
) -> dict[str, str]:
    """The answers given before, else the usual ones."""
    place = choices.place if choices.answered else (usual.location if usual else None) or VIDEO
    known = [str(code) for code, _label in offered["place"]]
    state = usual.place_state if usual and usual.place_state else facts.practice.home_state
    return {
        "help": choices.help or str(offered["help"][0][0]),
        "seen_before": "yes" if choices.seen_before else "no",
        "age": "minor" if choices.minor else "adult",
        "place": place if place in known else known[0],
        "state": choices.state or state,
        "visit_language": usual.visit_language if usual and not choices.answered else choices.language,
    }
