"""What pydantic found, as one sentence a field of the page. What was typed is never repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from pydantic import ValidationError

Faults = dict[str, str]
"""Name of a field on the page -> sentence."""


def faults_of(fault: ValidationError, fields: Mapping[str, str]) -> Faults:
    """`fields` maps a member's path (`address.zip`), or the code of a fault between members, to a field of the page."""
    found: Faults = {}
    for error in fault.errors(include_url=False, include_input=False):
        path = ".".join(str(part) for part in error["loc"])
        field = fields.get(path) or fields.get(error["type"]) or fields[""]
        found.setdefault(field, _sentence(path.rpartition(".")[2], error))
    return found


def _sentence(member: str, error: Any) -> str:
    if error["type"] == "string_too_long":
        limit = error["ctx"]["max_length"]
        return _("This is too long. Please use at most %(limit)s characters.") % {"limit": limit}
    if error["type"].startswith(("string_", "literal_", "missing")):
        return _shape(member)
    said: str = error["msg"]
    return _(said)


def _shape(member: str) -> str:
    return {
        "email": _("Please check the e-mail address. It should look like name@example.org."),
        "phone": _("Please enter a US phone number with area code: ten digits, for example 801-555-0100."),
        "zip": _("Please enter the ZIP code with five digits, for example 84106."),
        "member_id": _("A member number has letters, digits, spaces, periods, slashes and hyphens only."),
        "group_number": _("A group number has letters, digits, spaces, periods, slashes and hyphens only."),
        "state": _("Please choose a US state by its two letters, for example UT."),
    }.get(member, _("Please choose or enter one of the possible answers."))
