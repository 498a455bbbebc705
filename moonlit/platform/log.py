"""Logs as one JSON object per line, on standard output.

A key is written only if it is on the list below: what nobody thought of is dropped (and named), not leaked. Values are
ids, codes, counts, times and route names; names, addresses, contacts, tokens, texts and exception messages have no key.
Records of packages keep logger, level and message template, never the template's arguments.
"""

import logging
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any

import orjson
import structlog
from structlog.stdlib import ProcessorFormatter

# fmt: off
ALLOWED = frozenset({
    # who says it, when
    "dropped_keys", "event", "level", "logger", "request_id", "timestamp",
    # ids of our own rows, opaque ids of vendors, codes of the practice file
    "appointment", "attempt", "audit", "contract", "department", "draft", "event_id", "hold", "job", "job_id", "lead",
    "location", "message", "message_id", "payer", "practice", "provider", "slot", "snapshot", "subject", "supervisor",
    "task", "user", "vendor_request_id", "visit_type",
    # what happened
    "action", "code", "consumer", "error", "error_at", "function", "handler", "kind", "lane", "method", "mode",
    "outcome", "problem", "queue", "reason", "result", "route", "state", "status", "step", "team", "template",
    "topic", "trigger", "vendor", "verb", "version",
    # how much, how long, when
    "added", "age_s", "attempts", "bytes", "calls", "changed", "count", "days", "due", "first_day", "found",
    "last_day", "left", "limit", "ms", "pages", "puts", "removed", "retry_after", "rows", "seen_at", "since", "size",
    "skipped", "stored", "total", "until", "updated", "wait_s", "window",
    # the process itself
    "pid", "port", "process", "role", "signal",
})
# fmt: on
PACKAGE_LOG = "package_log"
MAX_TEXT = 200  # characters of one value
# Packages whose message templates are constant; of any other only the place that logged is kept.
_KNOWN_TEMPLATES = ("django", "procrastinate", "_granian", "psycopg", "whitenoise", "allauth")

request_id: ContextVar[str] = ContextVar("moonlit_request_id", default="")

Event = MutableMapping[str, Any]


def get_logger(name: str) -> Any:
    """A logger for constant event names and allow-listed keys: `log.info("visit_booked", appointment=id)`."""
    return structlog.stdlib.get_logger(name)


def configure(level: str = "info") -> None:
    """Sends everything the process logs through the allow-list; called once by each entry point."""
    handler = _StdoutHandler()
    handler.setFormatter(ProcessorFormatter(processors=[*_STEPS, _json]))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("moonlit").setLevel(level.upper())
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


class _StdoutHandler(logging.Handler):
    """Looks standard output up at each line, so that a redirected stream (tests) is honoured."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stdout.write(self.format(record) + "\n")
        sys.stdout.flush()


def _identify(_logger: Any, _method: str, event: Event) -> Event:
    record = event["_record"]
    if not event["_from_structlog"]:
        event["event"] = _foreign_event(record)
        if event["event"] == PACKAGE_LOG:
            event["error_at"] = f"{record.module}:{record.lineno}"
        if record.exc_info:
            event["exc_info"] = record.exc_info
    event |= {"level": record.levelname.lower(), "logger": record.name}
    if found := request_id.get():
        event["request_id"] = found
    return event


class _WithoutPath(logging.Filter):
    """Takes the path, which may hold a token, off the record for whoever listens, our own handler or another's."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.args = ()
        record.__dict__.pop("request", None)
        return True


logging.getLogger("django.request").addFilter(_WithoutPath())


def _foreign_event(record: logging.LogRecord) -> str:
    if record.name.startswith("django.security"):
        return record.name  # its text quotes the request
    if not record.name.startswith(_KNOWN_TEMPLATES) or not isinstance(record.msg, str):
        return PACKAGE_LOG
    return str(getattr(record, "action", record.msg))  # procrastinate formats its text itself, but names the action


def _describe_error(_logger: Any, _method: str, event: Event) -> Event:
    """An exception becomes its type and the place it was raised: its text may quote a patient."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = f"{type(error).__module__}.{type(error).__qualname__}"
        trace = error.__traceback__
        while trace and trace.tb_next:
            trace = trace.tb_next
        if trace:
            event["error_at"] = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
    return event


def _only_allowed(_logger: Any, _method: str, event: Event) -> Event:
    kept = {key: _plain(value) for key, value in event.items() if key in ALLOWED}
    dropped = sorted(key for key in event if key not in ALLOWED and not key.startswith("_"))
    return kept | ({"dropped_keys": dropped} if dropped else {})


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int | float | type(None)):
        return value
    return str(value)[:MAX_TEXT]


def _json(_logger: Any, _method: str, event: Event) -> str:
    return orjson.dumps(event).decode()


_STEPS: list[Any] = [
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _identify,
    _describe_error,
    _only_allowed,
]
