"""What a browser really transfers, as Chromium counts it: head and body of each answer, compressed as sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

SLOW_4G = {"latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8, "offline": False}
"""150 ms and 1.6 Mbit/s down."""


@dataclass(frozen=True)
class Answer:
    kind: str
    """Document, Stylesheet, Script, Font, Image, Other."""
    path: str
    size: int
    """Bytes over the wire; 0 from the browser's own cache."""
    cached: bool


class Wire:
    """Listens to one page; `answers` since the last `clear()`."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._open: dict[str, dict[str, Any]] = {}
        self.answers: list[Answer] = []
        self._session.on("Network.responseReceived", self._begun)
        self._session.on("Network.requestServedFromCache", self._from_memory)
        self._session.on("Network.loadingFinished", self._finished)
        self._session.send("Network.enable")

    def slow(self) -> None:
        """As over a telephone with little reception."""
        self._session.send("Network.emulateNetworkConditions", SLOW_4G)

    def clear(self) -> None:
        self._open, self.answers = {}, []

    @property
    def size(self) -> int:
        return sum(each.size for each in self.answers)

    def _begun(self, event: dict[str, Any]) -> None:
        known = self._open.setdefault(event["requestId"], {})
        known |= {"kind": event["type"], "url": event["response"]["url"]}
        known["cached"] = known.get("cached", False) or event["response"].get("fromDiskCache", False)

    def _from_memory(self, event: dict[str, Any]) -> None:
        self._open.setdefault(event["requestId"], {})["cached"] = True

    def _finished(self, event: dict[str, Any]) -> None:
        known = self._open.pop(event["requestId"], {})
        url = str(known.get("url", ""))
        if not url.startswith("http"):
            return
        path = "/" + url.split("/", 3)[3].partition("?")[0]
        cached = bool(known["cached"])
        self.answers.append(Answer(str(known["kind"]), path, 0 if cached else int(event["encodedDataLength"]), cached))
