"""English. Every SMS wording ends with how to stop them; the first that fits one segment is taken."""

from datetime import datetime

UPDATE = "{name}: you have an update"
UPDATE_LINE = "You have an update. Open the link to see it."
UPDATE_ACTION = "See the update"
UPDATE_SMS = (
    "{name}: you have an update. {link} Msg & data rates may apply. Reply HELP for help, STOP to opt out.",
    "{name}: you have an update. {link} Reply STOP to opt out.",
    "{name}: you have an update. {link} STOP to end",
)

CONFIRMED_SUBJECT = "{name}: your appointment is booked"
CONFIRMED_LINE = "Your appointment is booked for {when}."
CONFIRMED_ACTION = "See or change your appointment"
CONFIRMED_SMS = (
    "{name}: you are booked for {when}. {link} Msg & data rates may apply. Reply HELP for help, STOP to opt out.",
    "{name}: you are booked for {when}. {link} Reply STOP to opt out.",
    "{name}: booked {when}. {link} STOP to end",
)

FOOTER = "Please do not reply: nobody reads this address."

LEAD_SUBJECT = "{name}: a new request is waiting"
LEAD_LINE = "Somebody left a request. It is on the dashboard."
LEAD_ACTION = "Open the request"

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def long_when(at: datetime) -> str:
    """Tuesday, December 1, 2026 at 9:00 AM MST"""
    return f"{_DAYS[at.weekday()]}, {_MONTHS[at.month - 1]} {at.day}, {at.year} at {_time(at)}"


def short_when(at: datetime) -> str:
    """Tue Dec 1, 9:00 AM MST"""
    return f"{_DAYS[at.weekday()][:3]} {_MONTHS[at.month - 1][:3]} {at.day}, {_time(at)}"


def _time(at: datetime) -> str:
    return f"{at.hour % 12 or 12}:{at.minute:02} {'AM' if at.hour < 12 else 'PM'} {at.tzname()}"
