"""Step 5: everything on one page, each with a way to change it; then it is sent, once."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from moonlit.audit.actor import PUBLIC
from moonlit.booking.requests import BookingRequest
from moonlit.booking.services import SlotTaken
from moonlit.domain.refusals import Refused
from moonlit.platform.policy import public
from moonlit.widget import queries, services
from moonlit.widget.guard import patient_page
from moonlit.widget.journey import Page
from moonlit.widget.pages import ErrorLine, page
from moonlit.widget.summary import summary, told_by
from moonlit.widget.views.keep import hold_words
from moonlit.widget.way import Way, on_the_way, onward, see_other, to


@public
@patient_page
@on_the_way(identified=True)
def check(request: HttpRequest, way: Way) -> HttpResponse:
    """Shown while everything holds: choices, time and answers, by today's facts."""
    asked = way.request
    if way.can_choose_time and way.draft.start is not None and not way.seen_by:
        return to(Page.WHEN, way.token, notice="taken")
    if not isinstance(asked, BookingRequest) or way.next() is not Page.CHECK:
        return onward(way.token, way.draft)
    if way.is_minor:
        return to(Page.ABOUT, way.token, notice="age")
    return _send(request, way, asked) if request.method == "POST" else _check_page(request, way, asked)


def _send(request: HttpRequest, way: Way, asked: BookingRequest) -> HttpResponse:
    try:
        status_token = services.book(way.draft, asked, actor=PUBLIC, now=way.now)
    except SlotTaken:
        return to(Page.WHEN, way.token, notice="taken")
    except Refused as refused:
        return _check_page(request, way, asked, fault=ErrorLine("visit", _(refused.detail)))
    if status_token is None:  # another click was first: its answer is ours
        sent = queries.draft_by_token(way.token, way.now)
        status_token = sent.status_token if sent else None
    return see_other(reverse("book_status", args=[status_token])) if status_token else onward(way.token, way.draft)


def _check_page(
    request: HttpRequest, way: Way, asked: BookingRequest, *, fault: ErrorLine | None = None
) -> HttpResponse:
    seen = way.seen_by[0]
    return page(
        request,
        "check",
        title=_("Check and confirm"),
        step=5,
        token=way.token,
        errors=[fault] if fault else [],
        status=422 if fault else 200,
        sections=summary(way, asked),
        provider=queries.clinician(seen.provider_id),
        supervisor=queries.clinician(seen.decision.supervisor) if seen.decision.supervisor else "",
        or_another=asked.provider is None and len(way.seen_by) > 1,
        self_pay=asked.criteria.self_pay,
        by_video=way.choices.by_video,
        told_by=told_by(asked),
        hold=hold_words(way),
    )
