"""English. Of the SMS wordings the first that fits one segment is taken."""

from datetime import date, datetime

from moonlit.notifications.texts.wording import News, Reply, Wording, ended

_RATES = " Msg & data rates may apply. HELP for help, STOP to end."
_HELP = " HELP for help, STOP to end."
_STOP = " Reply STOP to opt out."
_END = " STOP to end"


def _sms(*wordings: str) -> tuple[str, ...]:
    return ended(wordings, (_STOP, _END))


def _first_sms(*wordings: str) -> tuple[str, ...]:
    """Of a message that can be the first one."""
    return ended(wordings, (_RATES, _HELP, _END))


_UPDATE = "{name}: you have an update"
UPDATE = Wording(
    subject=_UPDATE,
    line="You have an update. Open the link to see it.",
    action="See the update",
    sms=_first_sms(_UPDATE + ". {link}"),
)

_SEE_OR_CHANGE = "See or change your appointment"
NEWS = {
    News.RECEIVED: Wording(
        subject="{name}: we have your request",
        line="We have your request for {when} and hold the time for you. It is not booked yet. We will tell you when "
        "it is.",
        action="See your request",
        sms=_first_sms(
            "{name}: we have your request for {when}. It is not booked yet. {link}",
            "{name}: we have your request for {when}. Not booked yet. {link}",
            "{name}: pending, {when}. {link}",
        ),
    ),
    News.NOT_BOOKED: Wording(
        subject="{name}: the time could not be booked",
        line="We are sorry. Your request for {when} could not be booked. You do not have an appointment at that time.",
        action="Choose another time",
        sms=_sms(
            "{name}: sorry, {when} could not be booked. Choose another time: {link}",
            "{name}: {when} could not be booked. Other times: {link}",
            "{name}: {when} not booked. {link}",
        ),
    ),
    News.BOOKED: Wording(
        subject="{name}: your appointment is booked",
        line="Your appointment is booked for {when}.",
        action=_SEE_OR_CHANGE,
        sms=_first_sms(
            "{name}: you are booked for {when}. {link}",
            "{name}: booked {when}. {link}",
        ),
    ),
    News.CHANGED: Wording(
        subject="{name}: your appointment has changed",
        line="Your appointment has changed. It is now on {when}.",
        action=_SEE_OR_CHANGE,
        sms=_sms(
            "{name}: your appointment has changed. It is now on {when}. {link}",
            "{name}: your appointment is now {when}. {link}",
            "{name}: now {when}. {link}",
        ),
    ),
    News.STAYS: Wording(
        subject="{name}: your appointment could not be changed",
        line="Your appointment could not be changed. It stays on {when}.",
        action=_SEE_OR_CHANGE,
        sms=_sms(
            "{name}: your appointment could not be changed. It stays on {when}. {link}",
            "{name}: not changed, it stays on {when}. {link}",
            "{name}: still {when}. {link}",
        ),
    ),
    News.ANOTHER: Wording(
        subject="{name}: another appointment was booked",
        line="Another appointment was booked in your name. Yours on {when} stands. Did you not ask for it? Call us.",
        action=_SEE_OR_CHANGE,
        sms=_sms(
            "{name}: another appointment was booked in your name. Yours on {when} stands. {link}",
            "{name}: another visit was booked, yours stays {when}. {link}",
            "{name}: new visit; {when} stays. {link}",
        ),
    ),
    News.CANCELLED: Wording(
        subject="{name}: your appointment is cancelled",
        line="Your appointment on {when} is cancelled.",
        action="See the update",
        sms=_sms(
            "{name}: your appointment on {when} is cancelled. {link}",
            "{name}: cancelled, {when}. {link}",
        ),
    ),
    News.IN_3_DAYS: Wording(
        subject="{name}: a reminder of your appointment",
        line="Your appointment is on {when}. If you cannot make it, please change or cancel it with this link.",
        action=_SEE_OR_CHANGE,
        sms=_sms(
            "{name}: a reminder. Your appointment is on {when}. Change or cancel: {link}",
            "{name}: your appointment is on {when}. {link}",
            "{name}: reminder, {when}. {link}",
        ),
    ),
    News.TOMORROW: Wording(
        subject="{name}: your appointment is coming up",
        line="Your appointment is coming up: {when}. If you cannot make it, please tell us now with this link.",
        action=_SEE_OR_CHANGE,
        sms=_sms(
            "{name}: your appointment is coming up: {when}. Details: {link}",
            "{name}: coming up: {when}. Details: {link}",
            "{name}: soon, {when}. {link}",
        ),
    ),
    News.JOIN: Wording(
        subject="{name}: how to join your appointment",
        line="Your appointment is on {when}. Open this link a few minutes before to join.",
        action="Join your appointment",
        sms=_sms(
            "{name}: your appointment is on {when}. To join, open {link}",
            "{name}: to join on {when}, open {link}",
            "{name}: join {when} {link}",
        ),
    ),
    News.TO_COMPLETE: Wording(
        subject="{name}: something is missing before your appointment",
        line="Before your appointment on {when} we still need a few things from you. It takes a few minutes.",
        action="See what is missing",
        sms=_sms(
            "{name}: we need a few things before your appointment on {when}. {link}",
            "{name}: please complete before {when}: {link}",
            "{name}: to do before {when} {link}",
        ),
    ),
    News.PROPOSAL: Wording(
        subject="{name}: we would like to change your appointment",
        line="We would like to change something about your appointment on {when}. Nothing changes until you answer.",
        action="See and answer",
        sms=_sms(
            "{name}: we would like to change your appointment on {when}. Please answer: {link}",
            "{name}: may we change {when}? Please answer: {link}",
            "{name}: change {when}? {link}",
        ),
    ),
}

