"""The inbox page: what patients would have received by text message."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from simulators.common import html
from simulators.messagebox import Box
from simulators.messagehooks import Courier
from simulators.messagepages import Message, form, linked, page_routes, when
from simulators.notifyre import replies


def routes(box: Box, courier: Courier) -> list[Route]:
    def content(message: Message) -> str:
        return f"<h2>Text</h2><pre>{linked(message['body'])}</pre>{_conversation(box, message)}"

    async def reply(request: Request) -> Response:
        given = await form(request)
        if given.get("from") and given.get("text"):
            replies.receive(box, courier, given["from"], given["text"])
        return RedirectResponse(f"/messages/{request.path_params['message_id']}", 303)

    return [
        *page_routes(box, courier, "SMS inbox (Notifyre simulator)", _head, _facts, content),
        Route("/messages/{message_id}/reply", reply, methods=["POST"]),
    ]


def _head(message: Message) -> str:
    return message["body"]


def _facts(message: Message) -> Iterable[tuple[str, object]]:
    return (
        ("From", message["from"]),
        ("Refused numbers", ", ".join(message["invalid"]) or "none"),
        ("Parts", message["parts"]),
        ("Metadata", ", ".join(f"{key}={value}" for key, value in message["metadata"].items())),
    )


def _conversation(box: Box, message: Message) -> str:
    """What the numbers of this message wrote to us, and a form to write as one of them."""
    kept = [reply for reply in reversed(box.messages(table="reply")) if reply["senderNumber"] in message["to"]]
    said = "".join(f"<dt>{html(when(reply['at']))}</dt><dd>{html(reply['message'])}</dd>" for reply in kept)
    forms = "".join(
        f"<form class='row card' method='post' action='/messages/{html(message['id'])}/reply'>"
        f"<input type='hidden' name='from' value='{html(number)}'>"
        f"<label>As {html(number)}: <input name='text' maxlength='500' required placeholder='STOP'></label>"
        "<button>Reply</button></form>"
        for number in message["to"]
    )
    return f"<h2>Reply to this message as the patient</h2><dl>{said}</dl>{forms}"
