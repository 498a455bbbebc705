"""A visit as a calendar file to keep, from a page that shows it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import get_language

from moonlit.booking.calendar_identity import calendar_identity
from moonlit.notifications.calendar_file import CalendarVisit, invitation


def calendar_file(appointment: UUID, start: datetime, end: datetime, zone: str, now: datetime) -> HttpResponse:
    """A download. Taken again after a change it replaces the entry. It holds no link: who sees the calendar is not
    who may change the visit.
    """
    uid, sequence = calendar_identity(appointment)
    visit = CalendarVisit(uid, sequence, start, end, zone, link="")
    body = invitation(visit, method="PUBLISH", language=get_language() or "en", now=now)
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    return response
