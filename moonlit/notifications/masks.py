"""Contacts as lists show them: enough to tell two apart, too little to write to."""

_HIDDEN = "..."  # no line is broken after it


def masked(channel: str, contact: str) -> str:
    """z...@example.org of an e-mail address, ...0142 of a phone number; "" of nothing."""
    if not contact:
        return ""
    if channel == "email":
        local, at, domain = contact.rpartition("@")
        return f"{local[:1]}{_HIDDEN}{at}{domain}"
    return f"{_HIDDEN}{contact[-4:]}"
