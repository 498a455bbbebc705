"""Contacts that nothing is sent to: who, why, since when; staff add one, and lift what staff may lift."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from moonlit.audit.services import record
from moonlit.audit.verbs import Verb as AuditVerb
from moonlit.dashboard.contacts import FAULT, LONGEST, typed_contact
from moonlit.dashboard.pages import page
from moonlit.dashboard.paging import ROWS, Page, asked_page, to_last_page
from moonlit.notifications.contact_queries import StoppedLine, stopped_contacts, stops_on
from moonlit.notifications.models import Message, StoppedContact
from moonlit.notifications.services import OnlyThePersonMay, lift_stop, stop_contact
from moonlit.platform import clock
from moonlit.platform.policy import Verb, may, staff_only
from moonlit.staff.actor import actor_of

UNPROCESSABLE = 422


@staff_only(Verb.MESSAGE_LIST)
@require_http_methods(["GET", "HEAD", "POST"])
def stopped(request: HttpRequest) -> HttpResponse:
    """Every stop that holds; a POST looks for one contact and changes nothing but the audit: it shows it in full."""
    if request.method != "POST":
        return _page(request)
    typed = request.POST.get("contact", "")[:LONGEST]
    contact = typed_contact(typed)
    if not contact:
        return _page(request, typed=typed, find_fault=str(FAULT), http_status=UNPROCESSABLE)
    with transaction.atomic():
        found = stops_on(contact)
        shown = {"stopped": [str(each.id) for each in found]}
        record(AuditVerb.MESSAGE_LISTED, actor=actor_of(request), subject="contacts", facts=shown)
    return _page(request, typed=typed, found=found)


@staff_only(Verb.CONTACT_CHANGE)
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Somebody has told us, on the phone say, to send nothing more to an address or number."""
    typed = request.POST.get("contact", "")[:LONGEST]
    contact = typed_contact(typed)
    if not contact:
        return _page(request, to_stop=typed, stop_fault=str(FAULT), http_status=UNPROCESSABLE)
    channel = Message.Channel.EMAIL if "@" in contact else Message.Channel.SMS
    reason = StoppedContact.Reason.STAFF
    if stop_contact(channel, contact, reason, "", actor=actor_of(request), now=clock.now()):
        messages.success(request, _("Stopped: nothing is sent there any more, for everyone who uses it."))
    else:
        messages.info(request, _("Nothing is sent there already; nothing was changed."))
    return redirect("dashboard:stopped")


@staff_only(Verb.CONTACT_CHANGE)
@require_POST
def lift(request: HttpRequest, stopped_id: UUID) -> HttpResponse:
    try:
        if lift_stop(stopped_id, actor=actor_of(request), now=clock.now()):
            messages.success(request, _("Lifted: messages go there again, as far as the person agreed to them."))
        else:
            messages.info(request, _("This stop was already lifted."))
    except OnlyThePersonMay:
        messages.error(
            request,
            _("Only the person can take this back: texts, by texting START to our number. Nothing was changed."),
        )
    return redirect("dashboard:stopped")


def _page(
    request: HttpRequest,
    *,
    typed: str = "",
    found: list[StoppedLine] | None = None,
    find_fault: str = "",
    to_stop: str = "",
    stop_fault: str = "",
    http_status: int = 200,
) -> HttpResponse:
    number = asked_page(request)
    if found is not None:
        rows = found
        here = Page(1, len(rows))
    else:
        rows, total = stopped_contacts(limit=ROWS, offset=Page(number).offset)
        here = Page(number, total)
    if here.past_the_end:
        return to_last_page(request, here)
    return page(
        request,
        "stopped.html",
        section="messages",
        now=clock.now(),
        http_status=http_status,
        part="stopped",
        rows=rows,
        here=here,
        looked=found is not None,
        typed=typed,
        find_fault=find_fault,
        to_stop=to_stop,
        stop_fault=stop_fault,
        may_change=may(request, Verb.CONTACT_CHANGE),
    )
