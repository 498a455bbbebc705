"""Visits as the EHR has them (rules 5): those made there come in, ours follow what the front desk did."""

from moonlit.booking.services.imports.charts import chart_merged, knows_chart, on_another_chart
from moonlit.booking.services.imports.contacts import ask_for_contact, read_contact
from moonlit.booking.services.imports.follow import follow_visit
from moonlit.booking.services.imports.gone import visit_gone
from moonlit.booking.services.imports.look import Look, Outcome, believed_booked, look_at
from moonlit.booking.services.imports.rules import flag_again
from moonlit.booking.services.imports.visit import import_visit

__all__ = [
    "Look",
    "Outcome",
    "ask_for_contact",
    "believed_booked",
    "chart_merged",
    "flag_again",
    "follow_visit",
    "import_visit",
    "knows_chart",
    "look_at",
    "on_another_chart",
    "read_contact",
    "visit_gone",
]
