"""What can be wrong with a translation without knowing the language."""

from __future__ import annotations

import re
from collections.abc import Iterator

from babel.messages.catalog import Catalog, Message

from moonlit.cli import catalogue

SAME = frozenset({"No", "Error", "Error:", "Plan", "%(day)s: %(times)s"})
"""Texts that read the same in the other language."""
_PLACES = re.compile(r"%\(\w+\)[a-z]|%%|\{\w*\}")
_TAGS = re.compile(r"</?\w+[^>]*>")
CLAIMS = re.compile(r"asegurad|cubiert|cobertura|verificad", re.IGNORECASE)
"""Nobody is told that he is or is not covered, insured, verified (rules 2)."""


def faults(language: str) -> list[str]:
    """One line for each thing wrong with the kept catalogue; empty when it may be shipped."""
    return found_in(catalogue.in_file(language), catalogue.in_source(language))


def found_in(kept: Catalog, source: Catalog) -> list[str]:
    """The faults of a catalogue against the texts of the source."""
    there = {_key(message) for message in catalogue.texts_of(kept)}
    wanted = {_key(message) for message in catalogue.texts_of(source)}
    lines = [f"missing: {key}" for key in wanted - there] + [f"stale: {key}" for key in there - wanted]
    lines += [f"obsolete: {text!r}" for text in kept.obsolete]
    for message in catalogue.texts_of(kept):
        lines += [f"{fault}: {_key(message)}" for fault in _faults_of(message)]
    return sorted(lines)


def _key(message: Message) -> str:
    return f"{message.id!r} ({message.context})" if message.context else repr(message.id)


def _faults_of(message: Message) -> Iterator[str]:
    originals = message.id if isinstance(message.id, (list, tuple)) else (message.id,)
    said = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
    if message.fuzzy:
        yield "fuzzy"
    if not all(said):
        yield "empty"
        return
    for form, text in enumerate(said):
        original = originals[min(form, len(originals) - 1)]
        if sorted(_PLACES.findall(text)) != sorted(_PLACES.findall(original)):
            yield "other placeholders"
        if not set(_TAGS.findall(text)) <= set(_TAGS.findall(original)):
            yield "markup of its own"
        if text == original and text not in SAME:
            yield "not translated"
        if text.strip() != text and original.strip() == original:
            yield "space around it"
        if (claim := CLAIMS.search(text)) is not None:
            yield f"claims {claim.group()!r}"
