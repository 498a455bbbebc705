"""`moonlit sync`: keeps the mirror of the EHR fresh; a process of its own where the worker leaves it out."""

import argparse
import signal
import threading

SYNC_EVERY = 2.0  # seconds between two looks at what is due; a look that finds nothing is a query or two


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="refresh everything now, say what changed, and end")


def run(args: argparse.Namespace) -> int:
    if args.once:
        return _once()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    sync_until(stop)
    return 0


def sync_until(stop: threading.Event) -> None:
    """Refreshes what is due, every two seconds, until told to stop. Errors are logged and the next look tries again."""
    from django.db import close_old_connections

    from moonlit.platform import clock
    from moonlit.platform.log import get_logger
    from moonlit.sync.services import sync_due

    log = get_logger(__name__)
    while not stop.wait(SYNC_EVERY):
        try:
            sync_due(clock=clock.now)
        except Exception:
            log.exception("sync_failed")
        finally:
            close_old_connections()


def _once() -> int:
    from moonlit.platform import clock
    from moonlit.sync.services import sync_once

    result = sync_once(clock=clock.now, progress=lambda line: print(line, flush=True))
    if result is None:
        print("another process is syncing; nothing was done")
        return 1
    return 1 if result.failed else 0
