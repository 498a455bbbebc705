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
from moonlit.widget.revision import draft_revision
from moonlit.widget.summary import summary, told_by
from moonlit.widget.views.keep import hold_words
from moonlit.widget.way import Way, on_the_way, onward, see_other, to


@public
@patient_page
@on_the_way(identified=True)
def check(request: HttpRequest, way: Way) -> HttpResponse:
    """Shown while everything holds: choices, time and answers, by today's facts."""
    asked, elsewhere = way.request, _elsewhere(way)
    if elsewhere is not None or not isinstance(asked, BookingRequest):
        return _sent_by_another(way) or elsewhere or onward(way.token, way.draft)
    return _send(request, way, asked) if request.method == "POST" else _check_page(request, way, asked)


def _elsewhere(way: Way) -> HttpResponse | None:
    """Where the draft lacks something, or its time is gone; None when all of it holds."""
    if way.is_minor:
        return to(Page.ABOUT, way.token, notice="age")
    if way.can_choose_time and way.lost is not None:
        return to(Page.WHEN, way.token, notice=way.lost)
    if not isinstance(way.request, BookingRequest) or way.next() is not Page.CHECK:
        return onward(way.token, way.draft)
    return None


def _send(request: HttpRequest, way: Way, asked: BookingRequest) -> HttpResponse:
    if request.POST.get("revision") != draft_revision(way.draft):
        changed = _("Your answers changed in another tab. Please look at them once more.")
        return _check_page(request, way, asked, fault=ErrorLine("visit", changed), status=409)
    try:
        status_token = services.book(way.draft, asked, actor=PUBLIC, now=way.now)
    except SlotTaken:
        return to(Page.WHEN, way.token, notice="taken")
    except Refused as refused:
        return _check_page(request, way, asked, fault=ErrorLine("visit", _(refused.detail)), status=422)
    if status_token is None:
        return _sent_by_another(way) or onward(way.token, way.draft)
    return _to_status(status_token)


def _sent_by_another(way: Way) -> HttpResponse | None:
    """The page of the visit that another click has asked for since we read the draft: its answer is ours.

    Its booking uses up our hold, so from the draft as we read it the time looks taken by a stranger.
    """
    draft = queries.draft_by_token(way.token, way.now)
    if draft is None or not draft.status_token or queries.may_be_changed(draft, way.now):
        return None
    return _to_status(draft.status_token)


def _to_status(status_token: str) -> HttpResponse:
    return see_other(reverse("book_status", args=[status_token]))


def _check_page(
    request: HttpRequest, way: Way, asked: BookingRequest, *, fault: ErrorLine | None = None, status: int = 200
) -> HttpResponse:
    seen = way.seen_by[0]
    return page(
        request,
        "check",
        title=_("Check and confirm"),
        step=5,
        token=way.token,
        errors=[fault] if fault else [],
        status=status,
        revision=draft_revision(way.draft),
        sections=summary(way, asked),
        provider=queries.clinician(seen.provider_id),
        supervisor=queries.clinician(seen.decision.supervisor) if seen.decision.supervisor else "",
        or_another=asked.provider is None and len(way.seen_by) > 1,
        self_pay=asked.criteria.self_pay,
        by_video=way.choices.by_video,
        told_by=told_by(asked),
        hold=hold_words(way),
        hold_back=Page.CHECK.value,
    )
