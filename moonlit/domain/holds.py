"""How long time is kept for somebody who is still typing, and how much of it one may keep (rules 4.2)."""

from __future__ import annotations

from datetime import datetime, timedelta

LENGTH = timedelta(minutes=10)
"""What one press gives."""
LONGEST = timedelta(hours=2)
"""From the first press, with everything added since: eleven times more, and as long as a draft of the pages lives.
Nobody can keep time from others for a day by pressing on.
"""
WARN_BEFORE = timedelta(minutes=2)
MOST_PER_CLIENT = 2
"""Of one draft of the pages, or one `client_ref`: the old time is let go after the new one is won."""
MOST_PER_ADDRESS = 20
"""Of one address on the API; a page counts by its draft, for many visitors may share an address."""


def kept_until(placed_at: datetime, now: datetime) -> datetime | None:
    """How long a press at `now` keeps the time first taken at `placed_at`; None: it has been kept long enough."""
    until = min(now + LENGTH, placed_at + LONGEST)
    return until if until > now else None


def is_ending(expires_at: datetime, now: datetime) -> bool:
    """Whether the patient should be warned."""
    return expires_at - now <= WARN_BEFORE


def may_hold(of_client: int, of_address: int) -> bool:
    """Whether one more may be taken beside so many live ones of the same client and of the same address."""
    return of_client < MOST_PER_CLIENT and of_address < MOST_PER_ADDRESS
