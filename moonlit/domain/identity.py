"""Whether a chart in the EHR is this person's (rules 4.8).

A match is legal name, birth date and one more thing. Contact data alone never matches: one case manager's address
serves many. Comparison ignores case, accents, spaces and punctuation; what was typed is kept as typed.
"""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

_UNDECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"})

_NUMBER = 10
"""Digits of a US number without its country code; fewer name nobody."""


@dataclass(frozen=True, slots=True)
class Person:
    """What is known about somebody. Empty text means not given."""

    first_name: str
    last_name: str
    date_of_birth: date
    email: str = ""
    mobile: str = ""
    member_ids: tuple[str, ...] = ()
    street: str = ""
    zip: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart in the EHR; `person` is None when its birth date is junk and nothing can be compared."""

    id: str
    person: Person | None


@dataclass(frozen=True, slots=True)
class Match:
    chart_id: str


@dataclass(frozen=True, slots=True)
class NoMatch:
    """Nobody fits: a chart may be created."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several charts fit: staff decide, nothing is booked on any."""

    chart_ids: tuple[str, ...]


class Returned(enum.Enum):
    """What to do with the chart that the EHR's create named."""

    MATCH = enum.auto()
    UNVERIFIED = enum.auto()
    """Book on it, marked `identity_unverified`: nothing in it is shown, sent or overwritten."""
    HOLD = enum.auto()
    """Somebody else's: book nothing on it, the visit stays pending, a task opens."""


def folded(text: str) -> str:
    """Letters and digits only, without case or accents: the form in which names and streets are compared."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_UNDECOMPOSED))
    return "".join(letter for letter in plain if letter.isalnum())


def same_name_and_birth(one: Person, other: Person) -> bool:
    """Whether legal first and last name and the birth date agree; an empty name agrees with nothing."""
    names = [(folded(one.first_name), folded(other.first_name)), (folded(one.last_name), folded(other.last_name))]
    return one.date_of_birth == other.date_of_birth and all(a and a == b for a, b in names)


def matches(person: Person, chart: Person) -> bool:
    """Legal name, birth date, and one of e-mail, mobile, member id, street with ZIP."""
    return same_name_and_birth(person, chart) and bool(_further_proofs(person) & _further_proofs(chart))


def choose_chart(person: Person, charts: Iterable[Chart]) -> Match | NoMatch | Ambiguous:
    """Which of the charts that the EHR found is this person's."""
    fitting = sorted({chart.id for chart in charts if chart.person is not None and matches(person, chart.person)})
    match fitting:
        case []:
            return NoMatch()
        case [chart_id]:
            return Match(chart_id)
        case _:
            return Ambiguous(tuple(fitting))


def accept_returned_chart(person: Person, chart: Chart) -> Returned:
    """Judge the chart named by the EHR's create, read back: it may be an older one of somebody else."""
    if chart.person is None or not same_name_and_birth(person, chart.person):
        return Returned.HOLD
    return Returned.MATCH if matches(person, chart.person) else Returned.UNVERIFIED


def _further_proofs(person: Person) -> set[tuple[str, str]]:
    """Everything beyond name and birth date by which two records can agree, in a form that compares."""
    street, zip_code = folded(person.street), _digits(person.zip)[:5]
    mobile = _digits(person.mobile)[-_NUMBER:]
    proofs = {
        ("email", person.email.strip().casefold()),
        ("mobile", mobile if len(mobile) == _NUMBER else ""),
        *(("member_id", folded(member_id)) for member_id in person.member_ids),
        ("address", f"{street} {zip_code}" if street and zip_code else ""),
    }
    return {(kind, value) for kind, value in proofs if value}


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdecimal())
