"""What goes to the patient's chart after the visit is booked: insurances, signed forms, later details."""

from moonlit.booking.services.chart_writes.steps import (
    MAX_TRIES,
    details_added,
    forms_signed,
    open_chart_writes,
    reopen_chart_writes,
    write_again,
    write_to_chart,
)

__all__ = [
    "MAX_TRIES",
    "details_added",
    "forms_signed",
    "open_chart_writes",
    "reopen_chart_writes",
    "write_again",
    "write_to_chart",
]
