"""Who did it: every service takes one of these, every audit row names one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    kind: str
    """patient | staff | system | vendor"""
    id: str
    """Opaque: a staff user's id, a job's name, a vendor's name, `anonymous` for the public flow."""


SYSTEM = Actor("system", "moonlit")
PUBLIC = Actor("patient", "anonymous")
