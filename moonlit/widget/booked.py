"""What somebody needs to know once the visit is booked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from moonlit.booking.before_visit import before_visit
from moonlit.booking.queries import PublicStatus
from moonlit.domain.business_time import estimate_due
from moonlit.domain.zones import local_date
from moonlit.practice.office import office
from moonlit.widget import words


def next_steps(found: PublicStatus, now: datetime) -> dict[str, Any]:
    """What is still open, what comes by itself, and whether the visit may still be changed."""
    return {
        "open": before_visit(found.appointment),
        "estimate": estimate_words(found) if found.self_pay else "",
        "self_pay": found.self_pay,
        "change": found.change or "",
        "ahead": now < found.start,
    }


def estimate_words(found: PublicStatus) -> str:
    """When the good-faith estimate of a self-pay visit comes (rules 4.15)."""
    hours = office()
    due = estimate_due(local_date(found.asked_at, hours.zone), local_date(found.start, found.time_zone), hours)
    if due is None:
        return _("You may ask us for a written estimate of the price at any time.")
    return _("We send you a written estimate of the price by %(day)s.") % {"day": words.day_words(due)}
