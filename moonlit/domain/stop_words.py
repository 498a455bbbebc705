"""What somebody means by a text message to our number (rules 6.4; 47 CFR 64.1200(a)(10) asks for any clear wording).

Compared in one folded form: compatibility characters, case, accents, punctuation, emoji and invisible characters do
not count. A word stands for itself only when nothing but courtesy surrounds it: "can't stop crying" is for a person
to read, and so is every sentence about the visit ("please cancel my appointment"). When in doubt between a free text
and an opt-out of clear wording, it is an opt-out, and a person reads it as well.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Meaning(StrEnum):
    STOP = "stop"
    START = "start"
    HELP = "help"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Said:
    """What a text means."""

    meaning: Meaning
    wording: str = ""
    """The word they used as we compare it, `phrase` for a sentence that asks for no more texts; empty for FREE."""
    language: str = ""
    """en | es, where the word is of one language."""
    to_read: bool = True
    """There is more in it than the word: somebody has to read it."""
    about_visit: bool = False
    """It speaks of cancelling or moving: to be read soon."""
    wrong_number: bool = False
    """Whoever has this number now is not whom we mean."""


PHRASE = "phrase"
_LONGEST = 2_000
"""Characters looked at; a text of ten parts is shorter."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_STOP = {
    "en": _set("stop stopall quit end revoke optout cancel unsubscribe"),
    "es": _set("alto parar pare paren cancelar baja"),
}
_CANCEL = _set("cancel cancelar")
"""A command to the law, a wish about the visit to most people: it is both."""
_START = {"en": _set("start unstop"), "es": _set("comenzar empezar")}
_HELP = {"en": _set("help info"), "es": _set("ayuda")}
_COURTESY = _set("please pls plz thanks thank you thx ty ok okay hi hello hey and por favor porfavor gracias ya hola y")
"""Nothing more than that: "end it" and "help me" are no commands."""
_TWO_WORDS = {"opt out": "optout", "stop all": "stopall", "stop it": "stop", "stop now": "stop"}
_CLEAR = _set("stop stopall unsubscribe optout alto")
"""Words that mean texts even as one sentence among others; "cancel" or "end" then may mean anything."""

_EN_TEXTS = r"(?:texts?|txts?|messages?|msgs?|sms|notifications?|reminders?|alerts?)(?: (?:messages?|reminders?))?"
_EN_TO_ME = r"(?:text|messag|txt|contact|bother|spamm|harass|bugg)ing (?:me|us|this number|here)"
_EN_SMALL = (
    r"(?:(?:all|any|more|these|the|those|this|your|with|of|sending|send|getting|get|receiving|me|us|please|further|"
    r"appointment) )*"
)
_EN_AFTER = r"(?: (?:please|anymore|any more|again|ever|now|thanks|thank you|from you))*$"
_ES_TEXTS = r"(?:mensajes?|mensajitos?|textos?|sms|recordatorios?|notificaciones)"
_ES_SMALL = r"(?:(?:mas|los|las|estos|esos|sus|tus|tantos|de|con) )*"
_ES_VERB = r"(?:mand|envi|escrib|text|contact)[a-z]*"
_NOT_ASKED = re.compile(
    r"(?:\b(?:dont|do not|didnt|did not|never|not|no|cant|cannot|wont|shouldnt|if|when|why|did|have|has)"
    r"(?: (?:want|you|u|they|please|ever|to|it|the|have|did))*|\b(?:no|nunca|si|cuando)(?: (?:quiero|que))*"
    r"|\b(?:told|asked|ask|tell|tells|he|she|they)(?: (?!you\b|u\b)\w+){1,3} to) $"
)
"""Before the wording: "please do not stop texting me", "why did you stop", "I told him to stop texting me"."""

_NO_MORE = (
    (
        "en",
        re.compile(
            rf"\b(?:stop|quit|cease|end) (?:{_EN_SMALL}{_EN_TEXTS}\b|{_EN_TO_ME}\b|(?:text|messag|txt)ing$)"
            r"|\bstop sending me (?:these|this|stuff|things)\b"
            r"|\bunsubscribe\b"
            r"|\b(?:remove|delete) (?:me|my (?:phone )?number|this number)(?: please)?$"
            r"|\b(?:want|like|wish|need) to opt out$"
            rf"|\bopt(?:ing)? (?:me |us )?out(?:$| (?:of|from) {_EN_SMALL}{_EN_TEXTS})"
            rf"|\b(?:revoke|withdraw) (?:my )?(?:consent|permission)(?:$| (?:to|for) {_EN_SMALL}"
            rf"(?:receive |receiving |get |getting )?{_EN_TEXTS})"
            r"|\b(?:take|remove) (?:me|my (?:phone )?number|this number|us) (?:off|from) "
            rf"(?:of )?(?:your |the |this )?(?:{_EN_TEXTS} |(?:text|messag|mail)ing |phone )?"
            r"(?:list|lists|texts|messages|system)\b"
        ),
    ),
    (
        "en",
        # A command whose negation is part of it, so that what stands before it cannot turn it round.
        re.compile(
            rf"^(?:\w+ ){{0,3}}no more {_EN_SMALL}{_EN_TEXTS}{_EN_AFTER}"
            r"|^(?:(?:please|pls|hi|hello|hey|ok) )*(?:dont|do not|never) (?:ever )?"
            rf"(?:text|txt|message|msg|sms|contact) (?:me|us|this number|here){_EN_AFTER}"
            rf"|^(?:(?:please|pls|hi|hello|hey|ok) )*(?:dont|do not) send {_EN_SMALL}{_EN_TEXTS}{_EN_AFTER}"
            rf"|\bi (?:dont|do not) (?:want|wish) (?:to )?{_EN_SMALL}{_EN_TEXTS}{_EN_AFTER}"
            r"|^(?:(?:please|pls|just) )*leave me alone(?: please)?$"
        ),
    ),
    (
        "es",
        re.compile(
            rf"\b(?:dej|par)(?:a|e|en|ar) de (?:{_ES_VERB})\b"
            r"|\b(?:dej|par)(?:a|e|en|ar) de molestar(?:me|nos)?\b"
            r"|\b(?:dar|dame|deme|denme|darme|darnos) de baja\b"
            r"|\b(?:quiten|quite|quita|saquen|saque|saca|borren|borre|borra|eliminen|elimine|elimina)(?:me|nos)"
            r"(?:$| (?:de|por favor)\b)"
        ),
    ),
    (
        "es",
        re.compile(
            rf"\bno (?:me |nos )?{_ES_VERB} {_ES_SMALL}{_ES_TEXTS}\b"
            rf"|\bno (?:me |nos )?(?:escriban|escriba|escribas|texteen|textee|textees|manden|mande|mandes|envien|envie)"
            r"(?: mas)?(?: por favor| gracias)*$"
            rf"|\bno (?:quiero|queremos|deseo) (?:recibir )?{_ES_SMALL}{_ES_TEXTS}\b"
            rf"|\bno mas {_ES_TEXTS}\b"
        ),
    ),
)
"""By language, first those that a negation before them turns round, then those that carry their own."""

