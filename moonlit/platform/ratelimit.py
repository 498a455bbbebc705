"""Inbound rate limits: token buckets shared by all processes, one statement each."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from moonlit.platform.crypto.blind import blind_index
from moonlit.platform.models import RateBucket
from moonlit.platform.sweeps import sweep

# The bucket fills at capacity/per_seconds. A refused call leaves the tokens as they are, so that hammering on a
# closed door does not keep it closed for the others behind the same address.
_TAKE = """
    INSERT INTO platform_ratebucket AS bucket (name, tokens, updated_at, allowed)
    VALUES (%(name)s, %(capacity)s - 1, %(now)s, TRUE)
    ON CONFLICT (name) DO UPDATE SET (tokens, updated_at, allowed) = (
        SELECT CASE WHEN filled >= 1 THEN filled - 1 ELSE filled END,
               GREATEST(bucket.updated_at, %(now)s),
               filled >= 1
        FROM (SELECT LEAST(
            %(capacity)s::float,
            bucket.tokens + GREATEST(EXTRACT(EPOCH FROM %(now)s - bucket.updated_at), 0)::float * %(rate)s::float
        ) AS filled) AS refill
    )
    RETURNING allowed, tokens
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """True when the call may go on."""

    allowed: bool
    retry_after: int
    """Whole seconds until the next token; 0 when allowed."""

    def __bool__(self) -> bool:
        return self.allowed


def allow(bucket: str, *, capacity: int, per_seconds: float, now: datetime) -> Verdict:
    """Take one token of the bucket: at most `capacity` at once, refilled evenly over `per_seconds`.

    The name may hold an address or a contact; only its keyed hash is stored.
    """
    rate = capacity / per_seconds
    values = {"name": blind_index("ratelimit", bucket), "capacity": capacity, "now": now, "rate": rate}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        allowed, tokens = cursor.fetchone()
    return Verdict(allowed, 0 if allowed else max(1, math.ceil((1 - tokens) / rate)))


@sweep(every_seconds=3600)
def purge_rate_buckets(now: datetime) -> None:
    """Forget buckets nobody used for a day: they are full again."""
    RateBucket.objects.filter(updated_at__lt=now - timedelta(days=1)).delete()
