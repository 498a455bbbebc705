"""Cancelling and moving a visit that is asked for or booked (rules 4.10)."""

from moonlit.booking.services.changes.answer import ChangeAsked
from moonlit.booking.services.changes.cancel import request_cancel
from moonlit.booking.services.changes.move import request_move
from moonlit.booking.services.changes.release import advance_change
from moonlit.booking.services.changes.settle import alert_on_changes
from moonlit.booking.services.changes.staff import ask_staff_to_move

__all__ = [
    "ChangeAsked",
    "advance_change",
    "alert_on_changes",
    "ask_staff_to_move",
    "request_cancel",
    "request_move",
]
