"""The search of step 1: the same answer for a whole page and, as somebody types, for the part below the field."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from moonlit.domain.reasons import Outcome
from moonlit.eligibility.queries import LEAST_CHARACTERS, MOST_HITS, PayerHit, search_payers
from moonlit.platform import clock
from moonlit.widget import words
from moonlit.widget.parts import varied

LONGEST_NAME = 120
"""Of an insurance that is none of ours."""
_LONGEST_SEARCH = 100


def found(request: HttpRequest, choose_url: str) -> HttpResponse:
    """The part of the page that holds the answer. `choose_url`: where a press on an insurance goes."""
    context = {"choose_url": choose_url, **search(request)}
    return varied(render(request, "widget/_found.html", context))


def search(request: HttpRequest) -> dict[str, Any]:
    """What was searched for and what it found; a read that creates nothing."""
    q = " ".join(request.GET.get("q", "").split())[:_LONGEST_SEARCH]
    enough = sum(ch.isalnum() for ch in q) >= LEAST_CHARACTERS
    hits = [_hit(each) for each in search_payers(q, clock.now())] if enough else []
    return {
        "q": q,
        "asked": "q" in request.GET,
        "enough": enough,
        "hits": hits,
        "all_shown": len(hits) < MOST_HITS,
        "typed_name": request.POST.get("payer_name", "")[:LONGEST_NAME] or q,
    }


def _hit(hit: PayerHit) -> dict[str, Any]:
    opens = words.day_words(hit.bookable_from) if hit.bookable_from else ""
    word, means = {
        Outcome.BOOKABLE: (_("Open now"), _("Choose a time that suits you")),
        Outcome.BOOKABLE_FROM: (_("Open from %(day)s") % {"day": opens}, _("Choose a time on that day or later")),
    }.get(hit.outcome, (_("Not yet"), _("See what we can do instead")))
    return {"code": hit.code, "name": hit.name, "word": word, "means": means, "outcome": hit.outcome.value}
