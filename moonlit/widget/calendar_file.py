"""A visit as a calendar file: when, and the neutral name; nothing that a glance at a shared calendar should tell."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _

from moonlit.platform.env import env
from moonlit.practice.queries import practice

_LONGEST_LINE = 74
"""Bytes; RFC 5545 allows 75."""


def calendar_file(appointment: UUID, start: datetime, end: datetime, now: datetime) -> HttpResponse:
    """A download. Taken again after a change it replaces the entry: the sequence grows with the clock."""
    here = practice()
    title = _("Appointment: %(name)s") % {"name": here.message_name}
    questions = _("Questions: %(phone)s") % {"phone": here.phone}
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Moonlit Scheduler//EN",
        "BEGIN:VEVENT",
        f"UID:{appointment}@{urlsplit(env().base_url).hostname}",
        f"SEQUENCE:{int(now.timestamp())}",
        f"DTSTAMP:{_instant(now)}",
        f"DTSTART:{_instant(start)}",
        f"DTEND:{_instant(end)}",
        f"SUMMARY:{_text(title)}",
        f"DESCRIPTION:{_text(questions)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    body = "".join(f"{_folded(line)}\r\n" for line in lines)
    response = HttpResponse(body.encode(), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    return response


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    for char in "\\;,":
        value = value.replace(char, f"\\{char}")
    return " ".join(value.split())


def _folded(line: str) -> str:
    """Continued after a line end and a space, where it is too long; never inside a character."""
    parts, part = [], ""
    for char in line:
        if len((part + char).encode()) > _LONGEST_LINE:
            parts.append(part)
            part = ""
        part += char
    return "\r\n ".join([*parts, part])
