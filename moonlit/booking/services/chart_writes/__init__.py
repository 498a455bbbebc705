"""What goes to the patient's chart after the visit is booked: insurances and signed forms (rules 4.11, 4.12)."""

from moonlit.booking.services.chart_writes.steps import (
    MAX_TRIES,
    forms_signed,
    open_chart_writes,
    reopen_chart_writes,
    write_again,
    write_to_chart,
)

__all__ = ["MAX_TRIES", "forms_signed", "open_chart_writes", "reopen_chart_writes", "write_again", "write_to_chart"]
