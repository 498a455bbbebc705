"""Words that give away what kind of practice writes (rules 6.1). A message that shows one on a locked screen has told
everybody in the room.
"""

import re
import unicodedata

_ANYWHERE = re.compile(
    r"psych|psiqu|psico|psiki|therap|terap|counsel|consejer|behavio|conductual|suicid|depress|depres[iv]"
)
"""Stems no neutral word of English or Spanish holds."""
_WORD_STARTS = re.compile(
    r"(?<![a-z])(?:mental|conduct(?:a|as)\b|anxi|ansie|addict|adicc|adict|rehab|detox|desintox|trauma|bipolar|autis|adhd\b|tdah\b"
    r"|substance|sustancia|sobriet|sobrieda|opioid|opiac|metadon|methadon|schizo|esquizo|neurodiver|emocional|emotional)"
)
"""Words that others end with (environmental, fundamental) count only where they begin one."""
_JOINERS = re.compile("[-\u00ad\u200b-\u200d\u2010-\u2015\u2060\ufeff.'\u2019_*]")


def revealing_word(text: str) -> str | None:
    """The first part of the text that names or hints at the specialty, or None. Case, accents, full-width letters
    and characters put inside a word do not hide it.
    """
    plain = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each)).casefold()
    for candidate in (plain, _JOINERS.sub("", plain)):
        if found := _ANYWHERE.search(candidate) or _WORD_STARTS.search(candidate):
            return found.group()
    return None
