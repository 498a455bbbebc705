"""People who may not book by themselves: found by name and birth date, added, ended. No name stands in an address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from moonlit.dashboard.pages import page
from moonlit.dashboard.words import RESTRICTION
from moonlit.people.inputs import NAME_LIMIT
from moonlit.people.models import SchedulingRestriction
from moonlit.people.restriction_queries import restrictions
from moonlit.people.services import NewRestriction, add_restriction, end_restriction
from moonlit.platform import clock
from moonlit.platform.policy import Verb, may, staff_only
from moonlit.practice.queries import today
from moonlit.staff.actor import actor_of

UNPROCESSABLE = 422
FIELDS = ("kind", "first_name", "last_name", "date_of_birth", "ehr_patient_id", "starts", "ends", "reason")
LONGEST = 400


@staff_only(Verb.RESTRICTION_READ)
@require_http_methods(["GET", "HEAD", "POST"])
def restricted(request: HttpRequest) -> HttpResponse:
    """All that hold; a POST looks for one person and changes nothing: names must not stand in addresses."""
    if request.method != "POST":
        return _page(request)
    looked_for = {name: request.POST.get(name, "").strip() for name in ("first_name", "last_name", "date_of_birth")}
    if not looked_for["first_name"] or not looked_for["last_name"] or _day(looked_for["date_of_birth"]) is None:
        fault = _("Please give first name, last name and date of birth.")
        return _page(request, looked_for=looked_for, find_fault=fault, http_status=UNPROCESSABLE)
    return _page(request, looked_for=looked_for)


@staff_only(Verb.RESTRICTION_CHANGE)
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    typed = {name: request.POST.get(name, "").strip() for name in FIELDS}
    new, faults = _new(typed)
    if new is None:
        return _page(request, typed=typed, faults=faults, http_status=UNPROCESSABLE)
    add_restriction(new, actor=actor_of(request), now=clock.now())
    messages.success(request, _("Saved: the next request of this person waits for you."))
    return redirect("dashboard:restrictions")


@staff_only(Verb.RESTRICTION_CHANGE)
@require_POST
def end(request: HttpRequest, restriction_id: UUID) -> HttpResponse:
    reason = request.POST.get("reason", "").strip()[:LONGEST]
    if end_restriction(restriction_id, reason=reason, actor=actor_of(request), now=clock.now()):
        messages.success(request, _("Ended: this person may book again."))
    else:
        messages.info(request, _("This restriction was already ended."))
    return redirect("dashboard:restrictions")


def _new(typed: Mapping[str, str]) -> tuple[NewRestriction | None, dict[str, str]]:
    """What was typed, or what is wrong with it by field."""
    faults = {}
    for name in ("first_name", "last_name"):
        if not typed[name] or len(typed[name]) > NAME_LIMIT:
            faults[name] = _("Please give the legal name.")
    born, starts = _day(typed["date_of_birth"]), _day(typed["starts"])
    ends = _day(typed["ends"]) if typed["ends"] else None
    if born is None:
        faults["date_of_birth"] = _("Please give the date of birth.")
    if starts is None:
        faults["starts"] = _("Please give the first day.")
    if typed["ends"] and (ends is None or (starts is not None and ends < starts)):
        faults["ends"] = _("The last day must be a date after the first.")
    if typed["kind"] not in SchedulingRestriction.Kind.values:
        faults["kind"] = _("Please choose what holds.")
    if not typed["reason"] or len(typed["reason"]) > LONGEST:
        faults["reason"] = _("Please say why, in at most 400 characters.")
    chart = typed["ehr_patient_id"]
    if chart and not (chart.isascii() and chart.isalnum() and len(chart) <= 40):
        faults["ehr_patient_id"] = _("Please enter the chart's number as the EHR shows it.")
    if faults or born is None or starts is None:
        return None, faults
    return (
        NewRestriction(
            kind=SchedulingRestriction.Kind(typed["kind"]),
            first_name=typed["first_name"],
            last_name=typed["last_name"],
            date_of_birth=born,
            starts=starts,
            ends=ends,
            reason=typed["reason"],
            ehr_patient_id=chart,
        ),
        {},
    )


def _page(
    request: HttpRequest,
    *,
    looked_for: Mapping[str, str] | None = None,
    find_fault: str = "",
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
    http_status: int = 200,
) -> HttpResponse:
    now = clock.now()
    person: dict[str, str | date | None] = {}
    if looked_for and not find_fault:
        person = {**looked_for, "date_of_birth": _day(looked_for["date_of_birth"])}
    return page(
        request,
        "restrictions.html",
        section="restrictions",
        now=now,
        http_status=http_status,
        rows=restrictions(actor=actor_of(request), today=today(now), **person),
        found=bool(person),
        looked_for=looked_for or {},
        find_fault=find_fault,
        typed=typed or {"starts": today(now).isoformat()},
        faults=faults or {},
        kinds=RESTRICTION.items(),
        may_change=may(request, Verb.RESTRICTION_CHANGE),
    )


def _day(text: str) -> date | None:
    """A plain date between 1900 and 2200."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2200 else None
