"""`moonlit worker`: jobs and sweeps and, unless MOONLIT_WORKER_SYNC=0, the EHR sync, until SIGTERM."""

import argparse
import threading


def configure(_parser: argparse.ArgumentParser) -> None:
    pass


def run(_args: argparse.Namespace) -> int:
    from moonlit.cli.sync import sync_until
    from moonlit.platform.env import env
    from moonlit.platform.worker import run_worker

    stop = threading.Event()
    if env().worker_sync:
        # A thread of its own: an EHR that answers slowly must not hold up the sweeps.
        threading.Thread(target=sync_until, args=(stop,), name="sync", daemon=True).start()
    run_worker(stop)
    return 0
