"""A date of birth in three fields, and in words what is wrong with it."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

from django.utils.dates import MONTHS
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class DateFault:
    part: str
    """month | day | year: the field to go to."""
    sentence: str


def birth_date(month: str, day: str, year: str) -> date | DateFault:
    """The date the three parts mean, by the calendar alone: whether anybody was born then is judged elsewhere."""
    parts = {"month": month.strip(), "day": day.strip(), "year": year.strip()}
    if not any(parts.values()):
        return DateFault("month", _("Please enter the date of birth: month, day and year."))
    for part, sentence in (
        ("month", _("Please enter the month of birth as a number from 1 to 12.")),
        ("day", _("Please enter the day of birth as a number from 1 to 31.")),
        ("year", _("Please enter the year of birth with four digits, for example 1990.")),
    ):
        typed = parts[part]
        if not (typed.isascii() and typed.isdigit() and len(typed) <= 4):
            return DateFault(part, sentence)
    numbers = {part: int(typed) for part, typed in parts.items()}
    if not 1 <= numbers["month"] <= 12:
        return DateFault("month", _("There is no month %(month)s. Months go from 1 to 12.") % {"month": month.strip()})
    if len(parts["year"]) != 4 or numbers["year"] < 1:
        return DateFault("year", _("Please enter the year of birth with four digits, for example 1990."))
    last = calendar.monthrange(numbers["year"], numbers["month"])[1]
    if not 1 <= numbers["day"] <= last:
        words = {"month": MONTHS[numbers["month"]], "year": numbers["year"], "last": last, "day": day.strip()}
        return DateFault("day", _("There is no day %(day)s: %(month)s %(year)s has %(last)s days.") % words)
    return date(numbers["year"], numbers["month"], numbers["day"])
