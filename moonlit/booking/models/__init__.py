"""The tables of the Booking Service."""

from moonlit.booking.models.appointment import Appointment
from moonlit.booking.models.chart_writes import ChartWrite
from moonlit.booking.models.codes import ManageSession, OneTimeCode
from moonlit.booking.models.freezes import SlotFreeze
from moonlit.booking.models.history import AppointmentDecision, AppointmentState
from moonlit.booking.models.links import ManageLink
from moonlit.booking.models.reviews import RedecisionRun, VisitReview

__all__ = [
    "Appointment",
    "AppointmentDecision",
    "AppointmentState",
    "ChartWrite",
    "ManageLink",
    "ManageSession",
    "OneTimeCode",
    "RedecisionRun",
    "SlotFreeze",
    "VisitReview",
]
