"""Into the video of a visit, on its day. The address is a secret: it stands in a redirect and nowhere else."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from moonlit.booking.join_queries import Joining, joining, where_to_join
from moonlit.platform.policy import public
from moonlit.widget import pages
from moonlit.widget.guard import patient_page
from moonlit.widget.managing import Managed, in_session


@public
@patient_page
@in_session
def join(request: HttpRequest, managed: Managed) -> HttpResponse:
    """302 to the EHR's video, without a word of where from. Where it is not open yet, the visit's page says so."""
    address = where_to_join(managed.visit.appointment, managed.now)
    if address:
        response = HttpResponseRedirect(address)
        response["Referrer-Policy"] = "no-referrer"
        return response
    if joining(managed.visit.appointment, managed.now) is Joining.NONE:
        return pages.link_ended(request)
    return managed.to("manage")
