"""What staff see of appointments. Whoever is shown is audited in the same transaction as the read."""

from moonlit.booking.staff_queries.care import Care, Written, care_of
from moonlit.booking.staff_queries.detail import AppointmentDetail, Decision, Step, appointment_detail
from moonlit.booking.staff_queries.lists import Attention, StaffRow, list_appointments, needing_a_hand
from moonlit.booking.staff_queries.reaching import VisitReaching, visit_reaching
from moonlit.booking.staff_queries.reviews import BillingLine, ReviewRow, open_reviews, review_counts

__all__ = [
    "AppointmentDetail",
    "Attention",
    "BillingLine",
    "Care",
    "Decision",
    "ReviewRow",
    "StaffRow",
    "Step",
    "VisitReaching",
    "Written",
    "appointment_detail",
    "care_of",
    "list_appointments",
    "needing_a_hand",
    "open_reviews",
    "review_counts",
    "visit_reaching",
]
