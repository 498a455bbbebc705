"""What became of a change: the page turns by itself until the EHR has said so."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from moonlit.booking.link_queries import ChangeStatus, ChangeWord, change_status
from moonlit.platform import clock
from moonlit.platform.policy import public
from moonlit.widget import pages, queries, words
from moonlit.widget.guard import patient_page
from moonlit.widget.looking import look_of, seconds_until
from moonlit.widget.pages import page
from moonlit.widget.parts import varied, wants_part

UNDER_WAY = frozenset({ChangeWord.CANCELLING, ChangeWord.MOVING})


@public
@patient_page
def progress(request: HttpRequest, token: str) -> HttpResponse:
    """`Cancelled` and `moved` are said when the EHR has done it, and not before; until then the old time stands. Asked
    for by the page itself, only what has changed since comes back.
    """
    found = change_status(token, clock.now())
    if found is None:
        return pages.link_ended(request)
    looking = _looking(request, token) if found.word in UNDER_WAY else {}
    if looking and wants_part(request):
        return varied(render(request, "widget/_look.html", looking))
    return varied(_progress_page(request, token, found, looking))


def _looking(request: HttpRequest, token: str) -> dict[str, object]:
    """When the page looks again by itself, with scripts and without."""
    look = look_of(request)
    return {
        "seconds": seconds_until(look, scripts=wants_part(request)),
        "reload_seconds": seconds_until(look, scripts=False),
        "next_look": f"{reverse('manage_progress', args=[token])}?look={look + 1}",
    }


def _progress_page(request: HttpRequest, token: str, found: ChangeStatus, looking: dict[str, object]) -> HttpResponse:
    """A whole page, or for the page that is open already the part that takes the place of what it says."""
    part, visit = wants_part(request), found.visit
    response = page(
        request,
        "manage/progress",
        title={
            ChangeWord.CANCELLING: _("We are cancelling your appointment"),
            ChangeWord.MOVING: _("We are moving your appointment"),
            ChangeWord.CANCELLED: _("Your appointment is cancelled"),
            ChangeWord.MOVED: _("Your appointment is moved"),
            ChangeWord.STANDS: _("Your appointment stands as it was"),
        }[found.word],
        layout="widget/_outcome_part.html" if part else "widget/_outcome_page.html",
        word=found.word.value,
        late=visit.state == "late_cancelled",
        status_token=token,
        moment=words.moment_words(visit.start, visit.time_zone),
        provider=queries.clinician(visit.provider.id),
        supervisor=queries.clinician(visit.supervisor.id) if visit.supervisor else "",
        place=queries.where(visit.location),
        **looking,
    )
    if part:
        response["HX-Retarget"] = "#outcome"
        response["HX-Reswap"] = "innerHTML"
    return response
