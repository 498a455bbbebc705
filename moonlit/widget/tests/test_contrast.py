"""Text is readable: WCAG 2.2 AA on every pair of colors that the style sheet puts together."""

import re
from pathlib import Path

import pytest

SHEET = Path(__file__).parents[1] / "static" / "widget" / "book.css"
TOKENS = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", SHEET.read_text()))
TEXT = [
    ("ink", "ground"),
    ("ink", "paper"),
    ("ink", "sand-pale"),
    ("ink", "orange-pale"),
    ("ink-soft", "ground"),
    ("ink-soft", "paper"),
    ("ink-soft", "sand-pale"),
    ("ink-soft", "orange-pale"),
    ("wrong", "ground"),
    ("wrong", "paper"),
    ("ground", "ink"),
    ("ground", "ink-soft"),
    ("open", "open-pale"),
]
CONTROLS = [("line", "paper"), ("line", "ground"), ("ink", "ground"), ("wrong", "ground"), ("sand-deep", "ground")]


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(one, other):
    darker, lighter = sorted((luminance(TOKENS[one]), luminance(TOKENS[other])))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_stands_out_from_its_ground(text, ground):
    assert ratio(text, ground) >= 4.5


@pytest.mark.parametrize(("edge", "ground"), CONTROLS)
def test_edges_of_what_can_be_pressed_stand_out(edge, ground):
    assert ratio(edge, ground) >= 3


def test_colors_come_from_the_tokens_only():
    rules = SHEET.read_text().partition("}")[2]
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", rules)
