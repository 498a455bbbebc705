"""The web server's entry point: everything a request needs is loaded before the first one arrives."""

import gc
import os
from contextlib import suppress

os.environ.setdefault("MOONLIT_DATABASE_POOL", "4")  # more than the threads that answer: health checks overlap
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moonlit.config.settings")

from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError, connection
from django.urls import get_resolver

from moonlit.platform import clock, log
from moonlit.platform.env import env


def _load_calendars() -> None:
    """The first answer need not wait for them; without a database the server starts all the same and says so."""
    from moonlit.availability.queries import snapshot

    with suppress(DatabaseError):
        snapshot.look(clock.now())
    connection.close()


log.configure(env().log_level)
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 imports the whole tree of views
_load_calendars()
gc.collect()
gc.freeze()  # what is loaded now lives forever; the collector need not walk it again
