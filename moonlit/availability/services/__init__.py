"""The Availability Service's writes: the mirror of the EHR's open time, and what occupies it."""

from moonlit.availability.services.calendars import rebuild
from moonlit.availability.services.gone import slot_back, slot_gone
from moonlit.availability.services.mirror import Answer, MirrorResult, mirror, mirror_failed
from moonlit.availability.services.occupancy import CapReached, TimeTaken, occupy, prolong, release, stale_holds
from moonlit.availability.services.trim import forget_past, move_calendars_on
from moonlit.availability.services.zones import record_department_zone

__all__ = [
    "Answer",
    "CapReached",
    "MirrorResult",
    "TimeTaken",
    "forget_past",
    "mirror",
    "mirror_failed",
    "move_calendars_on",
    "occupy",
    "prolong",
    "rebuild",
    "record_department_zone",
    "release",
    "slot_back",
    "slot_gone",
    "stale_holds",
]
