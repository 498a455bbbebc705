"""Whether what a message says about a visit is still so, judged when it is promised and again when it leaves. Pure.

Every answer is a stable code; "" is: still true.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from moonlit.notifications.kinds import OF_A_STATE, OF_A_TIME, TRUE_IN, Kind

SUPERSEDED = "superseded"
"""Another version of the visit is true now, or its state says otherwise."""
OTHER_TIME = "other_time"
"""The visit begins at another time than the one to be told (rules 6.3)."""
DECIDED = "decided"
"""The EHR has answered meanwhile: the confirmation, or the refusal, says more."""
COMPLETE = "complete"
"""Nothing is left to do before the visit."""
REBOOKED = "rebooked"
"""The person has asked for another time of the same kind meanwhile."""
TOO_LATE = "too_late"
"""The visit has begun, or the window of the reminder has closed."""


@dataclass(frozen=True, slots=True)
class AsTold:
    """What was to be told."""

    kind: Kind
    version: int
    start: datetime | None
    """None: unknown, of a message promised before starts were kept."""
    useless_at: datetime
    """From then on it is of no use: by the time of the visit as it is now."""


@dataclass(frozen=True, slots=True)
class AsItIs:
    """The visit as it stands."""

    state: str
    version: int
    start: datetime
    withdrawn: bool = False
    """The patient wants it no more; the EHR has not answered yet."""
    complete: bool = False
    """Nothing is left to sign or to add. Looked up for TO_COMPLETE only."""
    rebooked: bool = False
    """Looked up for NOT_BOOKED only."""


def why_not(told: AsTold, visit: AsItIs, now: datetime) -> str:
    """Why the message is not to be sent now; "" when it is true and in time."""
    if visit.state not in TRUE_IN[told.kind]:
        return DECIDED if told.kind is Kind.RECEIVED else SUPERSEDED
    if told.kind is Kind.RECEIVED and visit.withdrawn:
        return SUPERSEDED
    if told.kind in OF_A_TIME:
        if told.start is not None and told.start != visit.start:
            return OTHER_TIME
    elif told.kind not in OF_A_STATE and told.version != visit.version:
        return SUPERSEDED
    if visit.rebooked:
        return REBOOKED
    if visit.complete:
        return COMPLETE
    return TOO_LATE if now >= told.useless_at else ""
