"""What we send: what needs a hand, what waits, what went; one message with its whole way; sending it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from moonlit.dashboard.message_words import CHANNEL, MESSAGE, RESEND, why
from moonlit.dashboard.pages import page
from moonlit.dashboard.paging import ROWS, Page, asked_page, to_last_page
from moonlit.notifications.contact_queries import stops_on
from moonlit.notifications.services import Resend, resend
from moonlit.notifications.staff_queries import (
    MOST_COUNTED,
    Wanted,
    list_messages,
    one_message,
    pile_counts,
    untold,
    untold_count,
    vendor_health,
)
from moonlit.platform import clock
from moonlit.platform.policy import Verb, may, staff_only
from moonlit.staff.actor import actor_of

SHOW: Mapping[str, Promise] = {
    "hand": gettext_lazy("Need a hand"),
    "waiting": gettext_lazy("Waiting"),
    "sent": gettext_lazy("Sent"),
    "withheld": gettext_lazy("Not sent on purpose"),
    "nobody": gettext_lazy("Told to nobody"),
}
PERIODS: Mapping[str, Promise] = {
    "7": gettext_lazy("The last 7 days"),
    "30": gettext_lazy("The last 30 days"),
    "90": gettext_lazy("The last 90 days"),
    "": gettext_lazy("Always"),
}
USUAL_PERIOD = "30"
CONFLICT = 409


@staff_only(Verb.MESSAGE_LIST)
@require_safe
def message_list(request: HttpRequest) -> HttpResponse:
    """`show` is one of SHOW, narrowed by `kind`, `channel`, `days` (of PERIODS); what is none of these is said."""
    now, faults = clock.now(), dict[str, str]()
    show = _one_of(request, "show", SHOW, "hand", faults, _("There is no such list. What needs a hand is shown."))
    kind = _one_of(request, "kind", MESSAGE, "", faults, _("There is no such kind. All are shown."))
    channel = _one_of(request, "channel", CHANNEL, "", faults, _("There is no such way. All are shown."))
    days = _one_of(request, "days", PERIODS, USUAL_PERIOD, faults, _("There is no such period. 30 days are shown."))
    wanted = Wanted(kind=kind, channel=channel, since=now - timedelta(days=int(days)) if days else None)
    counts = pile_counts(wanted) | {"nobody": untold_count(wanted)}
    here = Page(asked_page(request), min(counts[show], MOST_COUNTED), more=counts[show] > MOST_COUNTED)
    if here.past_the_end:
        return to_last_page(request, here)
    window = {"limit": ROWS, "offset": here.offset}
    rows: list[Any] = []
    if show == "nobody":
        rows = untold(wanted, **window)
    else:
        rows = list_messages(show, wanted, actor=actor_of(request), **window)
    return page(
        request,
        "messages.html",
        section="messages",
        now=now,
        part="messages",
        here=here,
        show=show,
        shows=[(key, label, _counted(counts[key])) for key, label in SHOW.items()],
        kind=kind,
        kinds=MESSAGE.items(),
        channel=channel,
        channels=CHANNEL.items(),
        days=days,
        periods=PERIODS.items(),
        faults=faults,
        vendors=vendor_health(),
        rows=rows,
    )


@staff_only(Verb.MESSAGE_READ)
@require_safe
def message(request: HttpRequest, message_id: UUID) -> HttpResponse:
    return _message_page(request, message_id)


@staff_only(Verb.MESSAGE_RESEND)
@require_POST
def send_again(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """`anyway`: also when it may have arrived already. What was refused is said on the message's page."""
    anyway = request.POST.get("anyway") == "1"
    try:
        answer, reason = resend(message_id, actor=actor_of(request), now=clock.now(), anyway=anyway)
    except ObjectDoesNotExist:
        raise Http404 from None
    if answer is not Resend.RESENT:
        fault = " ".join(filter(None, (str(RESEND[answer.value]), f"{why(reason)}." if reason else "")))
        return _message_page(request, message_id, fault=fault, http_status=CONFLICT)
    messages.success(request, _("It is on its way again. What becomes of it shows here."))
    return redirect("dashboard:message", message_id)


def _message_page(request: HttpRequest, message_id: UUID, *, fault: str = "", http_status: int = 200) -> HttpResponse:
    found = one_message(message_id, actor=actor_of(request))
    if found is None:
        raise Http404
    row, timeline = found
    stops = stops_on(row.to) if row.needs_a_hand else []
    return page(
        request,
        "message.html",
        section="messages",
        now=clock.now(),
        http_status=http_status,
        part="messages",
        row=row,
        timeline=timeline,
        fault=fault,
        stops=stops,
        may_resend=row.needs_a_hand and not stops and may(request, Verb.MESSAGE_RESEND),
    )


def _counted(number: int) -> str:
    return str(number) if number <= MOST_COUNTED else f"{MOST_COUNTED}+"


def _one_of(
    request: HttpRequest, name: str, known: Mapping[str, Any], usual: str, faults: dict[str, str], fault: str
) -> str:
    """The filter's value; the usual one, and a sentence in `faults`, for a value that is none."""
    given = request.GET.get(name, usual)
    if given in known or given == usual:
        return given
    if given:
        faults[name] = fault
    return usual
