"""What stands at an address that leads nowhere: for staff in their frame, for everybody else in the patients'."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import render
from django.utils.translation import gettext as _

from moonlit.config.middleware import STAFF_PREFIX
from moonlit.dashboard import pages as staff_pages
from moonlit.platform import clock
from moonlit.practice.queries import has_practice, last_known, practice
from moonlit.widget import pages, words


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 Django passes it by name
    """Django calls it for every 404 that a view or the list of addresses raises, outside the API too."""
    if request.path_info.startswith(STAFF_PREFIX) and request.user.is_authenticated:
        return staff_pages.page(request, "not_found.html", section="", now=clock.now(), http_status=404)
    if not has_practice():
        return HttpResponseNotFound("There is nothing at this address.\n", content_type="text/plain; charset=utf-8")
    if not request.path_info.startswith(STAFF_PREFIX):
        # Inside a clinic's frame a link that leads nowhere must say so too.
        request.framed_by = practice().embed_origins  # type: ignore[attr-defined]
    return pages.page(request, "not_found", title=_("This page does not exist"), status=404, languages=[])


def server_error(request: HttpRequest) -> HttpResponse:
    """Asks no database, which may be what failed: the phone is the one that this process read last, if it did."""
    phone = here.phone if (here := last_known()) else ""
    return render(request, "500.html", {"phone": phone, "phone_link": words.phone_link(phone)}, status=500)
