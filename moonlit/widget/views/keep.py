"""The time that is held while somebody types: until when, and the one press that keeps it longer (rules 4.2)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from moonlit.audit.actor import PUBLIC
from moonlit.domain.holds import is_ending
from moonlit.domain.refusals import Refused
from moonlit.platform.policy import public
from moonlit.widget import services, words
from moonlit.widget.forms.about import as_typed
from moonlit.widget.guard import patient_page
from moonlit.widget.journey import Page
from moonlit.widget.way import Way, on_the_way, onward, to


@dataclass(frozen=True, slots=True)
class HoldWords:
    """What a page says of the hold."""

    until: str
    """In the visit's zone; empty: it is over, though nobody else has the time yet."""
    ending: bool


@public
@patient_page
@on_the_way(identified=True)
def keep(request: HttpRequest, way: Way) -> HttpResponse:
    """Keeps the time and whatever was typed, and goes back to where the press was."""
    if request.method != "POST":
        return onward(way.token, way.draft)
    from_check = request.POST.get("back") == Page.CHECK
    if not from_check:
        services.keep_answers(way.draft, as_typed(request.POST), now=way.now)
    if not way.can_choose_time or way.criteria is None or way.draft.start is None:
        return onward(way.token, way.draft)
    try:
        services.keep_time(way.draft, way.criteria, actor=PUBLIC, now=way.now)
    except Refused:
        return to(Page.WHEN, way.token, notice="taken")
    return to(Page.CHECK if from_check else Page.ABOUT, way.token)


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
        return HoldWords("", ending=False)
    until = words.until_words(way.held.expires_at, way.held.time_zone)
    return HoldWords(until, is_ending(way.held.expires_at, way.now))
