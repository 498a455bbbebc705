"""What people texted to our number: what is to be read first, one of them with who it may be."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from moonlit.dashboard.pages import page
from moonlit.dashboard.paging import ROWS, Page, asked_page, to_last_page
from moonlit.notifications.reply_queries import list_replies, one_reply, unread_replies
from moonlit.notifications.services import mark_read
from moonlit.platform import clock
from moonlit.platform.policy import Verb, staff_only
from moonlit.staff.actor import actor_of


@staff_only(Verb.REPLY_READ)
@require_safe
def replies(request: HttpRequest) -> HttpResponse:
    """`show=unread`: only what waits to be read; everything otherwise."""
    unread = request.GET.get("show") == "unread"
    number = asked_page(request)
    rows, total = list_replies(unread=unread, limit=ROWS, offset=Page(number).offset)
    here = Page(number, total)
    if here.past_the_end:
        return to_last_page(request, here)
    return page(
        request,
        "replies.html",
        section="messages",
        now=clock.now(),
        part="replies",
        rows=rows,
        here=here,
        unread=unread,
        unread_count=unread_replies(),
    )


@staff_only(Verb.REPLY_READ)
@require_safe
def reply(request: HttpRequest, reply_id: UUID) -> HttpResponse:
    found = one_reply(reply_id, actor=actor_of(request))
    if found is None:
        raise Http404
    return page(request, "reply.html", section="messages", now=clock.now(), part="replies", reply=found)


@staff_only(Verb.REPLY_READ)
@require_POST
def read(request: HttpRequest, reply_id: UUID) -> HttpResponse:
    """Somebody has read it and done what it asks for: it waits no longer, nor what else of its number was shown."""
    try:
        until = datetime.fromisoformat(request.POST.get("until", ""))
    except ValueError:
        until = None
    if until is not None and until.tzinfo is None:
        until = None
    if mark_read(reply_id, until=until, actor=actor_of(request), now=clock.now()):
        messages.success(request, _("Done: what this number wrote is marked as read."))
    else:
        messages.info(request, _("Nothing was changed: somebody has read this text already."))
    return redirect("dashboard:replies")
