"""A link in a message: what the message said, a code to a contact on file, then the visit (rules 4.10)."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import reverse
from django.utils.translation import gettext as _

from moonlit.audit.actor import PUBLIC
from moonlit.booking.join_queries import Joining, joining, links_are_ours
from moonlit.booking.queries import status_by_token, visit_by_manage_token
from moonlit.booking.services import (
    CodeLimit,
    ask_for_join,
    end_session,
    link_lives,
    mint_manage_link,
    request_code,
    verify_code,
)
from moonlit.domain.joining import can_be_joined
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.platform import clock
from moonlit.platform.policy import public
from moonlit.widget import pages, words
from moonlit.widget.calendar_file import calendar_file
from moonlit.widget.forms.manage import ChannelForm, CodeForm, form_data
from moonlit.widget.guard import patient_page
from moonlit.widget.managing import CAN_CANCEL, STANDS, Managed, in_session, todo
from moonlit.widget.pages import error_lines, page
from moonlit.widget.way import see_other


@public
@patient_page
def visit(request: HttpRequest, token: str) -> HttpResponse:
    """No more than the message said; a scanner that opens the link changes nothing and uses nothing up.

    On the day the way in has a name that fits who comes to join, and says nothing of how the visit is held.
    """
    now = clock.now()
    found = visit_by_manage_token(token, now)
    if found is None:
        return pages.link_ended(request)
    return page(
        request,
        "visit",
        title=_("Your appointment"),
        state=found.state,
        moment=words.moment_words(found.start, found.time_zone),
        link=token,
        can_change=found.state in CAN_CANCEL and now < found.start,
        today=found.state in STANDS
        and can_be_joined(found.start, found.end, found.time_zone, now)
        and links_are_ours(),
    )


@public
@patient_page
def code(request: HttpRequest, token: str) -> HttpResponse:
    """Where the code goes: a channel, never an address. The next page is the same whether or not it is on file."""
    if not link_lives(token, clock.now()):
        return pages.link_ended(request)
    form = ChannelForm(**form_data(request))
    if form.is_bound and form.is_valid():
        channel = form.cleaned_data["channel"]
        try:
            request_code(token, channel, actor=PUBLIC, now=clock.now())
        except CodeLimit as limit:
            return pages.too_much(request, limit.retry_after)
        except Refused:  # the link was revoked a moment ago
            return pages.link_ended(request)
        return see_other(reverse("manage_enter", args=[token]) + f"?by={channel}")
    return page(
        request,
        "manage/code",
        title=_("Prove that it is you"),
        errors=error_lines(form),
        status=422 if form.is_bound else 200,
        form=form,
        typed_form="page-form",
        link=token,
        ended=request.GET.get("notice") == "ended",
    )


@public
@patient_page
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """The six digits; right ones open the session."""
    if not link_lives(token, clock.now()):
        return pages.link_ended(request)
    form = CodeForm(**form_data(request))
    if form.is_bound and form.is_valid():
        try:
            session = verify_code(token, form.cleaned_data["code"], actor=PUBLIC, now=clock.now())
        except Refused as refused:
            if refused.code is not RefusalCode.CODE_INVALID:
                return pages.link_ended(request)
            form.add_error("code", _(refused.detail))
        else:
            return see_other(reverse("manage", args=[token, session.token]))
    return page(
        request,
        "manage/enter",
        title=_("Enter the code"),
        errors=error_lines(form),
        status=422 if form.is_bound else 200,
        form=form,
        typed_form="page-form",
        link=token,
        by=request.GET.get("by", ""),
    )


@public
@patient_page
@in_session
def manage(request: HttpRequest, managed: Managed) -> HttpResponse:
    """The visit, and what may be done about it now. Who waits for the link to a video has it asked for."""
    join = joining(managed.visit.appointment, managed.now)
    if join is Joining.WAITING:
        ask_for_join(managed.visit.appointment, now=managed.now)
    return page(
        request,
        "manage/visit",
        title=_("Your appointment"),
        state=managed.visit.state,
        change=managed.visit.change,
        join=join.value,
        asked_to_talk=managed.visit.asked_to_talk and managed.may_cancel,
        may_cancel=managed.may_cancel,
        may_move=managed.may_ask_to_move,
        added=request.GET.get("notice") == "added",
        signed=request.GET.get("notice") == "signed",
        **(todo(managed) if managed.may_add else {}),
        **managed.described(),
    )


@public
@patient_page
@in_session
def manage_calendar(request: HttpRequest, managed: Managed) -> HttpResponse:  # noqa: ARG001  the visit says all
    """The visit for the person's own calendar."""
    found = managed.visit
    if found.state != "booked":
        return managed.to("manage")
    return calendar_file(found.appointment, found.start, found.end, found.time_zone, managed.now)


@public
@patient_page
def booked_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The same from the page of the booking."""
    now = clock.now()
    found = status_by_token(token, now)
    if found is None or found.state != "booked":
        return pages.gone(request)
    return calendar_file(found.appointment, found.start, found.end, found.time_zone, now)


@public
@patient_page
@in_session
def finish(request: HttpRequest, managed: Managed) -> HttpResponse:
    """Ends the session, never the visit."""
    if request.method == "POST":
        end_session(managed.token, managed.session)
        return see_other(reverse("book_cleared"))
    return managed.to("manage")


@public
@patient_page
def change_booked(request: HttpRequest, token: str) -> HttpResponse:
    """From the page of a booking to the same pages as from a message; its own link, for this one way."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    with transaction.atomic():
        found = status_by_token(token, clock.now())
        if found is None:
            return pages.gone(request)
        link = mint_manage_link(found.appointment, actor=PUBLIC, now=clock.now())
    return see_other(reverse("manage_code", args=[link]))
