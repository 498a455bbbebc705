"""People who asked to hear from us."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from moonlit.dashboard.lines import lines
from moonlit.dashboard.pages import page
from moonlit.dashboard.paging import ROWS, Page, asked_page, to_last_page
from moonlit.dashboard.words import LEAD_STATUS, said
from moonlit.leads.models import Lead
from moonlit.leads.queries import list_leads, one_lead
from moonlit.leads.services import SET_BY_STAFF, set_status
from moonlit.notifications.queries import about
from moonlit.platform import clock
from moonlit.platform.policy import Verb, may, staff_only
from moonlit.staff.actor import actor_of

CONFLICT = 409
UNPROCESSABLE = 422


@staff_only(Verb.LEAD_LIST)
@require_safe
def leads(request: HttpRequest) -> HttpResponse:
    """`status` is a lead's status, waiting ones unless given; empty: all."""
    status = request.GET.get("status", Lead.Status.PENDING.value)
    fault = ""
    if status and status not in Lead.Status.values:
        fault, status = _("There is no such status. All leads are shown."), ""
    number = asked_page(request)
    rows, total = list_leads(actor=actor_of(request), status=status, limit=ROWS, offset=Page(number).offset)
    here = Page(number, total)
    if here.past_the_end:
        return to_last_page(request, here)
    return page(
        request,
        "leads.html",
        section="leads",
        now=clock.now(),
        rows=rows,
        here=here,
        status=status,
        statuses=LEAD_STATUS.items(),
        fault=fault,
    )


@staff_only(Verb.LEAD_READ)
@require_safe
def lead(request: HttpRequest, lead_id: UUID) -> HttpResponse:
    return _lead_page(request, lead_id, now=clock.now())


@staff_only(Verb.LEAD_CHANGE)
@require_POST
def change_lead(request: HttpRequest, lead_id: UUID) -> HttpResponse:
    """Set the status, if it is still the one the person saw (`old`)."""
    now = clock.now()
    try:
        old, new = Lead.Status(request.POST.get("old", "")), Lead.Status(request.POST.get("new", ""))
        done = set_status(lead_id, old=old, new=new, actor=actor_of(request))
    except ValueError:
        fault = _("This status cannot be set here. Choose one of the buttons below.")
        return _lead_page(request, lead_id, now=now, fault=fault, http_status=UNPROCESSABLE)
    if not done:
        fault = _(
            "Somebody else changed this lead while you looked at it. Nothing was saved; this is how it stands now."
        )
        return _lead_page(request, lead_id, now=now, fault=fault, http_status=CONFLICT)
    messages.success(request, _("Saved: the lead is now “%(status)s”.") % {"status": said(new.value, LEAD_STATUS)})
    return redirect("dashboard:lead", lead_id)


def _lead_page(
    request: HttpRequest, lead_id: UUID, *, now: datetime, fault: str = "", http_status: int = 200
) -> HttpResponse:
    detail = one_lead(lead_id, actor=actor_of(request))
    if detail is None:
        raise Http404
    may_set = may(request, Verb.LEAD_CHANGE) and detail.row.status != Lead.Status.CONVERTED
    return page(
        request,
        "lead.html",
        section="leads",
        now=now,
        http_status=http_status,
        detail=detail,
        row=detail.row,
        asked=list(lines(detail.criteria)),
        messages_about=about(lead_id),
        choices=[each.value for each in SET_BY_STAFF if each.value != detail.row.status] if may_set else [],
        fault=fault,
    )
