"""A small HTTP/1.1 client over keep-alive sockets: it shares the machine with the server it measures."""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from dataclasses import dataclass, field


class BadAnswerError(Exception):
    """The server said something else than 200."""


_LAST_CHUNK = b"\r\n0\r\n\r\n"


@dataclass
class Connection:
    port: int
    socket: socket.socket = field(init=False)
    _pending: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, path: str) -> None:
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n\r\n".encode())

    def receive(self) -> bytes | None:
        """Read what is there; the body once the answer is whole. Raises BadAnswerError."""
        read = self.socket.recv(1 << 20)
        if not read:
            raise BadAnswerError("the server closed the connection")
        self._pending += read
        head, found, _ = self._pending[:4096].partition(b"\r\n\r\n")
        if not found:
            return None
        if not head.startswith(b"HTTP/1.1 200"):
            raise BadAnswerError(self._pending[:300].decode(errors="replace"))
        body = self._body(len(head) + 4, _fields(bytes(head)))
        if body is not None:
            self._pending.clear()
        return body

    def _body(self, at: int, fields: dict[bytes, bytes]) -> bytes | None:
        """The body from there on; None while some of it is still to come."""
        if b"content-length" in fields:
            length = int(fields[b"content-length"])
            return bytes(self._pending[at : at + length]) if len(self._pending) >= at + length else None
        if not self._pending.endswith(_LAST_CHUNK):
            return None
        body = bytearray()
        while size := int(self._pending[at : (start := self._pending.index(b"\r\n", at) + 2)], 16):
            body += self._pending[start : start + size]
            at = start + size + 2
        return bytes(body)

    def get(self, path: str) -> bytes:
        self.send(path)
        while (body := self.receive()) is None:
            pass
        return body

    def close(self) -> None:
        self.socket.close()


def _fields(head: bytes) -> dict[bytes, bytes]:
    lines = head.lower().split(b"\r\n")[1:]
    return {name: value.strip() for name, _, value in (line.partition(b":") for line in lines)}


def one_after_another(port: int, paths: list[str], connections: int = 4) -> list[float]:
    """One client, closed loop; seconds per request. Takes turns on several connections, so that every worker serves."""
    pool = [Connection(port) for _ in range(connections)]
    took = []
    for number, path in enumerate(paths):
        connection = pool[number % connections]
        started = time.perf_counter()
        connection.get(path)
        took.append(time.perf_counter() - started)
    for connection in pool:
        connection.close()
    return took


def at_a_rate(port: int, paths: list[str], per_second: float, connections: int = 16) -> list[float]:
    """Open loop: requests arrive on time whatever the server does; seconds from when each was due.

    `per_second` 0: as many at once as there are connections, each as soon as one is free (throughput).
    """
    selector = selectors.DefaultSelector()
    idle = deque(Connection(port) for _ in range(connections))
    pool = list(idle)
    due: dict[Connection | int, float] = {}
    took: list[float] = []
    began = time.perf_counter()
    sent = 0
    while len(took) < len(paths):
        now = time.perf_counter()
        while idle and sent < len(paths):
            at = began + sent / per_second if per_second else now
            if at > now:
                break
            connection = idle.popleft()
            due[id(connection)] = at
            connection.send(paths[sent])
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            sent += 1
        wait = None
        if per_second and sent < len(paths) and idle:
            wait = max(0.0, began + sent / per_second - time.perf_counter())
        for key, _ in selector.select(wait):
            connection = key.data
            if connection.receive() is not None:
                took.append(time.perf_counter() - due[id(connection)])
                selector.unregister(connection.socket)
                idle.append(connection)
    for connection in pool:
        connection.close()
    return took
