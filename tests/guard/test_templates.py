"""Pages run under a strict Content-Security-Policy and talk to no other origin."""

import re

import pytest

from tests.guard.source import ROOT

# Not the e-mails: mail programs know no policy and need their styles inline.
TEMPLATES = [
    path
    for path in sorted((ROOT / "moonlit").glob("*/templates/**/*.html"))
    if path.relative_to(ROOT / "moonlit").parts[0] != "notifications"
]
FORBIDDEN = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "inline style sheet": re.compile(r"<style", re.IGNORECASE),
    "style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "event attribute": re.compile(r"\son[a-z]+\s*=", re.IGNORECASE),
    "javascript address": re.compile(r"javascript:", re.IGNORECASE),
    "another origin": re.compile(
        r"(?:src|action|srcset|data-hx-\w+|hx-(?:get|post))\s*=\s*[\"'](?:https?:)?//", re.IGNORECASE
    ),
    "escaping switched off": re.compile(r"\|\s*safe\b|autoescape\s+off|\bsafeseq\b"),
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "moonlit")))
def test_a_template_keeps_to_the_policy(path):
    text = path.read_text()
    assert [name for name, pattern in FORBIDDEN.items() if pattern.search(text)] == []


def test_there_are_templates_to_look_at():
    assert len(TEMPLATES) >= 5
