"""A browser without scripts, for tests: it follows redirects, fills forms, and looks at each page as it passes."""

from __future__ import annotations

import html
import re
from typing import Any

from django.test import Client

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
FORBIDDEN_IN_TITLES = ("Zoë", "Ñandú", "zoe@example.org", "801-555-0142", "Regence", "EMI")


class Visitor:
    """`text` is the last page as people read it, `body` as it was sent."""

    def __init__(self) -> None:
        self.client = Client()
        self.path = ""
        self.status = 0
        self.body = ""
        self.response: Any = None

    def go(self, path: str) -> Visitor:
        return self._take(self.client.get(path), path)

    def press(self, path: str | None = None, /, **fields: str) -> Visitor:
        """Post a form of the page, with its hidden revision, or one to another address."""
        target = path or self.path
        if revision := self.value_of("revision"):
            fields = {"revision": revision, **fields}
        return self._take(self.client.post(target, fields, headers=SAME_ORIGIN), target)

    @property
    def text(self) -> str:
        shown = re.sub(r"<(aside|p|div)\b[^>]* hidden\b[^>]*>.*?</\1>", " ", self.body, flags=re.DOTALL)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", shown)).split())

    @property
    def title(self) -> str:
        return html.unescape(re.search(r"<title>(.*?)</title>", self.body, re.DOTALL)[1])

    @property
    def page(self) -> str:
        """The last part of the path: who, when, about..."""
        return self.path.partition("?")[0].rpartition("/")[2]

    @property
    def token(self) -> str:
        return self.path.split("/")[3]

    def value_of(self, name: str) -> str:
        """What stands in a text field."""
        found = re.search(rf'<input[^>]*\bname="{name}"[^>]*>', self.body)
        value = re.search(r'\bvalue="([^"]*)"', found[0]) if found else None
        return html.unescape(value[1]) if value else ""

    def times(self) -> list[str]:
        return re.findall(r'name="start" value="([^"]+)"', self.body)

    def _take(self, response: Any, path: str) -> Visitor:
        assert response.status_code not in {301, 302}, "only 303 leads on"
        while response.status_code == 303:
            self._look(response)
            path = response["Location"]
            response = self.client.get(path)
        self.path, self.status, self.response = path, response.status_code, response
        self.body = response.content.decode() if response["Content-Type"].startswith("text/html") else ""
        self._look(response)
        return self

    def _look(self, response: Any) -> None:
        """What holds on each page, whatever the test is about."""
        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "same-origin"
        assert not response.cookies
        if response.status_code == 303 or not response["Content-Type"].startswith("text/html"):
            return
        body = response.content.decode()
        assert len(re.findall(r"<h1\b", body)) == 1
        assert re.search(r'<html lang="(en|es)"', body)
        assert "988" in body
        assert "801-555-0100" in body
        assert not re.search(r"you are covered|you're covered|\binsured\b|\bverified\b", body, re.IGNORECASE)
        title = re.search(r"<title>(.*?)</title>", body, re.DOTALL)[1]
        assert not any(word in html.unescape(title) for word in FORBIDDEN_IN_TITLES)
        if "/documents/" not in response.request["PATH_INFO"]:
            assert not re.search(r'(?:href|src|action)="(?:https?:)?//', body), "links stay on our own origin"
        for name, _ in self._labels_missing(body):
            raise AssertionError(f"{name} has no label")

    def _labels_missing(self, body: str) -> list[tuple[str, str]]:
        labelled = set(re.findall(r'<label for="([^"]+)"', body))
        fields = re.findall(r'<(?:input|select)\b(?![^>]*type="hidden")[^>]*\bid="([^"]+)"', body)
        return [(name, body) for name in fields if name not in labelled]


ZOE = {
    "for_whom": "self",
    "first_name": "Zoë",
    "last_name": "Ñandú-O'Leary",
    "dob_month": "2",
    "dob_day": "28",
    "dob_year": "1990",
    "phone": "801-555-0142",
    "email": "zoe@example.org",
    "place_of_visit": "home",
    "member_id": "MX-100",
    "agree_terms": "v:1",
    "agree_privacy_notice": "v:1",
    "agree_sms": "v:",
    "agree_email": "v:",
}
WHO = {
    "help": "intake",
    "seen_before": "no",
    "age": "adult",
    "place": "telehealth",
    "state": "UT",
    "visit_language": "en",
}