OTHER_TIMES = "These other times were open when we wrote this:\n{times}"
"""Below the line of a time that could not be booked."""

CODE_SUBJECT = "{name}: your code"
CODE_LINE = "Your code is {code}. It works for 10 minutes. We never ask you for it by phone or message."
CODE_SMS = "{name}: your code is {code}. It works for 10 minutes. We never ask you for it."

_LEAD_QUESTIONS = " Questions? Call {phone}."
LEAD_RECEIVED = Wording(
    subject="{name}: we have your request",
    line="We have your request and will answer by {by}." + _LEAD_QUESTIONS,
    action="",
    sms=_first_sms(
        "{name}: we have your request and will answer by {by}. Questions? {phone}.",
        "{name}: we will answer by {by}. Questions? {phone}.",
    ),
)
LEAD_RECEIVED_UNDATED = Wording(
    subject=LEAD_RECEIVED.subject,
    line="We have your request and will answer." + _LEAD_QUESTIONS,
    action="",
    sms=_first_sms("{name}: we have your request. Questions? {phone}."),
)
"""For a vendor that may know no date."""
LEAD_INVITATION = Wording(
    subject="{name}: times can be booked now",
    line="You asked us to tell you. Times can be booked now.",
    action="Choose a time",
    sms=_first_sms(
        "{name}: times can be booked now: {link}",
        "{name}: book now: {link}",
    ),
)

REPLIES = {
    Reply.STOPPED: (
        "{name}: no more texts from us. This does NOT cancel a visit: to change one, call {phone}. Texts again? START",
        "{name}: no more texts. This does NOT cancel a visit: to change one, call {phone}. Texts again? START",
    ),
    Reply.STARTED: (
        "{name}: you will get texts from us again. Questions? {phone}." + _RATES,
        "{name}: you will get texts from us again. Questions? {phone}." + _END,
    ),
    Reply.HELP: (
        "{name}: texts about your visits and requests. Help: {phone}. Msg & data rates may apply." + _STOP,
        "{name}: texts about your visits and requests. Help: {phone}." + _STOP,
    ),
    Reply.FREE: (
        "{name}: we do not answer texts here. Please call {phone}. In an emergency, call 911." + _STOP,
        "{name}: we do not answer texts here. Call {phone}. Emergency: call 911." + _END,
    ),
}

FOOTER = "Please do not reply: nobody reads this address."

LEAD_SUBJECT = "{name}: a new request is waiting"
LEAD_LINE = "Somebody left a request. It is on the dashboard."
LEAD_ACTION = "Open the request"
STAFF_SUBJECT = "{name}: something needs a hand"
STAFF_LINE = "Something needs a hand. It is on the dashboard."
STAFF_ACTION = "Open the dashboard"

CALENDAR_TITLE = "Appointment"

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


def long_day(on: date) -> str:
    """Tuesday, December 1, 2026"""
    return f"{_DAYS[on.weekday()]}, {_MONTHS[on.month - 1]} {on.day}, {on.year}"


def short_day(on: date) -> str:
    """Tue Dec 1"""
    return f"{_DAYS[on.weekday()][:3]} {_MONTHS[on.month - 1][:3]} {on.day}"


def long_when(at: datetime) -> str:
    """Tuesday, December 1, 2026 at 9:00 AM MST"""
    return f"{long_day(at)} at {_time(at)}"


def short_when(at: datetime) -> str:
    """Tue Dec 1, 9:00 AM MST"""
    return f"{short_day(at)}, {_time(at)}"


def _time(at: datetime) -> str:
    return f"{at.hour % 12 or 12}:{at.minute:02} {'AM' if at.hour < 12 else 'PM'} {at.tzname()}"
