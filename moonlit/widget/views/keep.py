"""The time that is held while somebody types, and the answers themselves: until when, and what keeps them longer
(rules 4.2; WCAG 2.2.1). With a script both are kept in place, and the page is told how many seconds are left.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from moonlit.audit.actor import PUBLIC
from moonlit.domain.holds import is_ending
from moonlit.domain.refusals import Refused
from moonlit.platform.policy import public
from moonlit.widget import queries, services, words
from moonlit.widget.forms.about import as_typed
from moonlit.widget.guard import patient_page
from moonlit.widget.journey import Page
from moonlit.widget.revision import answers_revision
from moonlit.widget.way import Way, on_the_way, onward, to

UNHEARD = 5
"""Earlier saves whose answer a page may have missed; hold.js sends no more."""


@dataclass(frozen=True, slots=True)
class HoldWords:
    """What a page says of the hold."""

    until: str
    """In the visit's zone; empty: it is over, though nobody else has the time yet."""
    ending: bool
    left: int
    """Whole seconds."""


@public
@patient_page
@on_the_way(identified=True)
def keep(request: HttpRequest, way: Way) -> HttpResponse:
    """Keeps the time and whatever was typed, and goes back to where the press was; a script stays where it is."""
    if request.method != "POST":
        return onward(way.token, way.draft)
    from_check = request.POST.get("back") == Page.CHECK
    in_place = request.headers.get("Accept") == "application/json"
    # a press without any field takes nothing away
    brings_answers = not from_check and ("typed" in request.POST or bool(as_typed(request.POST)))
    kept = brings_answers and _kept(request, way)
    if way.kept_for is None or way.draft.start is None:
        return onward(way.token, way.draft)
    try:
        services.keep_time(way.draft, way.kept_for, actor=PUBLIC, now=way.now)
    except Refused:
        return _left(way, kept=kept, taken=True) if in_place else to(Page.WHEN, way.token, notice="taken")
    if in_place:
        return _left(Way(way.token, way.draft), kept=kept)
    if brings_answers and not kept:
        return to(Page.ABOUT, way.token, notice="changed")
    return to(Page.CHECK if from_check else Page.ABOUT, way.token)


@public
@patient_page
@on_the_way()
def stay(request: HttpRequest, way: Way) -> HttpResponse:
    """For a script: the patient is still here. What is typed on step 4 is kept with it, unjudged, as he types."""
    if request.method != "POST":
        return onward(way.token, way.draft)
    return _left(way, kept="typed" in request.POST and way.draft.identified and _kept(request, way))


def _kept(request: HttpRequest, way: Way) -> bool:
    """Keep what a page has in its fields, unless the answers changed since in another tab. Whether it is kept.

    A page that has not heard what became of its last saves sends them along: they may be what is stored.
    """
    earlier = (as_typed(QueryDict(each)) for each in request.POST.getlist("after")[-UNHEARD:])
    seen = {request.POST.get("revision"), *map(answers_revision, earlier)}
    if answers_revision(way.draft.answers) not in seen:
        return False
    return services.keep_answers_meanwhile(way.draft, as_typed(request.POST), now=way.now)


def _left(way: Way, *, kept: bool, taken: bool = False) -> JsonResponse:
    """How long the time and the answers are kept, in seconds, and the new revision of what was just kept (empty: of
    nothing); nothing about a person.
    """
    held = None if taken else way.held
    words_until = {"until": words.until_words(held.expires_at, held.time_zone)} if held else {}
    return JsonResponse(
        {
            **asdict(queries.ends(way.draft, way.now)),
            "revision": answers_revision(way.draft.answers) if kept else "",
            "hold": _seconds(way) if held else 0,
            "said": _("We hold this time for you until %(until)s.") % words_until if held else "",
            "taken": f"{reverse('book_when', args=[way.token])}?notice=taken" if taken else "",
        }
    )


def taken_again(way: Way) -> None:
    """A press on "Continue" after the hold has ended takes the time again, if it can be had."""
    if way.held is None and way.criteria is not None and way.can_choose_time:
        with suppress(Refused):  # the next page asks for another time
            services.keep_time(way.draft, way.criteria, actor=PUBLIC, now=way.now)


def hold_words(way: Way) -> HoldWords | None:
    """None when the time is gone: the page says so in its own place."""
    if not way.seen_by:
        return None
    if way.held is None:
        return HoldWords("", ending=False, left=0)
    until = words.until_words(way.held.expires_at, way.held.time_zone)
    return HoldWords(until, is_ending(way.held.expires_at, way.now), _seconds(way))


def _seconds(way: Way) -> int:
    return int((way.held.expires_at - way.now).total_seconds()) if way.held else 0
