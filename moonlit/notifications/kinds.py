"""What a message can be about."""

from enum import StrEnum


class Kind(StrEnum):
    CONFIRMATION = "confirmation"
    """To the patient: the visit is booked. The practice says who owns it (rules 6.2)."""
    LEAD_ALERT = "lead_alert"
    """To the front desk: somebody left a request."""
