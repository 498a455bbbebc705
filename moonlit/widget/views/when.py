"""Step 3: when? All clinicians merged, or one of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from moonlit.audit.actor import PUBLIC
from moonlit.availability.queries import alternatives
from moonlit.domain.criteria import Criteria
from moonlit.domain.refusals import Refused
from moonlit.platform.policy import public
from moonlit.widget import queries, services, words
from moonlit.widget.free_times import day_of_times, first_day, instant, sent
from moonlit.widget.guard import patient_page
from moonlit.widget.journey import Page
from moonlit.widget.pages import ErrorLine, page
from moonlit.widget.way import Way, on_the_way, onward, to


@public
@patient_page
@on_the_way()
def when(request: HttpRequest, way: Way) -> HttpResponse:
    """Opens on the first day that has a time. Choosing one leads to a new token (architecture: no cookies)."""
    criteria = way.standing.criteria
    if not way.can_choose_time or criteria is None:
        return onward(way.token, way.draft)
    if request.method == "POST":
        return _choose(request, way, criteria)
    return _times_page(request, way, criteria)


def _choose(request: HttpRequest, way: Way, criteria: Criteria) -> HttpResponse:
    start, provider = instant(request.POST.get("start", "")), _provider(request.POST.get("provider", ""), way)
    token = None if start is None else _hold(way, criteria, start, provider)
    if token is None:
        fault = ErrorLine("times", _("This time is not free any more. Please choose another one."))
        return _times_page(request, way, criteria, fault=fault)
    if token == way.token:
        return onward(token, way.draft)
    return to(Page.ABOUT, token)


def _hold(way: Way, criteria: Criteria, start: datetime, provider: int | None) -> str | None:
    """The token to go on under; None when the time cannot be had."""
    try:
        return services.choose_time(way.draft, way.token, criteria, start, provider, actor=PUBLIC, now=way.now)
    except Refused:
        return None


def _times_page(request: HttpRequest, way: Way, criteria: Criteria, *, fault: ErrorLine | None = None) -> HttpResponse:
    provider = _provider(request.GET.get("provider", ""), way)
    lost = request.GET.get("notice") == "taken" and way.draft.start is not None
    times = queries.times(criteria, provider=provider, first_day=first_day(request), now=way.now)
    cards = queries.cards(way.standing, way.now, get_language() or "en")
    zone = times.time_zone
    own = words.own_clock(times.days[0].slots[0].start, zone, criteria.place_state) if times.days else ""
    return page(
        request,
        "when",
        title=_("When?"),
        step=3,
        token=way.token,
        errors=[fault] if fault else [],
        status=409 if fault else 200,
        days=[day_of_times(day.date, day.slots) for day in times.days],
        zone=words.zone_words(zone),
        own_clock=own,
        partial=times.partial,
        more_from=times.more_from.isoformat() if times.more_from else "",
        later="from" in request.GET,
        provider=provider or "",
        provider_name=queries.clinician(provider) if provider else "",
        cards=[_card(card) for card in cards],
        lost=lost,
        near=_near(way, criteria, zone) if lost else [],
        chosen=words.moment_words(way.draft.start, zone) if way.draft.start and way.seen_by else "",
        led_on=way.draft.led_on,
        by_video=way.choices.by_video,
    )


def _near(way: Way, criteria: Criteria, zone: str) -> list[dict[str, str]]:
    """The free times nearest to the one that was lost."""
    if way.draft.start is None:
        return []
    return [
        {"value": sent(each.start), "label": words.moment_words(each.start, zone)}
        for each in alternatives(criteria, way.draft.start, way.now)
    ]


def _card(card: queries.Card) -> dict[str, Any]:
    at = words.day_words(card.next_free.date()), words.time_words(card.next_free)
    return {
        "id": card.id,
        "name": card.name,
        "languages": ", ".join(words.language_words(code) for code in card.languages),
        "about": card.about,
        "supervisor": card.supervisor,
        "next_free": _("%(day)s at %(time)s") % {"day": at[0], "time": at[1]},
    }


def _provider(text: str, way: Way) -> int | None:
    """The clinician asked for, when he is one of those who can be seen."""
    offered = way.standing.answer.providers if way.standing.answer else ()
    return next((each.id for each in offered if str(each.id) == text), None)
