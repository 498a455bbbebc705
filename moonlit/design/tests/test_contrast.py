"""Everything can be read and found: WCAG 2.2 AA on the pairs of colours that the style sheets put together."""

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2]
TOKENS = PACKAGE / "design" / "styles" / "tokens.css"
_LIGHT, _, _DARK = TOKENS.read_text().partition("prefers-color-scheme: dark")
COLOR = re.compile(r"--([a-z-]+): (#[0-9a-f]{6,8});")
LIGHT = dict(COLOR.findall(_LIGHT))
THEMES = {"light": LIGHT, "dark": {**LIGHT, **dict(COLOR.findall(_DARK))}}

GROUNDS = ("ground", "paper", "sand-pale", "orange-pale")
TEXT = [
    *[(text, ground) for text in ("ink", "ink-soft", "wrong") for ground in GROUNDS],
    ("on-action", "action"),
    ("on-action", "action-over"),
    ("ink", "open-pale"),
    ("open", "open-pale"),
    ("open", "paper"),
]
"""Whatever is text: 4.5 to 1 (1.4.3)."""
MARKS = [
    *[(edge, ground) for edge in ("line", "focus", "action", "wrong") for ground in ("ground", "paper", "sand-pale")],
    *[("focus", ground) for ground in ("orange-pale", "open-pale")],
    ("sand-deep", "ground"),
    ("sand-deep", "paper"),
    ("sand-deep", "rule"),
]
"""Edges of what can be pressed or filled in, the ring of focus, the step one is on: 3 to 1 (1.4.11)."""
NOT_CHECKED = {"rule", "sand", "orange", "shade", "white"}
"""They only divide, decorate, or repeat what is said in words beside them."""

SHEETS = [path for path in sorted(PACKAGE.glob("*/styles/*.css")) if path != TOKENS]
OURS = re.compile(
    r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color|color-mix|light-dark)\(", re.IGNORECASE
)
NAMED = re.compile(
    r"(?:color|background|border|outline|shadow|fill|stroke)[a-z-]*:[^;{}]*\b"
    r"(?:white|black|gray|grey|silver|red|green|blue|navy|orange|yellow|brown|beige|ivory|tan|gold|pink|purple)\b(?!-)",
)


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_stands_out_from_its_ground(theme, text, ground):
    assert ratio(THEMES[theme][text], THEMES[theme][ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("mark", "ground"), MARKS)
def test_what_can_be_pressed_and_the_focus_stand_out(theme, mark, ground):
    assert ratio(THEMES[theme][mark], THEMES[theme][ground]) >= 3


def test_the_dark_theme_has_every_colour_and_none_of_its_own():
    same_in_both = {"white"}
    assert set(COLOR.findall(_DARK)) - set(LIGHT.items())
    assert {name for name, _ in COLOR.findall(_DARK)} == set(LIGHT) - same_in_both


def test_every_colour_is_checked_or_said_to_mean_nothing_by_itself():
    checked = {name for pair in TEXT + MARKS for name in pair}
    assert set(LIGHT) - checked - NOT_CHECKED == set()


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_colours_come_from_the_tokens_only(path):
    rules = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    rules = re.sub(r"var\(--[a-z-]+\)", "", rules)
    assert OURS.findall(rules) + NAMED.findall(rules) == []


def test_scripts_and_pictures_repeat_no_colour_that_is_not_a_token():
    files = [path for ending in ("js", "svg") for path in PACKAGE.glob(f"*/static/**/*.{ending}")]
    known = {color for theme in THEMES.values() for color in theme.values()}
    assert len(files) >= 3
    assert {color for path in files for color in re.findall(r"#[0-9a-f]{6}\b", path.read_text())} <= known


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_token_a_sheet_asks_for_exists(path):
    known = set(re.findall(r"(--[a-z-]+):", TOKENS.read_text()))
    own = set(re.findall(r"(--[a-z-]+):", path.read_text()))
    assert set(re.findall(r"var\((--[a-z-]+)", path.read_text())) - known - own == set()


def test_there_are_sheets_to_look_at():
    assert len(SHEETS) >= 10
