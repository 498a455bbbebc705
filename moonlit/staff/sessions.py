"""How long a sign-in lasts: 15 minutes without a request, 12 hours in all."""

from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase

IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=12)
NOTED_EVERY = timedelta(seconds=30)  # "last seen" is written at most this often

_OPENED, _SEEN = "moonlit_opened", "moonlit_seen"


def start_session(session: SessionBase, now: datetime) -> None:
    session[_OPENED] = session[_SEEN] = now.timestamp()


def is_over(session: SessionBase, now: datetime) -> bool:
    """Whether the session is past either limit; one that was not started here is."""
    opened, seen = session.get(_OPENED), session.get(_SEEN)
    if opened is None or seen is None:
        return True
    at = now.timestamp()
    return at - seen >= IDLE.total_seconds() or at - opened >= ABSOLUTE.total_seconds()


def note_seen(session: SessionBase, now: datetime) -> None:
    if now.timestamp() - session[_SEEN] >= NOTED_EVERY.total_seconds():
        session[_SEEN] = now.timestamp()
