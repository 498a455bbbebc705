"""The inbox page: what patients would have received by text message."""

from collections.abc import Iterable

from starlette.routing import Route

from simulators.messagebox import Box
from simulators.messagepages import Message, linked, page_routes


def routes(box: Box) -> list[Route]:
    return page_routes(box, "SMS inbox (Notifyre simulator)", _head, _facts, _content)


def _head(message: Message) -> str:
    return message["body"]


def _facts(message: Message) -> Iterable[tuple[str, object]]:
    return (
        ("From", message["from"]),
        ("Refused numbers", ", ".join(message["invalid"]) or "none"),
        ("Parts", message["parts"]),
        ("Metadata", ", ".join(f"{key}={value}" for key, value in message["metadata"].items())),
    )


def _content(message: Message) -> str:
    return f"<h2>Text</h2><pre>{linked(message['body'])}</pre>"
