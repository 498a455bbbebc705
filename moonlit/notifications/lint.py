"""What may be wrong with the words of a message, whoever wrote them (rules 6.1, 6.4).

`faults` judges one message as it would leave; `lint` renders and judges all there are. Neither reads the database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import unescape
from urllib.parse import urlsplit

from moonlit.notifications import texts
from moonlit.notifications.kinds import Kind
from moonlit.notifications.samples import LONGEST_NAME, LONGEST_PHONE, LONGEST_VISIT, Sample, every_message
from moonlit.notifications.segments import Encoding, measure
from moonlit.notifications.texts.wording import Reply
from moonlit.practice.neutral import revealing_word

MAX_SEGMENTS = {"en": 1, "es": 2}
HOW_TO_STOP = {"en": "STOP", "es": "ALTO"}
_WITHOUT_STOP = {str(Kind.CODE), f"reply {Reply.STOPPED}"}
"""A code was asked for this moment; who has just stopped has nothing left to stop."""
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>]+", re.IGNORECASE)
_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_LOADED = re.compile(r"<(?:img|script|iframe|object|link)\b|url\(|@import|\bon\w+\s*=", re.IGNORECASE)
_GAP = re.compile(r"(?<!\n)[ \t]{2,}|[ \t]+[.,:;?!](?:\s|$)|\(\s*\)|(?m:^[ \t]*[.,:;])")
"""Where a value was to stand and nothing does."""


def lint(
    base_url: str,
    *,
    name: str = LONGEST_NAME,
    phone: str = LONGEST_PHONE,
    visit: texts.Visit = LONGEST_VISIT,
) -> list[str]:
    """One line a fault of all our messages with these names and addresses; empty when there is none."""
    host = urlsplit(base_url).netloc
    try:
        samples = list(every_message(base_url, name=name, phone=phone, visit=visit))
    except texts.CannotWord as fault:
        return [f"a message cannot be worded: {fault.code}"]
    found = [f"{sample.title}: {fault}" for sample in samples for fault in faults(sample, host=host)]
    return found + list(untranslated(samples))


def faults(sample: Sample, *, host: str, private: Sequence[str] = ()) -> list[str]:
    """What is wrong with one message. `host` is ours, with its port; `private` is what nobody may find in it: names,
    birth date, member id, payer, provider, contacts.
    """
    found = []
    for part, text in sample.parts.items():
        found += [f"{part}: {fault}" for fault in _faults_of_words(text, host)]
        shown = _shown(text).casefold()
        found += [f"{part}: private data" for each in private if each.casefold() in shown]
        worded = _ADDRESS.sub(" ", shown)  # a random token may hold any letters
        found += [f"{part}: tells date or time" for each in sample.hidden if each.casefold() in worded]
    links = {link for text in sample.parts.values() for link in _links(text)}
    if len(links) > 1:
        found.append("more than one link")
    if sample.channel == "sms":
        found += _faults_of_sms(sample)
    return list(dict.fromkeys(found))


def untranslated(samples: Iterable[Sample]) -> Iterator[str]:
    """Messages that say in another language what they say in English."""
    all_of_them = list(samples)
    english = {(each.what, each.channel, each.agreed): each for each in all_of_them if each.language == "en"}
    for sample in all_of_them:
        same = english.get((sample.what, sample.channel, sample.agreed))
        if sample.language == "en" or same is None:
            continue
        for part, text in sample.parts.items():
            if text == same.parts.get(part) and not _ADDRESS.fullmatch(text):
                yield f"{sample.title}: {part}: as in English"


def _faults_of_words(text: str, host: str) -> Iterator[str]:
    shown = _shown(text)
    bare = _TAG.sub("", shown)
    if not bare.strip():
        yield "empty"
    if word := revealing_word(_ADDRESS.sub(lambda found: f" {urlsplit(found.group()).netloc} ", shown)):
        yield f'"{word}" reveals the kind of care'
    if any(mark in shown for mark in "{}"):
        yield "a brace is left over"
    if _GAP.search(bare):
        yield "a gap in the words"
    if _LOADED.search(text):
        yield "loads or runs something"
    for link in _links(text):
        if urlsplit(link).netloc != host:
            yield "a link to another host"


def _faults_of_sms(sample: Sample) -> Iterator[str]:
    text = sample.parts["text"]
    found = measure(text)
    if found.encoding is not Encoding.GSM7:
        yield "needs UCS-2"
    if found.count > MAX_SEGMENTS[sample.language]:
        yield f"{found.count} segments, {MAX_SEGMENTS[sample.language]} allowed"
    if sample.what not in _WITHOUT_STOP and HOW_TO_STOP[sample.language] not in text:
        yield "does not say how to stop"


def _shown(text: str) -> str:
    return unescape(_STYLE.sub("", text.replace("\r\n ", "")))


def _links(text: str) -> set[str]:
    return {link.rstrip(".,;:)") for link in _ADDRESS.findall(_shown(text))}
