"""Where the vendors' webhooks arrive: a socket, and behind it the whole web server, or whoever the test puts there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.db import connections
from django.test import Client


def deliver_webhook(path: str, headers: dict[str, str], body: bytes) -> int:
    """One post of a vendor, through the whole web server; the status of the answer."""
    proof = {
        name: value for name, value in headers.items() if "signature" in name.lower() or "timestamp" in name.lower()
    }
    answer = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1").post(
        path, body, content_type="application/json", headers=proof
    )
    return answer.status_code


class Gate:
    """Where the vendors post to: each post is handed to `handle`, which gives the status; 500 when it raises."""

    def __init__(self) -> None:
        self.handle: Callable[[str, dict[str, str], bytes], int] = deliver_webhook
        self.address = ""


@contextmanager
def gate() -> Iterator[Gate]:
    made = Gate()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                status = made.handle(self.path, dict(self.headers), body)
            except Exception:  # noqa: BLE001  the vendor sees a server that broke down
                status = 500
            finally:
                connections.close_all()
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