_ABOUT_VISIT = re.compile(
    r"\b(?:cancel\w*|reschedul\w*|resched|reagend\w*|reprogram\w*|cambiar|mover)\b"
    r"|\b(?:move|change|postpone)\b.*\b(?:appointment|appt|visit|time|date|day)\b"
    r"|\b(?:cant|cannot|can not|wont|not going to) (?:make|come|attend|be able)\b"
    r"|\bno (?:puedo|podre|voy a) (?:ir|asistir)\b"
)
_WRONG_NUMBER = re.compile(
    r"^(?:(?:hi|hello|hey|sorry|i|think|this|is|its|you|u|youve|have|ve|got|must|texted|the|a|im|afraid|but|no|se|tiene|"
    r"tienes|tienen|es|el|un|este|lo|siento|hola|creo|que|perdon|disculpe) )*"
    r"(?:wrong (?:number|person|phone)|numero equivocado|equivocado de numero|numero incorrecto|numero errado)"
    r"(?: (?:sorry|please|pls|thanks|thank you|por favor|gracias|bro|man|dude|lo siento))*$"
    r"|\bse equivoc(?:o|aron|aste) de numero\b|\bthis is(?: not|nt) (?:his|her|their) (?:number|phone)\b"
)
_CLAUSES = re.compile(r"[.!?;:,\n\r\u2026\u00a1\u00bf]+")


def read(text: str) -> Said:
    """What the text means. Any text has a meaning; nothing raises."""
    text = text[:_LONGEST]
    tokens = _whole(folded(text)).split()
    if word := _word(tokens):
        return word
    clauses = [found for part in _CLAUSES.split(unicodedata.normalize("NFKC", text)) if (found := folded(part))]
    whole = " ".join(tokens)
    about_visit = bool(_ABOUT_VISIT.search(whole))
    for clause in clauses:
        said = _word(_whole(clause).split())
        if said and said.wording in _CLEAR:
            return Said(Meaning.STOP, said.wording, said.language, about_visit=about_visit)
    if language := _wants_no_more([*clauses, whole]):
        return Said(Meaning.STOP, PHRASE, language, about_visit=about_visit)
    wrong = any(_WRONG_NUMBER.search(each) for each in [*clauses, whole])
    return Said(Meaning.FREE, about_visit=about_visit, wrong_number=wrong)


def folded(text: str) -> str:
    """Lower case letters and digits with single spaces: accents, punctuation, emoji and invisible characters gone."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("#", " number ")
    kept: list[str] = []
    for each in unicodedata.normalize("NFD", text):
        category = unicodedata.category(each)
        if category[0] in "LN":
            kept.append(each)
        elif category[0] != "M" and category != "Cf" and each not in "'\u2019\u02bc`\u00b4":
            kept.append(" ")
    return " ".join("".join(kept).split())


def _whole(text: str) -> str:
    """Letters sent one by one are their word ("S T O P"), two words that are one are that one ("opt out")."""
    tokens = text.split()
    if len(tokens) > 2 and all(len(token) == 1 for token in tokens):
        text = "".join(tokens)
    for two, one in _TWO_WORDS.items():
        text = re.sub(rf"\b{two}\b", one, text) if set(text.split()) <= {*two.split(), *_COURTESY} else text
    return text


def _word(tokens: list[str]) -> Said | None:
    for meaning, by_language in ((Meaning.START, _START), (Meaning.HELP, _HELP)):
        for language, words in by_language.items():
            if tokens and set(tokens) <= words:
                return Said(meaning, tokens[0], language, to_read=False)
    said = [token for token in tokens if token not in _COURTESY]
    known = {word: language for language, words in _STOP.items() for word in words}
    if said and all(token in known for token in said):
        languages = {known[token] for token in said}
        language = "es" if languages == {"es"} else "en"
        about_visit = not _CANCEL.isdisjoint(said)
        return Said(Meaning.STOP, said[0], language, to_read=False, about_visit=about_visit)
    return None


def _wants_no_more(clauses: list[str]) -> str:
    """The language in which some clause asks for no more texts; "" when none does."""
    for clause in clauses:
        for place, (language, wording) in enumerate(_NO_MORE):
            for found in wording.finditer(clause):
                turned_round = place in (0, 2) and _NOT_ASKED.search(clause[: found.start()])
                if not turned_round:
                    return language
    return ""
