"""A visit that could not be booked: back to the times with everything typed, or straight to one that is near."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from moonlit.audit.actor import PUBLIC
from moonlit.booking.queries import status_by_token
from moonlit.domain.refusals import Refused
from moonlit.platform import clock
from moonlit.platform.policy import public
from moonlit.widget import pages, queries, services
from moonlit.widget.free_times import instant
from moonlit.widget.guard import patient_page
from moonlit.widget.journey import Page
from moonlit.widget.way import Way, onward, see_other, to


@public
@patient_page
def again(request: HttpRequest, token: str) -> HttpResponse:
    """The answers are kept and only a new time is asked for (rules 4.6). Whoever has the page of the visit sent them,
    so he gets them under a new token; where the draft has died meanwhile the page says what else there is.
    """
    now = clock.now()
    found = status_by_token(token, now)
    if found is None:
        return pages.gone(request)
    draft = queries.draft_to_go_on(token, found.appointment, now)
    fresh = services.give_back(draft, now=now) if request.method == "POST" and draft is not None else None
    if draft is None or fresh is None:
        return see_other(reverse("book_status", args=[token]))
    way = Way(fresh, draft)
    start = instant(request.POST.get("start", ""))
    if start is None or way.criteria is None or not way.can_choose_time:
        return to(Page.WHEN, way.token)
    try:
        services.choose_time(draft, way.token, way.criteria, start, None, actor=PUBLIC, now=now)
    except Refused:
        return to(Page.WHEN, way.token, notice="taken")
    return onward(way.token, draft)
