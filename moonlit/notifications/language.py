"""In which language somebody is written to."""

from __future__ import annotations

from datetime import datetime

from moonlit.notifications import texts
from moonlit.practice.queries import is_published


def spoken(language: str, now: datetime) -> str:
    """The language of the person's pages while it is published (its words are reviewed by a named person), else
    English. A region says nothing: es-MX is es.
    """
    ours = texts.spoken(language)
    return ours if is_published(ours, now) else "en"


def prefix(language: str) -> str:
    """What stands before the path of a patient's page in this language: nothing for English."""
    return "" if language == "en" else f"/{language}"
