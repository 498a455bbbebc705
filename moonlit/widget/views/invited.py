"""Where the link of an invitation leads: step 1 with the insurance the person waited for, and nothing else about them
(rules 2, 8; docs/decisions/0020).
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from moonlit.leads.queries import lead_by_token
from moonlit.platform import clock
from moonlit.platform.policy import public
from moonlit.widget.guard import patient_page
from moonlit.widget.pages import page
from moonlit.widget.views.pay import begin


@public
@patient_page
def invited(request: HttpRequest, token: str) -> HttpResponse:
    """A GET creates nothing, however often a mail filter looks; a press begins a draft that is the lead's, if he waits
    still. Nothing here tells whether he does.
    """
    link = lead_by_token(token, clock.now())
    if link is None:
        return page(request, "invitation_over", title=_("This link has ended"), status=404)
    here = reverse("book_invited", args=[token])
    return begin(request, here, payer=link.payer, self_pay=link.self_pay, lead=link.lead, invited=True)
