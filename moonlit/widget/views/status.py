"""Step 6: the truth about the visit, under a token of its own, and the end of every page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from moonlit.audit.actor import PUBLIC
from moonlit.booking.queries import PublicStatus, status_by_token
from moonlit.domain.business_time import Promise, PromiseKind
from moonlit.domain.zones import local
from moonlit.platform import clock
from moonlit.platform.policy import public
from moonlit.widget import pages, queries, services, words
from moonlit.widget.booked import next_steps
from moonlit.widget.free_times import sent
from moonlit.widget.guard import patient_page
from moonlit.widget.looking import look_of, seconds_until, waiting
from moonlit.widget.pages import page
from moonlit.widget.parts import varied, wants_part
from moonlit.widget.way import Way, on_the_way, see_other


@public
@patient_page
def status(request: HttpRequest, token: str) -> HttpResponse:
    """`Booked` is said when the EHR has accepted, and not before (rules 4.4). Asked for by the page itself, only what
    has changed since comes back.
    """
    found = status_by_token(token, clock.now())
    if found is None:
        return pages.gone(request)
    if found.state == "pending":
        return varied(_pending(request, token, found))
    return varied(_settled(request, token, found))


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
    look, wait = look_of(request), waiting(found.asked_at, found.promise, clock.now())
    following = {"look": look + 1, "said": wait.value}
    looking = {
        "seconds": seconds_until(look, scripts=wants_part(request)),
        "reload_seconds": seconds_until(look, scripts=False),
        "next_look": f"{reverse('book_status', args=[token])}?{urlencode(following)}",
    }
    if wants_part(request) and request.GET.get("said") == wait.value:
        return render(request, "widget/_look.html", looking)
    return _outcome(
        request,
        token,
        found,
        template="pending",
        title=_("We have your request"),
        wait=wait.value,
        promise=promise_words(found.promise) if found.promise else "",
        **looking,
    )


def _settled(request: HttpRequest, token: str, found: PublicStatus) -> HttpResponse:
    if found.state == "booked":
        return _outcome(request, token, found, template="booked", title=_("Booked"), **next_steps(found, clock.now()))
    if found.state == "not_booked":
        return _outcome(
            request,
            token,
            found,
            template="not_booked",
            title=_("Not booked"),
            taken=found.taken,
            can_go_on=queries.draft_to_go_on(token, found.appointment, clock.now()) is not None,
            zone=words.zone_words(found.time_zone),
            near=[
                {
                    "value": sent(each.start),
                    "label": words.weekday_and_time_words(local(each.start, found.time_zone)),
                }
                for each in found.alternatives
            ],
        )
    return _outcome(request, token, found, template="over", title=_("Your appointment"), state=found.state)


def _outcome(
    request: HttpRequest, token: str, found: PublicStatus, *, template: str, title: str, **context: Any
) -> HttpResponse:
    """A whole page, or for the page that is open already the part that takes the place of what it says."""
    part = wants_part(request)
    response = page(
        request,
        template,
        title=title,
        step=6,
        layout="widget/_outcome_part.html" if part else "widget/_outcome_page.html",
        status_token=token,
        **_described(found),
        **context,
    )
    if part:
        response["HX-Retarget"] = "#outcome"
        response["HX-Reswap"] = "innerHTML"
    return response


def _described(found: PublicStatus) -> dict[str, Any]:
    return {
        "moment": words.moment_words(found.start, found.time_zone),
        "own_clock": words.own_clock(found.start, found.time_zone, found.place_state),
        "provider": found.provider.name,
        "supervisor": found.supervisor.name if found.supervisor else "",
        "instead_of": found.instead_of.name if found.instead_of else "",
        "by_video": found.modality == "telehealth",
        "place": queries.where(found.location),
    }


def promise_words(promise: Promise) -> str:
    """When we answer: today by 5:00 PM Mountain Time, or by then on the next business day."""
    at = local(promise.at, promise.zone)
    named = {"time": words.time_words(at), "zone": words.zone_words(promise.zone), "day": words.day_words(promise.day)}
    if promise.kind is PromiseKind.TODAY:
        return _("today by %(time)s %(zone)s") % named
    return _("by %(time)s %(zone)s on the next business day, %(day)s") % named
