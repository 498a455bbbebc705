"""The worker process: runs the jobs of every queue and the sweeps, until it is told to stop.

Procrastinate's own periodic tasks are not used (they can stop for good after a row is orphaned), and it does not
retry jobs of a dead worker by itself; a thread of ours does both.
"""

import asyncio
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import close_old_connections
from procrastinate import sql
from procrastinate.contrib.django import DjangoApp, app

from moonlit.platform import clock
from moonlit.platform.jobs import queues
from moonlit.platform.log import get_logger
from moonlit.platform.sweeps import all_sweeps, run_sweep, sweep

log = get_logger(__name__)

HEARTBEAT_LOST_AFTER = 30  # seconds
MOST_ATTEMPTS = 5  # of a job whose worker died; then it is left as failed for staff to see
GRACE = 20  # seconds a running job gets when the process stops


def run_worker(stop: threading.Event | None = None) -> None:
    """Block until SIGTERM or SIGINT, or until `stop` is set by another thread; running jobs get 20 s to end."""
    stop = stop or threading.Event()
    sweeper = threading.Thread(target=_sweep_until, args=(stop,), name="sweeps", daemon=True)
    with _signals_set(stop):
        sweeper.start()
        try:
            asyncio.run(_run_queues(stop))
        finally:
            stop.set()
            sweeper.join(GRACE)


@contextmanager
def _signals_set(stop: threading.Event) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def _run_queues(stop: threading.Event) -> None:
    # The tasks stay bound to the Django app, so that a job which enqueues another does it in its own transaction;
    # only fetching and finishing go over the worker's direct connections.
    fetching = DjangoApp(connector=app.connector.get_worker_connector())
    fetching.tasks = app.tasks
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(sum(queues().values()) + 2, thread_name_prefix="job"))
    async with fetching.open_async():
        running = [
            asyncio.create_task(
                fetching.run_worker_async(
                    queues=[queue],
                    name=queue,
                    concurrency=concurrency,
                    delete_jobs="successful",
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=GRACE,
                    stalled_worker_timeout=HEARTBEAT_LOST_AFTER,
                ),
            )
            for queue, concurrency in queues().items()
        ]
        log.info("worker_started")
        told = asyncio.create_task(asyncio.to_thread(stop.wait))
        done, _ = await asyncio.wait([*running, told], return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    log.info("worker_stopped")
    for ended in done - {told}:
        ended.result()  # a queue that ended by itself ended with an error: the process must not look healthy


def _sweep_until(stop: threading.Event) -> None:
    due: dict[str, float] = {}
    while not stop.wait(0.5):
        for each in all_sweeps():
            if time.monotonic() >= due.get(each.name, 0) and not stop.is_set():
                run_sweep(each, clock.now())
                due[each.name] = time.monotonic() + each.every_seconds
                close_old_connections()


@sweep(every_seconds=15)
def retry_stalled_jobs(now: datetime) -> None:
    """Put the jobs of workers that died back into the queue."""
    stalled = app.connector.execute_query_all(
        sql.queries["select_stalled_jobs_by_heartbeat"],
        queue=None,
        task_name=None,
        seconds_since_heartbeat=HEARTBEAT_LOST_AFTER,
    )
    for job in stalled:
        if job["attempts"] < MOST_ATTEMPTS:
            log.warning("job_of_dead_worker", job=job["task_name"], job_id=job["id"])
            app.job_manager.retry_job_by_id(job["id"], retry_at=now)
        else:
            log.error("job_kills_workers", job=job["task_name"], job_id=job["id"])
            app.connector.execute_query(
                sql.queries["finish_job"],
                job_id=job["id"],
                status="failed",
                delete_job=False,
            )


@sweep(every_seconds=3600)
def purge_failed_jobs(now: datetime) -> None:
    """Forget jobs that failed a month ago; what they were about is remembered by its own row."""
    app.connector.execute_query(
        "DELETE FROM procrastinate_jobs WHERE status IN ('failed', 'aborted', 'cancelled') AND id IN"
        " (SELECT job_id FROM procrastinate_events GROUP BY job_id HAVING max(at) < %(before)s)",
        before=now - timedelta(days=30),
    )
