"""Has somebody rebuilt a clinician's schedule in the EHR (rules 3.7)? Bookings come and go one by one, it does not."""

from __future__ import annotations

from datetime import timedelta

LOOKED_AT = timedelta(days=30)
SHARE = 0.2
AT_LEAST = 5
"""Open times; with fewer, two phone calls would look like a new schedule."""


def template_changed(*, before: int, appeared: int, vanished: int) -> bool:
    """Whether more than a fifth of a provider's next 30 days came or went in one cycle.

    `before` open times were known; what we booked or froze ourselves is in none of the numbers.
    """
    most = max(appeared, vanished)
    return most >= AT_LEAST and most > SHARE * max(before, before + appeared - vanished)
