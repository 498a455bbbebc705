"""The tables of the Booking Service."""

from moonlit.booking.models.appointment import Appointment
from moonlit.booking.models.history import AppointmentDecision, AppointmentState
from moonlit.booking.models.links import ManageLink

__all__ = ["Appointment", "AppointmentDecision", "AppointmentState", "ManageLink"]
