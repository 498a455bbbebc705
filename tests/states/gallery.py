"""Each state in every language, colour scheme and width: looked at, and kept as a picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page

from tests.states.watch import Watch

THEMES = ("light", "dark")
WIDTHS = (320, 1280)
HEIGHT = 900
FRAME_MS = 400
"""In which a frame has told the page around it how tall it is now; only a picture needs to wait for it."""
_PAINTED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@dataclass(frozen=True)
class Picture:
    state: str
    language: str
    theme: str
    width: int
    file: str
    faults: tuple[str, ...]
    """What axe or our own look found."""


@dataclass
class Gallery:
    folder: Path | None
    """None: look and keep nothing."""
    pictures: list[Picture] = field(default_factory=list)

    def take(self, page: Page, watch: Watch, state: str, language: str) -> None:
        """One state in both schemes and all widths. The page is left as it was: light and wide."""
        for theme in THEMES:
            for width in WIDTHS:
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                page.set_viewport_size({"width": width, "height": HEIGHT})
                page.evaluate(_PAINTED)
                if state.startswith("embed-") and self.folder is not None:
                    page.wait_for_timeout(FRAME_MS)
                faults = _faults(watch, state)
                name = f"{state}.{language}.{theme}.{width}.png"
                if self.folder is not None:
                    page.screenshot(path=self.folder / name, full_page=True, animations="disabled", scale="css")
                self.pictures.append(Picture(state, language, theme, width, name, faults))
        page.emulate_media(color_scheme="light", reduced_motion="reduce")

    @property
    def faulty(self) -> list[Picture]:
        return [each for each in self.pictures if each.faults]


def _faults(watch: Watch, state: str) -> tuple[str, ...]:
    try:
        if state.startswith("embed-"):
            watch.look_at_a_host()
        else:
            watch.look()
    except AssertionError as fault:
        return (str(fault),)
    return ()
