"""Words that give away what kind of practice writes, or about what (rules 6.1). A message that shows one on a locked
screen has told everybody in the room.
"""

import re
import unicodedata

_ANYWHERE = re.compile(
    r"psych|psiqu|psico|psiki|therap|terap|counsel|consejer|behavio|conductual|suicid|depress|depres[iv]|diagnos"
)
"""Stems no neutral word of English or Spanish holds."""
_WORD_STARTS = re.compile(
    r"(?<![a-z])(?:"
    # the specialty
    r"mental|conduct(?:a|as)\b|addict|adicc|adict|rehab|detox|desintox|substance|sustancia|sobriet|sobrieda|emocional"
    r"|emotional|neurodiver"
    # a condition
    r"|anxi|ansie|trauma|bipolar|autis|adhd\b|tdah\b|ptsd\b|tept\b|ocd\b|insomni|schizo|esquizo|disorder|trastorno"
    # who treats it, or with what
    r"|nurses?\b|enfermer|social work|trabajador(?:a|es|as)? social|pmhnp\b|lcsw\b|lmft\b|cmhc\b|medicat|medicament"
    r"|medicaci|prescri|opioid|opiac|metadon|methadon|inject|inyecc"
    # who pays
    r"|insur|asegurad|seguro (?:medico|de salud)|medicaid|medicare\b|copay|copago|member id|numero de (?:miembro|socio)"
    r")"
)
"""Words that others end with (environmental, fundamental) count only where they begin one."""
_JOINERS = re.compile("[-\u00ad\u200b-\u200d\u2010-\u2015\u2060\ufeff.'\u2019_*]")


def revealing_word(text: str) -> str | None:
    """The first part of the text that names or hints at specialty, condition, discipline or payer, or None. Case,
    accents, full-width letters and characters put inside a word do not hide it.
    """
    plain = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each)).casefold()
    for candidate in (plain, _JOINERS.sub("", plain)):
        if found := _ANYWHERE.search(candidate) or _WORD_STARTS.search(candidate):
            return found.group()
    return None
