"""Step 6: the truth about the visit, under a token of its own, and the end of every page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from moonlit.audit.actor import PUBLIC
from moonlit.booking.queries import PublicStatus, status_by_token
from moonlit.domain.business_time import Promise, PromiseKind
from moonlit.domain.zones import local
from moonlit.platform import clock
from moonlit.platform.policy import public
from moonlit.widget import pages, queries, services, words
from moonlit.widget.guard import patient_page
from moonlit.widget.pages import page
from moonlit.widget.way import Way, on_the_way, see_other

LOOKS = (2, 3, 5, 8, 13, 21)
"""Seconds until the page looks again by itself, then it stops: a page that never rests cannot be read aloud."""


@public
@patient_page
def status(request: HttpRequest, token: str) -> HttpResponse:
    """`Booked` is said when the EHR has accepted, and not before (rules 4.4)."""
    found = status_by_token(token, clock.now())
    if found is None:
        return pages.gone(request)
    return _pending(request, token, found) if found.state == "pending" else _settled(request, token, found)


@public
@patient_page
def finish_visit(request: HttpRequest, token: str) -> HttpResponse:
    """Ends the page, never the visit."""
    if request.method == "POST":
        services.finish_visit(token, actor=PUBLIC, now=clock.now())
        return see_other(reverse("book_cleared"))
    return see_other(reverse("book_status", args=[token]))


@public
@patient_page
@on_the_way()
def finish(request: HttpRequest, way: Way) -> HttpResponse:
    """Forgets what was typed and lets the time go, at once."""
    if request.method == "POST":
        services.finish(way.draft, actor=PUBLIC, now=way.now)
        return see_other(reverse("book_cleared"))
    return see_other(reverse("book_pay", args=[way.token]))


@public
@patient_page
def cleared(request: HttpRequest) -> HttpResponse:
    return page(request, "cleared", title=_("Finished"))


def _pending(request: HttpRequest, token: str, found: PublicStatus) -> HttpResponse:
    look = look_of(request)
    response = page(
        request,
        "pending",
        title=_("We have your request"),
        step=6,
        looks=look < len(LOOKS),
        status_token=token,
        promise=promise_words(found.promise) if found.promise else "",
        **_described(found),
    )
    if look < len(LOOKS):
        address = reverse("book_status", args=[token])
        response["Refresh"] = f"{LOOKS[look]}; url={address}?look={look + 1}"
    return response


def _settled(request: HttpRequest, token: str, found: PublicStatus) -> HttpResponse:
    template, title = {
        "booked": ("booked", _("Booked")),
        "not_booked": ("not_booked", _("Not booked")),
    }.get(found.state, ("over", _("Your appointment")))
    near = [words.moment_words(each.start, found.time_zone) for each in found.alternatives]
    return page(
        request, template, title=title, step=6, status_token=token, near=near, state=found.state, **_described(found)
    )


def look_of(request: HttpRequest) -> int:
    """How often the page has looked again by itself; `?look=stop` ends it."""
    text = request.GET.get("look", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else len(LOOKS)


def _described(found: PublicStatus) -> dict[str, Any]:
    place = queries.where(found.location)
    return {
        "moment": words.moment_words(found.start, found.time_zone),
        "provider": found.provider.name,
        "supervisor": found.supervisor.name if found.supervisor else "",
        "by_video": found.modality == "telehealth",
        "place": place,
    }


def promise_words(promise: Promise) -> str:
    """When we answer: today by 5:00 PM Mountain Time, or by then on the next business day."""
    at = local(promise.at, promise.zone)
    named = {"time": words.time_words(at), "zone": words.zone_words(promise.zone), "day": words.day_words(promise.day)}
    if promise.kind is PromiseKind.TODAY:
        return _("today by %(time)s %(zone)s") % named
    return _("by %(time)s %(zone)s on the next business day, %(day)s") % named
