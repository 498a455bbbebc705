"""What the simulators share: how one is started, where it keeps its state, how its console page looks."""

import argparse
import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
from collections.abc import Iterable
from html import escape
from pathlib import Path

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

CSS = """
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--good:#2a7d4f;--bad:#b3402f;--accent:#3b5bdb}
*{box-sizing:border-box}body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:74rem;padding:1rem 1.25rem 4rem}
h1{font-size:1.35rem;margin:.5rem 0}h2{font-size:1.05rem;margin:1.75rem 0 .5rem}a{color:var(--accent)}
nav{display:flex;flex-wrap:wrap;gap:1rem;border-bottom:1px solid var(--line);padding:.5rem 0}
table{border-collapse:collapse;width:100%;font-size:.9rem}
td,th{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
th{font-weight:600;background:var(--soft)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.25rem}dt{opacity:.7}dd{margin:0}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--soft);padding:.6rem;border-radius:.4rem}
.scroll{overflow-x:auto}.card{border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.25rem;margin:.75rem 0}
.big{font-size:1.15rem;font-weight:600}.good{color:var(--good)}.bad{color:var(--bad)}.muted{opacity:.7}
form.row{display:flex;flex-wrap:wrap;gap:.5rem;align-items:end}
input,select,button{font:inherit;padding:.3rem .5rem;max-width:100%}
"""


class Html(str):
    """Text that is markup already and is not escaped again."""

    __slots__ = ()


def html(value: object) -> str:
    """The value as markup: escaped, unless it is Html; None becomes nothing."""
    return value if isinstance(value, Html) else escape("" if value is None else str(value))


def link(href: str, text: object) -> Html:
    return Html(f'<a href="{escape(href)}">{html(text)}</a>')


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> Html:
    head = "".join(f"<th>{html(name)}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{html(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return Html(f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>')


def page(title: str, body: str, menu: Iterable[tuple[str, str]] = ()) -> str:
    """A whole document without outside resources. `body` is markup; `menu` is (address, text)."""
    items = "".join(link(href, text) for href, text in menu)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html(title)}</title><style>{CSS}</style></head>"
        f"<body><nav>{items}</nav><main><h1>{html(title)}</h1>{body}</main></body></html>"
    )


def open_database(state_dir: str | Path | None, name: str, schema: str) -> sqlite3.Connection:
    """Opens (and creates) `<state_dir>/<name>.sqlite3`, or a database in memory; rows come as sqlite3.Row.

    Write-ahead log without a sync per commit: a killed simulator keeps what it answered, a power cut may not.
    """
    where = ":memory:"
    if state_dir is not None:
        folder = Path(state_dir)
        folder.mkdir(parents=True, exist_ok=True)
        where = str(folder / f"{name}.sqlite3")
    database = sqlite3.connect(where, isolation_level=None, check_same_thread=False)
    database.row_factory = sqlite3.Row
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=NORMAL")
    database.executescript(schema)
    return database


def arguments(program: str) -> argparse.ArgumentParser:
    """The command line every simulator has; each adds its own."""
    parser = argparse.ArgumentParser(prog=program)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state-dir", default=None, help="folder of the state; without it the state dies with it")
    return parser


def serve(app: object, host: str, port: int) -> None:
    """Serves an ASGI app in this process, one thread, until SIGINT or SIGTERM; then the process ends, with status 0."""

    async def run() -> None:
        server = Server(app, address=host, port=port, interface=Interfaces.ASGI, log_level=LogLevels.error)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, server.stop)
        await server.serve()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run())
    # The server's own threads may still want the interpreter while it is taken down, and then abort the process.
    sys.stdout.flush()
    os._exit(0)
