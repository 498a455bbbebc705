"""What every staff page has: who is signed in, where one may go, on which clock times stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from moonlit.platform.policy import Verb, may
from moonlit.practice.queries import practice


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    """Also the name of its address."""
    verb: Verb
    label: str | Promise


SECTIONS = (
    Section("today", Verb.TODAY_READ, _("Today")),
    Section("appointments", Verb.APPOINTMENT_LIST, _("Appointments")),
    Section("leads", Verb.LEAD_LIST, _("Leads")),
    Section("messages", Verb.MESSAGE_LIST, _("Messages")),
    Section("reviews", Verb.REVIEW_LIST, _("Coverage changes")),
    Section("restrictions", Verb.RESTRICTION_READ, _("Restrictions")),
    Section("tasks", Verb.TASK_LIST, _("Tasks")),
)


def office_zone() -> str:
    """The practice's zone, in which staff read what is not a visit's own time; UTC before the first load."""
    try:
        return practice().time_zone
    except ObjectDoesNotExist:
        return "UTC"


def page(
    request: HttpRequest, template: str, *, section: str, now: datetime, http_status: int = 200, **content: Any
) -> HttpResponse:
    """A page of the dashboard in its frame. `section` is marked as the current one."""
    frame = {
        "sections": [each for each in SECTIONS if may(request, each.verb)],
        "section": section,
        "now": now,
        "zone": office_zone(),
    }
    return render(request, f"dashboard/{template}", frame | content, status=http_status)
