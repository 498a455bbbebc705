"""What is wrong with a practice file: every fault at once, each with its line and field."""

from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    line: int
    """1-based."""
    field: str
    """`contracts[3].ends`; empty for the file as a whole."""
    code: str
    """Stable, for programs."""
    sentence: str
    """For the person who wrote the file."""


class FaultyFileError(Exception):
    """The file cannot be loaded; nothing was written."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults in the practice file")
        self.faults = sorted(set(faults))


def suggestion(word: str, known: list[str]) -> str:
    """` Did you mean "x"?` for a near miss, or nothing."""
    near = get_close_matches(word, known, n=1, cutoff=0.7)
    return f' Did you mean "{near[0]}"?' if near else ""
