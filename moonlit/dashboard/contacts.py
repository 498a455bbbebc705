"""An e-mail address or phone number that staff type to find somebody: always posted, never in an address."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from pydantic import TypeAdapter, ValidationError

from moonlit.people.inputs import EMAIL_LIMIT, Email, Phone

_EMAIL: TypeAdapter[str] = TypeAdapter(Email)
_PHONE: TypeAdapter[str] = TypeAdapter(Phone)
LONGEST = EMAIL_LIMIT
FAULT = _("Please enter a whole e-mail address, or a US phone number with its area code.")


def typed_contact(text: str) -> str:
    """The address as stored, or the number as E.164; "" for what is neither."""
    kind = _EMAIL if "@" in text else _PHONE
    try:
        return kind.validate_python(text.strip())
    except ValidationError:
        return ""
