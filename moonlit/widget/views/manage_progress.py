"""What became of a change: the page turns by itself until the EHR has said so."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from moonlit.booking.link_queries import ChangeWord, change_status
from moonlit.platform import clock
from moonlit.platform.policy import public
from moonlit.widget import pages, queries, words
from moonlit.widget.guard import patient_page
from moonlit.widget.pages import page
from moonlit.widget.views.status import LOOKS, look_of


@public
@patient_page
def progress(request: HttpRequest, token: str) -> HttpResponse:
    """`Cancelled` and `moved` are said when the EHR has done it, and not before; until then the old time stands."""
    found = change_status(token, clock.now())
    if found is None:
        return pages.gone(request)
    under_way = found.word in {ChangeWord.CANCELLING, ChangeWord.MOVING}
    look = look_of(request)
    looks = under_way and look < len(LOOKS)
    visit = found.visit
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
        word=found.word.value,
        looks=looks,
        status_token=token,
        moment=words.moment_words(visit.start, visit.time_zone),
        provider=queries.clinician(visit.provider.id),
        supervisor=queries.clinician(visit.supervisor.id) if visit.supervisor else "",
        place=queries.where(visit.location),
    )
    if looks:
        address = reverse("manage_progress", args=[token])
        response["Refresh"] = f"{LOOKS[look]}; url={address}?look={look + 1}"
    return response
