"""English. Of the SMS wordings the first that fits one segment is taken."""

from datetime import datetime

from moonlit.notifications.texts.wording import News, Wording

_RATES = " Msg & data rates may apply. Reply HELP for help, STOP to opt out."
_UPDATE = "{name}: you have an update"
UPDATE = Wording(
    subject=_UPDATE,
    line="You have an update. Open the link to see it.",
    action="See the update",
    sms=(
        _UPDATE + ". {link}" + _RATES,
        _UPDATE + ". {link} Reply STOP to opt out.",
        _UPDATE + ". {link} STOP to end",
    ),
)

NEWS = {
    News.BOOKED: Wording(
        subject="{name}: your appointment is booked",
        line="Your appointment is booked for {when}.",
        action="See or change your appointment",
        sms=(
            "{name}: you are booked for {when}. {link}" + _RATES,
            "{name}: you are booked for {when}. {link} Reply STOP to opt out.",
            "{name}: booked {when}. {link} STOP to end",
        ),
    ),
    News.CHANGED: Wording(
        subject="{name}: your appointment has changed",
        line="Your appointment has changed. It is now on {when}.",
        action="See or change your appointment",
        sms=(
            "{name}: your appointment has changed. It is now on {when}. {link} Reply STOP to opt out.",
            "{name}: your appointment is now {when}. {link} STOP to end",
            "{name}: now {when}. {link} STOP to end",
        ),
    ),
    News.STAYS: Wording(
        subject="{name}: your appointment could not be moved",
        line="Your appointment could not be moved. It stays on {when}.",
        action="See or change your appointment",
        sms=(
            "{name}: your appointment could not be moved. It stays on {when}. {link} Reply STOP to opt out.",
            "{name}: not moved, it stays {when}. {link} STOP to end",
            "{name}: still {when}. {link} STOP to end",
        ),
    ),
    News.ANOTHER: Wording(
        subject="{name}: another appointment was booked",
        line="Another appointment was booked in your name. Yours on {when} stands. Did you not ask for it? Call us.",
        action="See or change your appointment",
        sms=(
            "{name}: another appointment was booked in your name. Yours on {when} stands. {link} STOP to end",
            "{name}: another visit was booked, yours stays {when}. {link} STOP to end",
            "{name}: still {when}. {link} STOP to end",
        ),
    ),
    News.CANCELLED: Wording(
        subject="{name}: your appointment is cancelled",
        line="Your appointment on {when} is cancelled.",
        action="See the update",
        sms=(
            "{name}: your appointment on {when} is cancelled. {link} Reply STOP to opt out.",
            "{name}: cancelled, {when}. {link} STOP to end",
        ),
    ),
}

CODE_SUBJECT = "{name}: your code"
CODE_LINE = "Your code is {code}. It works for 10 minutes. We never ask you for it by phone or message."
CODE_SMS = "{name}: your code is {code}. It works for 10 minutes. We never ask you for it."

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
