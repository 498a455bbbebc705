"""What we may ask of a vendor: a token bucket per second and a count per UTC day, shared by all processes.

Three lanes draw on it. The lower ones leave a reserve, so that synchronising can never starve the commit of a booking.
The bucket holds one second's worth: after an idle spell that much may leave at once.
"""

import enum
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.db import connection

from moonlit.platform.vendor_models import VendorBudget


class Lane(enum.Enum):
    """Who asks; the value is the share of each limit left untouched for the lanes above."""

    COMMIT = 0.0
    LOOK = 0.2
    SYNC = 0.4


DAY_RESERVE = {Lane.COMMIT: 0.0, Lane.LOOK: 0.05, Lane.SYNC: 0.2}

_FILLED = "LEAST(%(capacity)s, tokens + GREATEST(0, EXTRACT(EPOCH FROM %(now)s - refilled_at)) * %(rate)s)"
_USED = "CASE WHEN day = %(today)s THEN used ELSE 0 END"
_TAKE = f"""
UPDATE platform_vendorbudget
SET tokens = {_FILLED} - %(cost)s, refilled_at = GREATEST(refilled_at, %(now)s), day = %(today)s, used = {_USED} + 1
WHERE vendor = %(vendor)s AND {_FILLED} >= %(need)s AND {_USED} < %(day_allowed)s
"""  # noqa: S608  built from constants only


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits of one vendor. `per_second` and `per_day`: 0 means no limit."""

    vendor: str
    per_second: float
    per_day: int

    def take(self, lane: Lane, now: datetime) -> float:
        """Draw one call. Returns 0.0 when granted (and counted), else how many seconds to wait before asking again."""
        today = now.astimezone(UTC).date()
        rate = self.per_second
        capacity = max(1.0, rate)
        need = min(capacity, 1 + lane.value * capacity) if rate else 0.0
        day_allowed = int(self.per_day * (1 - DAY_RESERVE[lane])) if self.per_day else 2**31 - 1
        values = {
            "vendor": self.vendor,
            "now": now,
            "today": today,
            "rate": rate,
            "capacity": capacity,
            "cost": 1.0 if rate else 0.0,
            "need": need,
            "day_allowed": day_allowed,
        }
        if self._draw(values):
            return 0.0
        row, _ = VendorBudget.objects.get_or_create(
            vendor=self.vendor, defaults={"tokens": capacity, "refilled_at": now, "day": today}
        )
        if self._draw(values):
            return 0.0
        if not rate or (row.day == today and row.used >= day_allowed):
            return _until_midnight(now)
        filled = min(capacity, row.tokens + max(0.0, (now - row.refilled_at).total_seconds()) * rate)
        return max(0.001, (need - filled) / rate)

    @staticmethod
    def _draw(values: dict[str, object]) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, values)
            return bool(cursor.rowcount)


def _until_midnight(now: datetime) -> float:
    utc = now.astimezone(UTC)
    return (datetime.combine(utc.date() + timedelta(days=1), time(), UTC) - utc).total_seconds()
