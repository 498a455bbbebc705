"""What staff see of appointments. Whoever is shown is audited in the same transaction as the read."""

from moonlit.booking.staff_queries.detail import AppointmentDetail, Decision, Step, appointment_detail
from moonlit.booking.staff_queries.lists import Attention, StaffRow, list_appointments, needing_a_hand

__all__ = [
    "AppointmentDetail",
    "Attention",
    "Decision",
    "StaffRow",
    "Step",
    "appointment_detail",
    "list_appointments",
    "needing_a_hand",
]
