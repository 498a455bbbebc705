"""Step 3: when? All clinicians merged, or one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from moonlit.audit.actor import PUBLIC
from moonlit.availability.queries import alternatives
from moonlit.coverage.queries import facts as current_facts
from moonlit.domain.criteria import Criteria
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.platform.policy import public
from moonlit.widget import queries, services, time_queries, words
from moonlit.widget.free_times import instant, sent, times_shown
from moonlit.widget.guard import patient_page
from moonlit.widget.journey import Page
from moonlit.widget.pages import ErrorLine, page
from moonlit.widget.way import Lost, Way, on_the_way, onward, to


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
    start, named = instant(request.POST.get("start", "")), request.POST.get("provider", "")
    provider = _provider(named, way)
    if named and provider is None:
        return _times_page(request, way, criteria, fault=_not_with(named, way))
    token = _hold(way, criteria, start, provider) if start else _not_free()
    if isinstance(token, ErrorLine):
        return _times_page(request, way, criteria, fault=token, wanted=start, wish=provider)
    if token == way.token:
        return onward(token, way.draft)
    return to(Page.ABOUT, token)


def _hold(way: Way, criteria: Criteria, start: datetime, provider: int | None) -> str | ErrorLine:
    """The token to go on under, or why the time cannot be had."""
    try:
        return services.choose_time(way.draft, way.token, criteria, start, provider, actor=PUBLIC, now=way.now)
    except Refused as refused:
        if refused.code is RefusalCode.AGE_NOT_SERVED:
            return ErrorLine("times", _("This time does not fit the age of the patient. Please choose another one."))
        return _not_free()


def _not_free() -> ErrorLine:
    return ErrorLine("times", _("This time is not free any more. Please choose another one."))


def _not_with(named: str, way: Way) -> ErrorLine:
    """Whoever chose a clinician is never led to another one without a word."""
    found = next((each for each in way.facts.providers if str(each) == named), None)
    sentence = _("%(name)s cannot be booked with these answers any more. Please choose again.")
    return ErrorLine("times", sentence % {"name": _name(found)})


def _name(provider: int | None) -> str:
    """Also of somebody the practice does not know any more."""
    return queries.clinician(provider) if provider and provider in current_facts().providers else _("This clinician")


def _times_page(
    request: HttpRequest,
    way: Way,
    criteria: Criteria,
    *,
    fault: ErrorLine | None = None,
    wanted: datetime | None = None,
    wish: int | None = None,
) -> HttpResponse:
    """`wanted`: the time that was pressed, with the clinician `wish`, and could not be had; the nearest ones stand
    first, as they do when the draft's own time was lost.
    """
    provider = _provider(request.GET.get("provider", ""), way)
    lost = None if fault else _lost(request, way)
    if lost is not None:
        wanted, wish = way.draft.start, provider or way.draft.provider_id
    keep = {"provider": str(provider)} if provider else {}
    times = times_shown(request, criteria, provider=provider, keep=keep, now=way.now)
    cards = time_queries.cards(way.standing, way.facts, way.now)
    view = {"month": times["month_key"]} if times["month"] else {}
    return page(
        request,
        "when",
        title=_("Choose another time") if lost or wanted else _("When?"),
        step=3,
        token=way.token,
        errors=[fault] if fault else [],
        status=409 if fault else 200,
        **times,
        provider=provider or "",
        provider_name=queries.clinician(provider) if provider else "",
        everybody="?" + urlencode(view),
        cards=[_card(card, view) for card in cards],
        several=len(cards) > 1,
        person=next((card for card in cards if card.id == provider), None),
        lost=lost.value if lost else "",
        near=_near(criteria, wanted, wish, way.now) if wanted else None,
        chosen=words.moment_words(way.draft.start, times["time_zone"]) if way.draft.start and way.seen_by else "",
        led_on=way.draft.led_on,
        by_video=way.choices.by_video,
    )


def _lost(request: HttpRequest, way: Way) -> Lost | None:
    """What to say of a chosen time that nobody can take: an old address that says so says nothing new."""
    said = request.GET.get("notice", "")
    if way.lost is None or said not in set(Lost):
        return None
    return Lost.AGE if way.lost is Lost.AGE else Lost.CHANGED if said == Lost.CHANGED else Lost.TAKEN


@dataclass(frozen=True, slots=True)
class _Near:
    """The free times nearest to one that was lost."""

    provider: int | str
    """Whose they are; empty: anybody's."""
    times: list[dict[str, str]]
    instead_of: str
    """The clinician who was chosen and has none of these; empty: nobody was, or they are his."""


def _near(criteria: Criteria, lost: datetime, provider: int | None, now: datetime) -> _Near | None:
    """Those of the clinician who was chosen; where he has none, anybody's. None: there are none within two weeks."""
    for who in dict.fromkeys((provider, None)):
        found = alternatives(replace(criteria, provider=who), lost, now)
        if found:
            labels = words.start_labels([each.start for each in found])
            times = [{"value": sent(each.start), "label": label} for each, label in zip(found, labels, strict=True)]
            return _Near(who or "", times, _name(provider) if provider and not who else "")
    return None


def _card(card: time_queries.Card, view: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": card.id,
        "name": card.name,
        "initials": card.initials,
        "photo": card.photo,
        "languages": ", ".join(words.language_words(code) for code in card.languages),
        "about": card.about,
        "supervisor": card.supervisor,
        "with_interpreter": card.with_interpreter,
        "next_free": words.weekday_and_time_words(card.next_free),
        "link": "?" + urlencode({"provider": card.id, **view}),
    }


def _provider(text: str, way: Way) -> int | None:
    """The clinician asked for, when he is one of those who can be seen."""
    offered = way.standing.answer.providers if way.standing.answer else ()
    return next((each.id for each in offered if str(each.id) == text), None)
