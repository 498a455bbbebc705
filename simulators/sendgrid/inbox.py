"""The inbox page: what patients and staff would have received by e-mail."""

from collections.abc import Iterable
from html import escape

from starlette.routing import Route

from simulators.messagebox import Box
from simulators.messagehooks import Courier
from simulators.messagepages import Message, linked, page_routes


def routes(box: Box, courier: Courier) -> list[Route]:
    return page_routes(box, courier, "E-mail inbox (SendGrid simulator)", _head, _facts, _content)


def _head(message: Message) -> str:
    return message["subject"] or "(no subject)"


def _facts(message: Message) -> Iterable[tuple[str, object]]:
    return (
        ("From", f"{message['from'].get('name', '')} <{message['from']['email']}>"),
        ("Template", message["template_id"] or "none"),
        ("Custom arguments", ", ".join(f"{key}={value}" for key, value in message["custom_args"].items())),
    )


def _content(message: Message) -> str:
    body = f"<h2>Text</h2><pre>{linked(message['text'])}</pre>"
    if message["html"]:
        body += (
            '<h2>HTML</h2><iframe title="The message as HTML" sandbox="allow-popups" '
            'style="width:100%;min-height:28rem;border:1px solid var(--line);background:#fff" '
            f'srcdoc="{escape(message["html"])}"></iframe>'
        )
    for part in message["attachments"]:
        body += f"<h2>{escape(part['name'])} ({escape(part['type'])})</h2><pre>{escape(part['text'])}</pre>"
    return body
