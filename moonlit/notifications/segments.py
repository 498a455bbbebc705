"""How a text message is cut for the air (3GPP TS 23.038): price and delivery depend on it.

GSM-7 takes 160 septets in one part, 153 in each of several; one character outside it turns the whole text into UCS-2
with 70 or 67 UTF-16 units. A character is never split between two parts.
"""

from __future__ import annotations

import enum
import unicodedata
from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = frozenset("^{}\\[~]|€\f")
"""In GSM-7 behind an escape: two septets each."""
_TYPOGRAPHIC = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
        "\u2022": "-",
        "\u00a0": " ",
        "\u202f": " ",
    }
)


class Encoding(enum.Enum):
    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


_ROOM = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67)}


@dataclass(frozen=True, slots=True)
class Segments:
    encoding: Encoding
    units: int
    """Septets, or UTF-16 units."""
    count: int
    """Parts sent and paid for; an empty text is one."""


def measure(text: str) -> Segments:
    """How the text will be encoded and in how many parts it leaves."""
    if set(text) <= _BASIC | _ESCAPED:
        encoding = Encoding.GSM7
        costs = [2 if char in _ESCAPED else 1 for char in text]
    else:
        encoding = Encoding.UCS2
        costs = [2 if ord(char) > 0xFFFF else 1 for char in text]
    whole, part = _ROOM[encoding]
    units = sum(costs)
    return Segments(encoding, units, 1 if units <= whole else _parts(costs, part))


def plain(text: str) -> str:
    """Typographic quotes, dashes, dots and spaces as ASCII; letters with accents stay, they are somebody's name."""
    return text.translate(_TYPOGRAPHIC)


def unaccented(name: str) -> str:
    """The name with the accents off those letters that GSM-7 lacks: "Clínica" as "Clinica", "Señor Müller" as it is.

    One such letter would leave the whole text 70 characters. Letters of other scripts and signs stay.
    """
    return "".join(char if char in _BASIC else _letter(char) for char in unicodedata.normalize("NFC", name))


def _letter(char: str) -> str:
    bare = unicodedata.normalize("NFKD", char)[:1]
    return bare if bare in _BASIC else char


def _parts(costs: list[int], room: int) -> int:
    count, used = 1, 0
    for cost in costs:
        if used + cost > room:
            count, used = count + 1, 0
        used += cost
    return count
