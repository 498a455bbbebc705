"""Step 4: about you, under the token that choosing a time has made."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from moonlit.audit.actor import PUBLIC
from moonlit.platform.policy import public
from moonlit.practice.documents import TextInForce, texts_in_force
from moonlit.widget import services, words
from moonlit.widget.forms.about import AboutForm, as_typed
from moonlit.widget.forms.faults import Faults
from moonlit.widget.forms.request import MESSAGE_CONSENTS, Faulty, consent_kinds, is_for_other, tick, version_ticked
from moonlit.widget.guard import patient_page, switches_language
from moonlit.widget.journey import Page
from moonlit.widget.pages import ErrorLine, error_lines, page
from moonlit.widget.revision import answers_revision
from moonlit.widget.texts import WORDS, text_address
from moonlit.widget.views.keep import hold_words, taken_again
from moonlit.widget.way import Lost, Way, on_the_way, onward, to

PARTS = ("month", "day", "year")
_OF_THE_VISIT = frozenset({"place_of_visit"})
"""What only some visits ask for: the way by video may be chosen after this page was filled in."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One text or kind of message to agree to."""

    kind: str
    label: str
    value: str
    address: str
    version: str
    ticked: bool
    required: bool
    fault: str
    points: tuple[object, ...] = ()
    """What the text says, where it must be read beside the box."""


@public
@patient_page
@on_the_way(identified=True)
def about(request: HttpRequest, way: Way) -> HttpResponse:
    """What is typed is kept before it is judged."""
    if way.draft.start is None:
        return to(Page.WHEN, way.token)
    if request.method != "POST":
        way = _by_birth_date(way)
        return _about_page(request, way, _overtaken(way))
    services.keep_answers(way.draft, as_typed(request.POST), now=way.now)
    if switches_language(request):
        return to(Page.ABOUT, way.token)
    said_minor = way.choices.minor
    way = _by_birth_date(way)
    taken_again(way)
    way = _by_birth_date(way)
    if isinstance(way.request, Faulty):
        return _about_page(request, way, way.request.faults, status=422)
    if way.request is not None and way.is_minor != said_minor:
        minor = replace(way.choices, minor=way.is_minor)
        services.keep_choices(way.draft, minor, actor=PUBLIC, now=way.now)
    if way.can_choose_time and not way.is_minor and way.lost is not None:
        return to(Page.WHEN, way.token, notice=way.lost)
    return onward(way.token, way.draft)


def _by_birth_date(way: Way) -> Way:
    """Here the birth date tells the age; what step 2 said of it must not close the page that can put it right."""
    fresh = Way(way.token, way.draft)
    fresh.choices = replace(way.choices, minor=False)
    return fresh


def _overtaken(way: Way) -> Faults:
    """What was answered well once and lacks something now that the visit or a text is another one.

    A page that is only half filled in is not judged before it is sent.
    """
    faults = way.request.faults if isinstance(way.request, Faulty) else {}
    answers = way.draft.answers
    overtaken = all(name in _OF_THE_VISIT or (name.startswith("agree_") and name in answers) for name in faults)
    return faults if answers and overtaken else {}


def _about_page(request: HttpRequest, way: Way, faults: Faults, *, status: int = 200) -> HttpResponse:
    form = AboutForm(way.draft.answers, faults)
    ticks = _ticks(way, faults)
    required = [each for each in ticks if each.required]
    errors = error_lines(form) + [_line(each) for each in ticks if each.fault]
    return page(
        request,
        "about",
        title=_("About the patient") if is_for_other(way.draft.answers) else _("About you"),
        step=4,
        token=way.token,
        errors=errors,
        status=status,
        typed_form="page-form",
        keeps_typed="page-form",
        revision=answers_revision(way.draft.answers),
        form=form,
        by_video=way.choices.by_video,
        insured=not way.choices.self_pay,
        required_ticks=required,
        message_ticks=[each for each in ticks if each.kind in MESSAGE_CONSENTS],
        later_ticks=[each for each in ticks if not each.required and each.kind not in MESSAGE_CONSENTS],
        has_address=any(way.draft.answers.get(name) for name in ("line1", "city", "address_state", "zip")),
        birth_parts=[form[f"dob_{part}"] for part in PARTS],
        birth_fault=next(
            ((f"id_dob_{part}_error", faults[f"dob_{part}"]) for part in PARTS if f"dob_{part}" in faults), None
        ),
        chosen=chosen_time(way),
        hold=hold_words(way),
        notice=request.GET.get("notice", ""),
        minor=way.is_minor,
        wrong_age=way.lost is Lost.AGE,
    )


def chosen_time(way: Way) -> str:
    """The time in the words of its place; empty when it is gone."""
    if not way.seen_by:
        return ""
    return words.moment_words(way.seen_by[0].start, way.seen_by[0].time_zone)


def _line(tick: Tick) -> ErrorLine:
    """Several ticks may be missing with the same words: the line on top says which text it is about."""
    return ErrorLine(f"id_agree_{tick.kind}", f"{WORDS[tick.kind].title}: {tick.fault}")


def _ticks(way: Way, faults: Faults) -> list[Tick]:
    texts: dict[str, TextInForce] = texts_in_force()
    criteria = way.standing.criteria
    kinds = consent_kinds(texts, criteria) if criteria else []
    return [_tick(kind, texts.get(kind), way.draft.answers, faults) for kind in kinds]


def _tick(kind: str, text: TextInForce | None, answers: dict[str, str], faults: Faults) -> Tick:
    version = text.version if text else ""
    name = f"agree_{kind}"
    return Tick(
        kind=kind,
        label=str(WORDS[kind].agree),
        value=tick(version),
        address=text_address(text) if text else "",
        version=version,
        ticked=name in answers and version_ticked(answers, kind) == version,
        required=kind in {"terms", "privacy_notice"},
        fault=faults.get(name, ""),
        points=WORDS[kind].in_short if kind in MESSAGE_CONSENTS else (),
    )
