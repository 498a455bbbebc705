"""A breaker per vendor, shared by all processes: after a row of failures nobody asks for a while, then one tries.

Each step is one statement on one row in autocommit; two processes that act at once cannot both be the one that tries.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q

from moonlit.platform.vendor_models import VendorBreaker

WINDOW = timedelta(minutes=1)

_COUNT_FAILURE = """
INSERT INTO platform_vendorbreaker AS b (vendor, errors, first_error_at, open_until)
VALUES (%(vendor)s, 1, %(now)s, CASE WHEN %(threshold)s <= 1 THEN %(reopen)s::timestamptz END)
ON CONFLICT (vendor) DO UPDATE SET
  errors = CASE WHEN b.first_error_at > %(window_start)s THEN b.errors + 1 ELSE 1 END,
  first_error_at = CASE WHEN b.first_error_at > %(window_start)s THEN b.first_error_at ELSE %(now)s END,
  open_until = CASE
    WHEN b.open_until IS NOT NULL THEN %(reopen)s
    WHEN (CASE WHEN b.first_error_at > %(window_start)s THEN b.errors + 1 ELSE 1 END) >= %(threshold)s THEN %(reopen)s
  END
"""


@dataclass(frozen=True, slots=True)
class Breaker:
    """Opens after `threshold` failures within a minute with no success between them, for `open_for`."""

    vendor: str
    threshold: int = 10
    open_for: timedelta = timedelta(seconds=20)

    def allow(self, now: datetime) -> bool:
        """Whether a call may go out. When the pause has passed, exactly one caller gets True as the trial."""
        open_until = VendorBreaker.objects.filter(vendor=self.vendor).values_list("open_until", flat=True).first()
        if open_until is None:
            return True
        if open_until > now:
            return False
        return bool(
            VendorBreaker.objects.filter(vendor=self.vendor, open_until=open_until).update(
                open_until=now + self.open_for
            )
        )

    def ok(self) -> None:
        """The vendor answered sensibly: the row of failures ends and the breaker closes."""
        VendorBreaker.objects.filter(Q(errors__gt=0) | Q(open_until__isnull=False), vendor=self.vendor).update(
            errors=0, first_error_at=None, open_until=None
        )

    def failed(self, now: datetime) -> None:
        """No answer, or one that says the vendor is ill. A failed trial opens for another pause."""
        with connection.cursor() as cursor:
            cursor.execute(
                _COUNT_FAILURE,
                {
                    "vendor": self.vendor,
                    "now": now,
                    "window_start": now - WINDOW,
                    "threshold": self.threshold,
                    "reopen": now + self.open_for,
                },
            )
