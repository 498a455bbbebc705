"""Whoever receives the webhooks, for tests: a small server on a real socket."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WAIT = 20


class Receiver:
    """Answers with `statuses` in turn, then 200. `before` runs ahead of each answer."""

    def __init__(self):
        self.got = []
        self.statuses = []
        self.before = lambda: None
        self.came = threading.Condition()
        self.address = ""

    def wait(self, count):
        """The first `count` posts as (headers, body)."""
        with self.came:
            if not self.came.wait_for(lambda: len(self.got) >= count, WAIT):
                raise AssertionError(f"{len(self.got)} of {count} came")
            return self.got[:count]


@contextmanager
def receiving():
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with receiver.came:
                receiver.got.append((self.path, dict(self.headers), body))
                status = receiver.statuses.pop(0) if receiver.statuses else 200
                receiver.came.notify_all()
            receiver.before()
            try:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except OSError:
                pass  # the pusher went away

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.address = f"http://127.0.0.1:{server.server_port}/hook"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
