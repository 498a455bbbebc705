"""The list of people who asked to hear from us: narrowed, sorted, or found by an exact contact."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from moonlit.dashboard.contacts import FAULT, LONGEST, typed_contact
from moonlit.dashboard.lead_words import LEAD_REASON, LEAD_STATUS
from moonlit.dashboard.pages import office_zone, page
from moonlit.dashboard.paging import ROWS, Page, asked_page, to_last_page
from moonlit.domain.zones import local_date
from moonlit.leads.queries import Assignee, Sort, Wanted, list_leads
from moonlit.leads.queries.worklist import WAITING
from moonlit.platform import clock
from moonlit.platform.policy import Verb, staff_only
from moonlit.staff.actor import actor_of

UNPROCESSABLE = 422
STATUSES = {WAITING: gettext_lazy("Waiting or contacted"), **LEAD_STATUS, "": gettext_lazy("All")}
REASONS = {"": gettext_lazy("All"), **LEAD_REASON}
ASSIGNEES = {
    "": gettext_lazy("Anybody"),
    "me": gettext_lazy("Me"),
    "nobody": gettext_lazy("Nobody yet"),
}
TO_DO = {
    "": gettext_lazy("All"),
    "due": gettext_lazy("Follow-up is due"),
    "book": gettext_lazy("Can book now, not invited"),
}
SORTS = {
    "oldest": gettext_lazy("Longest waiting first"),
    "newest": gettext_lazy("Newest first"),
    "follow_up": gettext_lazy("Next follow-up first"),
    "opens": gettext_lazy("Who can book soonest first"),
}
_KNOWN: dict[str, tuple[dict[str, Any], str]] = {
    "status": (STATUSES, WAITING),
    "reason": (REASONS, ""),
    "assignee": (ASSIGNEES, ""),
    "todo": (TO_DO, ""),
    "sort": (SORTS, "oldest"),
}
"""Each filter's values, and the one that holds unless told otherwise."""
_FAULTS = {
    "status": gettext_lazy("There is no such status. All leads are shown."),
    "reason": gettext_lazy("There is no such reason. All leads are shown."),
    "assignee": gettext_lazy("There is no such choice of whom it is assigned to. All leads are shown."),
    "todo": gettext_lazy("There is no such list. All leads are shown."),
    "sort": gettext_lazy("There is no such order. The longest waiting come first."),
}


@staff_only(Verb.LEAD_LIST)
@require_http_methods(["GET", "HEAD", "POST"])
def leads(request: HttpRequest) -> HttpResponse:
    """Narrowed by `status`, `reason`, `assignee`, `todo`, sorted by `sort`. A POST looks for one exact contact and
    changes nothing: contacts must not stand in addresses.
    """
    if request.method == "POST":
        return _found(request)
    chosen, faults = _chosen(request)
    now = clock.now()
    wanted = Wanted(
        status=chosen["status"],
        reason=chosen["reason"],
        assignee=Assignee(chosen["assignee"]),
        due_by=local_date(now, office_zone()) if chosen["todo"] == "due" else None,
        invitable=chosen["todo"] == "book",
        sort=Sort(chosen["sort"] or Sort.OLDEST),
    )
    number = asked_page(request)
    rows, total = list_leads(actor=actor_of(request), wanted=wanted, limit=ROWS, offset=Page(number).offset)
    here = Page(number, total)
    if here.past_the_end:
        return to_last_page(request, here)
    return _page(request, rows=rows, here=here, chosen=chosen, faults=faults)


def _found(request: HttpRequest) -> HttpResponse:
    typed = request.POST.get("contact", "")[:LONGEST]
    contact = typed_contact(typed)
    if not contact:
        return _page(request, typed=typed, find_fault=FAULT, here=Page(1), rows=[], http_status=UNPROCESSABLE)
    wanted = Wanted(contact=contact, sort=Sort.NEWEST)
    rows, _total = list_leads(actor=actor_of(request), wanted=wanted, limit=4 * ROWS)
    return _page(request, typed=typed, rows=rows, here=Page(1), looked=True)


def _page(request: HttpRequest, *, http_status: int = 200, **content: Any) -> HttpResponse:
    now = clock.now()
    usual = {name: usual for name, (_values, usual) in _KNOWN.items()}
    filters = [(name, label, _KNOWN[name][0].items()) for name, label in _LABELS.items()]
    frame = {"chosen": usual, "faults": {}, "filters": filters, "today": local_date(now, office_zone())}
    return page(request, "leads.html", section="leads", now=now, http_status=http_status, **(frame | content))


_LABELS = {
    "status": gettext_lazy("Status"),
    "todo": gettext_lazy("To do"),
    "assignee": gettext_lazy("Assigned to"),
    "reason": gettext_lazy("Why it is a lead"),
    "sort": gettext_lazy("Order"),
}


def _chosen(request: HttpRequest) -> tuple[dict[str, str], dict[str, str]]:
    """What each filter says, and a sentence for each that says what is none of its values."""
    chosen, faults = {}, {}
    for name, (values, usual) in _KNOWN.items():
        given = request.GET.get(name, usual)
        if given not in values and given:
            faults[name], given = str(_FAULTS[name]), ""
        chosen[name] = given
    return chosen, faults
