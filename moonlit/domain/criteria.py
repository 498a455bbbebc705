"""What a patient asks for, as it came (`Criteria`), and the one question the decision answers (`Ask`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from moonlit.domain.reasons import Modality

UNSTATED_ADULT_AGE = 30
"""The age we judge by while the patient has only said "adult"; the birth date decides at booking."""

UNSURE = "unsure"
"""The answer to a benefit question that leaves every possible payer open (rules 1.11)."""


@dataclass(frozen=True, slots=True)
class Age:
    """Years, as stated, or by birth date, then judged on the day of the visit (rules 1.9)."""

    years: int | None = None
    born: date | None = None

    def on(self, day: date) -> int:
        """Full years on that day. Who is born on 29 February turns a year older on 1 March of a common year."""
        if self.born is not None:
            return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))
        return UNSTATED_ADULT_AGE if self.years is None else self.years


@dataclass(frozen=True, slots=True)
class Ask:
    """One visit by one payer, ready to be decided for any provider and day. Hashable: the key of a coverage mask."""

    visit_type: str
    modality: Modality
    place_state: str
    """Where the patient will be (telehealth), or the location's state (rules 1.7)."""
    payer: str | None
    """Code of the payer that carries the behavioural benefit; None is self-pay."""
    location: str | None = None
    """Location code; None, for telehealth only, is any telehealth location."""
    age: Age = Age()
    language: str = "en"
    with_interpreter: bool = False
    """A remote interpreter is arranged, so the provider's own languages do not matter (rules 1.14)."""


@dataclass(frozen=True, slots=True)
class Criteria:
    """The criteria of the public interface. Neither `payer` nor `self_pay`: the payer is not on our list."""

    visit_type: str
    modality: Modality
    place_state: str
    location: str | None = None
    payer: str | None = None
    self_pay: bool = False
    plan: str | None = None
    age: Age = Age()
    visit_language: str = "en"
    interpreter_accepted: bool | None = None
    """None: not asked."""
    provider: int | None = None
    benefit: str | None = None
    """The chosen option of the benefit question: a payer's code, or `unsure`."""
    employer: str | None = None
    county: str | None = None

    def ask(self, payer: str | None, *, location: str | None = None, with_interpreter: bool = False) -> Ask:
        """The question for one paying party; `location` narrows it to the place of a slot."""
        return Ask(
            visit_type=self.visit_type,
            modality=self.modality,
            place_state=self.place_state,
            payer=payer,
            location=location or self.location,
            age=self.age,
            language=self.visit_language,
            with_interpreter=with_interpreter,
        )
