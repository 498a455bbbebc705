"""What staff read of how a person is reached instead of the program's own words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = Mapping[str, str | Promise]

TOPIC: Words = {"visits": _("News about the visit"), "reminders": _("Reminders")}
REACHED_BY: Words = {
    "email": _("E-mail only"),
    "sms": _("Text messages only"),
    "phone": _("Phone calls only: nothing is sent"),
    "none": _("Nothing is sent"),
}
"""The ways of a confidential request."""
SAID_BY: Words = {
    "widget": _("on the booking page"),
    "api": _("through another program"),
    "link": _("behind the link of the visit"),
    "staff": _("told to staff"),
    "reply": _("by text message"),
    "ehr": _("from the chart in the EHR"),
}
"""Where something was agreed to or chosen."""
