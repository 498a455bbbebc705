"""Fictional patients, each with a name of their own, and what they read in their mail."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from tests.system.demo import Demo, call, eventually

_numbers = itertools.count()
_FIRST = ("Zoë", "Oriel", "Bram", "Fenna", "Cosmo", "Ilse", "Tamsin", "Juno", "Piet", "Wanda")
_LAST = ("Ñandú-O'Leary", "D'Artagnan", "Vosskamp", "Quillfeather", "Marrowby", "Tindall", "Ockerse", "Brindlewood")


@dataclass(frozen=True)
class Person:
    first: str
    last: str
    email: str
    phone: str
    member_id: str

    @property
    def fields(self) -> dict[str, str]:
        """Step 4's text fields by name."""
        return {
            "first_name": self.first,
            "last_name": self.last,
            "dob_month": "2",
            "dob_day": "28",
            "dob_year": "1990",
            "phone": self.phone,
            "email": self.email,
            "member_id": self.member_id,
        }

    @property
    def traces(self) -> tuple[str, ...]:
        """What must not stand in any address, title, console line or store."""
        return (self.first, self.last, self.email, self.phone, self.member_id, "1990")


_visitors = itertools.count()
_met: list[Person] = []


def own_address() -> dict[str, str]:
    """Headers that make the next visitor somebody else than the last (see `demo.BEHIND_A_PROXY`)."""
    return {"X-Forwarded-For": f"198.51.100.{next(_visitors) % 254 + 1}"}


def traces() -> list[str]:
    """Of everybody in this run so far."""
    return [trace for person in _met for trace in person.traces]


def somebody() -> Person:
    """Nobody twice in one run."""
    number = next(_numbers)
    letters = chr(ord("a") + number // 26 % 26) + chr(ord("a") + number % 26)
    last = f"{_LAST[number % len(_LAST)]}-{letters.title()}"
    person = Person(
        _FIRST[number % len(_FIRST)],
        last,
        f"canary.{letters}{number}@example.org",
        f"801-555-01{number % 90 + 10}",
        f"CANARY{7700 + number}",
    )
    _met.append(person)
    return person


def mails(demo: Demo, to: str) -> list[str]:
    """The plain texts that arrived there, the newest first."""
    found = call("GET", f"{demo.sendgrid}/_control/messages?limit=500")[1]["messages"]
    return [message["text"] for message in found if message["to"] == [to]]


def code_in_mail(demo: Demo, to: str, *, before: int) -> str:
    """The six digits of the mail that came after the first `before` ones."""
    texts = eventually(lambda: mails(demo, to), lambda found: len(found) > before)
    found = re.search(r"\b(\d{6})\b", texts[0])
    assert found, texts[:1]
    return found[1]


def link_in_mail(demo: Demo, to: str) -> str:
    """The path of the link to the visit."""
    texts = eventually(lambda: mails(demo, to), lambda found: any("/m/" in text for text in found))
    return next(found[0] for text in texts if (found := re.search(r"(/es)?/m/[\w-]+", text)))
