"""One embedded PostgreSQL per run (shared by all xdist workers), random secrets, no network beyond this machine."""

import atexit
import os
import secrets
import shutil
import signal
import socket
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from moonlit.cli import catalogue
from moonlit.platform import localpg

pytest_plugins = ["tests.support.fixtures"]

LONG = os.environ.get("MOONLIT_LONG") == "1"
CONTROLLER = "PYTEST_XDIST_WORKER" not in os.environ
LOOPBACK = ("127.", "::1", "localhost")

_cleanup = ExitStack()
_long_left_out = 0

hypothesis_settings.register_profile("dev", deadline=None, database=None)
hypothesis_settings.register_profile("long", deadline=None, database=None, max_examples=2000)
hypothesis_settings.load_profile("long" if LONG else "dev")


def _test_environment() -> dict[str, str]:
    from moonlit.platform.crypto.keys import new_keyset

    nowhere = "http://127.0.0.1:9"
    return {
        "MOONLIT_SECRET_KEY": secrets.token_urlsafe(48),
        "MOONLIT_BLIND_INDEX_KEY": secrets.token_urlsafe(48),
        "MOONLIT_ENCRYPTION_KEYSET": new_keyset(),
        "MOONLIT_ATHENA_BASE_URL": nowhere,
        "MOONLIT_ATHENA_CLIENT_ID": "test-client",
        "MOONLIT_ATHENA_CLIENT_SECRET": secrets.token_urlsafe(32),
        "MOONLIT_ATHENA_PRACTICE_ID": "195900",
        "MOONLIT_ATHENA_WEBHOOK_SECRET": secrets.token_urlsafe(32),
        "MOONLIT_SENDGRID_BASE_URL": nowhere,
        "MOONLIT_SENDGRID_API_KEY": secrets.token_urlsafe(32),
        "MOONLIT_NOTIFYRE_BASE_URL": nowhere,
        "MOONLIT_NOTIFYRE_API_TOKEN": secrets.token_urlsafe(32),
        "MOONLIT_NOTIFYRE_WEBHOOK_SECRET": secrets.token_urlsafe(32),
        "MOONLIT_DATABASE_ROLE": "none",  # tests make tables; what the application's role may do has its own tests
    }


def _start_everything() -> None:
    from moonlit.cli import assets

    assets.build()  # before Django looks for the folder of built style sheets; a moment when nothing has changed
    for name in [name for name in os.environ if name.startswith("MOONLIT_") and name not in KEPT]:
        del os.environ[name]  # the developer's own installation must not leak into tests
    data_dir = Path(tempfile.mkdtemp(prefix="moonlit-test-"))
    _cleanup.callback(shutil.rmtree, data_dir, ignore_errors=True)
    _cleanup.callback(localpg.remove, data_dir)
    major = int(os.environ.get("MOONLIT_PG_MAJOR", "16"))
    bindir = Path(os.environ["MOONLIT_PG_BINDIR"]) if os.environ.get("MOONLIT_PG_BINDIR") else None
    place = _cleanup.enter_context(localpg.running(data_dir, bindir, major, durable=False))
    os.environ["MOONLIT_DATA_DIR"] = str(data_dir)
    (data_dir / "static").mkdir()  # whitenoise warns of a folder that is not there
    os.environ["MOONLIT_DATABASE_URL"] = f"postgresql://{localpg.USER}@/{localpg.DATABASE}?host={place.base}"
    os.environ.update(_test_environment())


KEPT = {"MOONLIT_LONG", "MOONLIT_PG_MAJOR", "MOONLIT_PG_BINDIR", "MOONLIT_TEST_BROWSER", "MOONLIT_REFERENCE_DIR"}

if CONTROLLER:
    atexit.register(_cleanup.close)  # pytest does not always get as far as pytest_unconfigure
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated", returncode=143))
    try:
        catalogue.compile_all()  # pages in Spanish need it, and nobody need have built anything
        _start_everything()
    except BaseException:
        _cleanup.close()
        raise
os.environ["DJANGO_SETTINGS_MODULE"] = "moonlit.config.settings"


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    from django.conf import settings

    # Reading one setting loads them all, which is what makes pytest-django set Django up.
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # fast; nothing here is worth guarding


def pytest_unconfigure() -> None:
    _cleanup.close()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    global _long_left_out  # noqa: PLW0603 one number of this run
    left_out = [] if LONG else [item for item in items if item.get_closest_marker("long")]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)
        _long_left_out = len(left_out)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not CONTROLLER:
        session.config.workeroutput["long_left_out"] = _long_left_out


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error) -> None:
    global _long_left_out  # noqa: PLW0603 one number of this run
    _long_left_out = getattr(node, "workeroutput", {}).get("long_left_out", _long_left_out)


def pytest_terminal_summary(terminalreporter) -> None:
    if not LONG:
        terminalreporter.write_line(
            f"only `make test-all` runs: {_long_left_out} long tests of this selection, "
            "everything again under TZ=Pacific/Auckland and on PostgreSQL 18, and the mutation run",
        )


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """After the migrations of the test database: the roles and their rights, as `moonlit migrate` gives them."""
    from django.db import connection

    from moonlit.audit.sql import ALLOW_FLUSH
    from moonlit.platform import roles

    with django_db_blocker.unblock():
        roles.create()
        roles.grant()
        with connection.cursor() as cursor:
            cursor.execute(ALLOW_FLUSH)


def _refuse_strangers(real):
    def connect(self, address, *rest):
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {address[0]}: tests stay on this machine")
        return real(self, address, *rest)

    return connect


def _refuse_lookups(real):
    def getaddrinfo(host, *rest, **more):
        name = host.decode() if isinstance(host, bytes) else host
        if name and name != "0.0.0.0" and not name.startswith(LOOPBACK):
            raise AssertionError(f"a test tried to look {name} up: tests stay on this machine")
        return real(host, *rest, **more)

    return getaddrinfo


socket.socket.connect = _refuse_strangers(socket.socket.connect)
socket.socket.connect_ex = _refuse_strangers(socket.socket.connect_ex)
socket.getaddrinfo = _refuse_lookups(socket.getaddrinfo)
