"""Somebody who reads Spanish: looks at each page for English that was left over, and switches the language."""

from __future__ import annotations

import html
import re
from functools import cache

from moonlit.cli import catalogue
from moonlit.widget.tests.visitor import SAME_ORIGIN, Visitor

_PLACES = re.compile(r"%\(\w+\)[a-z]|%%|[.:?!]? *%\(\w+\)[a-z]")
_SPOKEN = re.compile(r"\s(?:aria-label|alt|title|placeholder|content)=\"([^\"]*)\"")
_ENGLISH = re.compile(r"\b(?:the|you|your|we|our|please|with|and|this)\b", re.IGNORECASE)
"""Words that no Spanish sentence has, whoever wrote the English one: also Django's own."""


@cache
def english() -> frozenset[str]:
    """Every stretch of three words or more of the catalogue's English texts."""
    texts = [
        each
        for message in catalogue.texts_of(catalogue.in_source("es"))
        for each in (message.id if isinstance(message.id, tuple) else (message.id,))
    ]
    stretches = {" ".join(part.split()) for text in texts for part in _PLACES.split(text)}
    return frozenset(stretch for stretch in stretches if len(stretch.split()) > 2)


def english_in(body: str) -> list[str]:
    """What a page says in English, in its text or in what is read out of it. Parts marked `lang="en"` may."""
    page = re.sub(r'<(\w+)\b[^>]*\blang="en"[^>]*>.*?</\1>', " ", body, flags=re.DOTALL)
    page = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    said = " ".join([re.sub(r"<[^>]+>", " ", page), *_SPOKEN.findall(page)])
    text = " ".join(html.unescape(said).split())
    return sorted(stretch for stretch in english() if stretch in text) + _ENGLISH.findall(text)


class Reader(Visitor):
    """`_look` is called for every page that passes, also those in between."""

    def _look(self, response):
        super()._look(response)
        if response.status_code != 303 and response["Content-Type"].startswith("text/html"):
            body = response.content.decode()
            if '<html lang="es"' in body:
                found = english_in(body)
                assert found == [], f"{response.request['PATH_INFO']}: {found}"

    @property
    def token(self):
        return self.path.removeprefix("/es").split("/")[3]

    def switch(self, **typed):
        """Press the other language's name with these fields filled in, or follow it where it is a link."""
        button = re.search(r'<button class="language"[^>]*>', self.body)
        if button is None:
            link = re.search(r'<a class="language"[^>]*href="([^"]+)"', self.body)
            return self.go(html.unescape(link[1]))
        target = html.unescape(re.search(r'formaction="([^"]+)"', button[0])[1])
        code = re.search(r'\bvalue="([^"]+)"', button[0])[1]
        response = self.client.post(target, {**typed, "language": code}, headers=SAME_ORIGIN)
        return self._take(response, target)

    @property
    def language(self):
        return re.search(r'<html lang="(\w+)"', self.body)[1]

    def is_checked(self, name, value):
        found = re.search(rf'<input[^>]*name="{name}"[^>]*value="{re.escape(value)}"[^>]*>', self.body)
        return "checked" in found[0]

    def ticks(self):
        """Every box of a text to agree to, with the version that stands beside it now."""
        return dict(re.findall(r'<input type="checkbox" name="(agree_\w+)"[^>]*value="([^"]*)"', self.body))

    def is_selected(self, value):
        return re.search(rf'<option value="{re.escape(value)}" selected', self.body) is not None

    def text_of(self, name):
        """What stands in a text area."""
        found = re.search(rf'<textarea[^>]*name="{name}"[^>]*>(.*?)</textarea>', self.body, re.DOTALL)
        return html.unescape(found[1]).strip()
