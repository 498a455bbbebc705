"""`moonlit web`: the web server (granian, WSGI: see docs/decisions) and, on a port of its own, the metrics."""

import argparse
import os
import tempfile

from moonlit.cli import environment

WORKERS = 2  # processes
THREADS = 2  # per process; a request holds one for its whole length


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workers", type=int, default=WORKERS, help=f"processes (default {WORKERS})")
    parser.add_argument("--blocking-threads", type=int, default=THREADS, help=f"threads each (default {THREADS})")


def run(args: argparse.Namespace) -> int:
    environment.use_demo_secrets(create=False)
    # Here and not only in wsgi.py: the workers are forked from this process, which reads the environment first.
    os.environ.setdefault("MOONLIT_DATABASE_POOL", "4")  # more than the threads that answer: health checks overlap
    # Each process of the server counts into this folder; the parent adds up.
    with tempfile.TemporaryDirectory(prefix="moonlit-metrics-") as counts:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts
        from granian import Granian
        from granian.constants import Interfaces

        from moonlit.platform import log, metrics
        from moonlit.platform.env import env

        log.configure(env().log_level)
        metrics.serve(env().metrics_port, counts)
        Granian(
            "moonlit.config.wsgi:application",
            address=env().listen,
            port=env().port,
            interface=Interfaces.WSGI,
            workers=args.workers,
            blocking_threads=args.blocking_threads,
            respawn_failed_workers=True,
            log_access=False,
            log_dictconfig={"handlers": {}, "loggers": {"_granian": {"handlers": [], "propagate": True}}},
            websockets=False,
        ).serve()
    return 0
