"""Time kept for somebody who is still typing: a hold is the same row as the booking it may become (rules 4.2)."""

from moonlit.booking.services.holds.keeping import extend_hold, release_hold, sweep_holds
from moonlit.booking.services.holds.placing import Held, make_room, place_hold
from moonlit.booking.services.holds.using import held_candidate, time_of_hold, use_hold

__all__ = [
    "Held",
    "extend_hold",
    "held_candidate",
    "make_room",
    "place_hold",
    "release_hold",
    "sweep_holds",
    "time_of_hold",
    "use_hold",
]
