import os
import pwd
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from moonlit.platform import localpg

ROOT = os.getuid() == 0


@pytest.fixture
def folder(tmp_path):
    yield tmp_path
    for data_dir in [tmp_path, *(path for path in tmp_path.rglob("*") if path.is_dir())]:
        shutil.rmtree(localpg.base_folder(data_dir), ignore_errors=True)


def ask(place, question):
    with psycopg.connect(**place.address) as link:
        return link.execute(question).fetchone()[0]


def test_the_server_speaks_utf8_in_the_c_locale_on_a_unix_socket_only(folder):
    with localpg.running(folder / "data", durable=False) as place:
        assert ask(place, "SHOW server_encoding") == "UTF8"
        assert ask(place, "SELECT datcollate FROM pg_database WHERE datname = current_database()") == "C"
        assert ask(place, "SHOW listen_addresses") == ""
        assert ask(place, "SELECT current_setting('server_version_num')::int / 10000") == 16


def test_data_outlives_a_stop_and_a_second_start_finds_it(folder):
    with localpg.running(folder / "data", durable=False) as place, psycopg.connect(**place.address) as link:
        link.execute("CREATE TABLE kept (x int)")
    assert not localpg._accepts(place)
    with localpg.running(folder / "data", durable=False) as place:
        assert ask(place, "SELECT count(*) FROM kept") == 0


def test_a_server_that_already_runs_is_used_and_left_running(folder):
    with localpg.running(folder / "data", durable=False) as place:
        with localpg.running(folder / "data", durable=False):
            pass
        assert localpg._accepts(place)


def test_a_pid_left_by_a_crash_that_now_belongs_to_another_program_does_not_stop_the_start(folder):
    with localpg.running(folder / "data", durable=False) as place:
        pass
    pid_file = place.data / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{place.data}\n0\n5432\n{place.base}\n\n0\n")
    os.chown(pid_file, place.uid, place.gid)
    with localpg.running(folder / "data", durable=False) as place:
        assert ask(place, "SELECT 1") == 1


def test_a_killed_server_recovers_at_the_next_start(folder):
    place = localpg.prepare(folder / "data")
    localpg.start(place)
    with psycopg.connect(**place.address, autocommit=True) as link:
        link.execute("CREATE TABLE kept (x int)")
        pid = localpg._recorded_pid(place)
        os.kill(pid, 9)
    os.waitpid(pid, 0)
    with localpg.running(folder / "data") as place:
        assert ask(place, "SELECT count(*) FROM kept") == 0


def test_the_server_ends_when_the_process_that_started_it_is_killed(folder):
    script = (
        "import sys, time; from pathlib import Path; from moonlit.platform import localpg\n"
        "with localpg.running(Path(sys.argv[1]), durable=False) as p: print(localpg._recorded_pid(p), flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", script, folder / "data"], stdout=subprocess.PIPE, text=True)
    pid = int(starter.stdout.readline())
    starter.kill()
    starter.wait()
    wait = subprocess.run(
        ["/bin/sh", "-c", f"while kill -0 {pid} 2>/dev/null; do sleep 0.05; done"], timeout=20, check=False
    )
    assert wait.returncode == 0


def test_a_data_folder_with_a_very_long_path_works_because_the_socket_lives_elsewhere(folder):
    deep = folder / ("x" * 120) / "data"
    with localpg.running(deep, durable=False) as place:
        assert ask(place, "SELECT 1") == 1


def test_a_foreign_socket_folder_is_refused(folder):
    base = localpg.base_folder(folder / "data")
    base.mkdir(mode=0o777)
    base.chmod(0o777)
    with pytest.raises(localpg.LocalPgError, match="not ours alone"):
        localpg.prepare(folder / "data")


def test_missing_binaries_are_told_with_what_to_do(folder):
    with pytest.raises(localpg.LocalPgError, match="MOONLIT_PG_BINDIR"):
        localpg.binaries(folder)


def test_removing_leaves_neither_data_nor_socket_folder(folder):
    with localpg.running(folder / "data", durable=False) as place:
        pass
    localpg.remove(folder / "data")
    assert not place.data.exists()
    assert not place.base.exists()


if ROOT:

    def test_as_root_inside_a_closed_folder_everything_lives_outside_and_no_mode_changes(folder):
        closed = folder / "closed"
        closed.mkdir(mode=0o700)
        wheel = localpg.binaries().parent
        shutil.copytree(wheel, closed / wheel.parent.name / wheel.name, symlinks=True)
        shutil.copytree(f"{wheel.parent}.libs", closed / f"{wheel.parent.name}.libs", symlinks=True)
        bindir = closed / wheel.parent.name / wheel.name / "bin"
        before = {path: path.stat()[:6] for path in [closed, folder, *folder.parents]}
        with localpg.running(closed / "data", bindir, durable=False) as place:
            assert ask(place, "SELECT 1") == 1
            assert place.data.is_relative_to(place.base)
            assert place.binaries.is_relative_to(place.base)
            assert (closed / "data" / localpg.POINTER).read_text().strip() == str(place.data)
            assert (place.base.stat().st_uid, stat.S_IMODE(place.base.stat().st_mode)) == (place.uid, 0o700)
            owner = subprocess.run(
                ["ps", "-o", "uid=", "-p", str(localpg._recorded_pid(place))],
                capture_output=True,
                text=True,
                check=True,
            )
            assert int(owner.stdout) == place.uid != 0
        after = {path: path.stat()[:6] for path in before}
        for path, (mode, _, _, _, uid, gid) in before.items():
            assert (after[path][0], after[path][4], after[path][5]) == (mode, uid, gid), path

    def test_as_root_in_an_open_folder_the_data_stays_in_the_data_folder():
        open_folder = Path("/var/tmp") / f"moonlit-open-{os.getpid()}"
        open_folder.mkdir(mode=0o755)
        open_folder.chmod(0o755)
        try:
            with localpg.running(open_folder, durable=False) as place:
                assert place.data == open_folder / "postgres-16"
                assert ask(place, "SELECT 1") == 1
        finally:
            localpg.remove(open_folder)
            shutil.rmtree(open_folder)


def test_as_an_ordinary_user_the_server_runs_as_that_user(folder):
    account = pwd.getpwnam("nobody") if ROOT else pwd.getpwuid(os.getuid())
    home = Path("/var/tmp") / f"moonlit-ordinary-{os.getpid()}"
    home.mkdir(mode=0o700)
    os.chown(home, account.pw_uid, account.pw_gid)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if ROOT:
                os.setgroups([])
                os.setgid(account.pw_gid)
                os.setuid(account.pw_uid)
            with localpg.running(home / "data", durable=False) as place:
                status = 0 if ask(place, "SELECT 1") == 1 and place.data == home / "data" / "postgres-16" else 2
            localpg.remove(home / "data")
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    shutil.rmtree(home)
    assert os.waitstatus_to_exitcode(status) == 0
