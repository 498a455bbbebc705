"""What fits into the EHR's fields (rules 13). Nothing is cut silently: all of it is sent, or none, or staff decide."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

FIRST_NAME = 20
LAST_NAME = 30
EMAIL = 50
"""Characters."""

_LEFT_BEHIND_BY_EMOJI = {"\ufe0e", "\ufe0f", "\u20e3", "\u25fd", "\u25fe"}
"""Presentation marks, the frame of a key, and two small squares that count as mathematics."""
_LATIN_1 = 0xFF
"""Up to here even a symbol is plain text: a degree or a paragraph sign stays."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What may be sent, and what may not."""

    first_name: str
    last_name: str
    email: str
    """Empty when not given or left out."""
    left_out: tuple[str, ...]
    """Optional fields over the limit; our own record keeps them."""
    needs_staff: tuple[str, ...]
    """Required fields over the limit: a task, and the visit stays pending."""


def fit(first_name: str, last_name: str, email: str, *, email_required: bool = False) -> Fitted:
    """Measure a patient's details against the EHR's fields.

    `email_required`: there is no phone and no ZIP, and the EHR makes no chart without one of the three.
    """
    limits = (("first_name", first_name, FIRST_NAME), ("last_name", last_name, LAST_NAME), ("email", email, EMAIL))
    too_long = [field for field, value, limit in limits if len(value) > limit]
    optional = [field for field in too_long if field == "email" and not email_required]
    return Fitted(
        first_name=first_name,
        last_name=last_name,
        email="" if "email" in too_long else email,
        left_out=tuple(optional),
        needs_staff=tuple(field for field in too_long if field not in optional),
    )


def note_text(text: str) -> str:
    """A note as the EHR can show it: no emoji, control, hidden or private characters, runs of white space and line
    breaks made one space, letters of every language composed (NFC). Empty when nothing else was in it.
    """
    spaced = "".join(" " if letter.isspace() else letter for letter in text)
    shown = "".join(letter for letter in spaced if _shows(letter))
    return " ".join(unicodedata.normalize("NFC", shown).split())


def _shows(letter: str) -> bool:
    # So: emoji and other pictures; Sk: skin tones; C: control, format (joiners), surrogate, private, unassigned.
    category = unicodedata.category(letter)
    picture = category in {"So", "Sk"} and ord(letter) > _LATIN_1
    return not picture and category[0] != "C" and letter not in _LEFT_BEHIND_BY_EMOJI
