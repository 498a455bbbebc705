import socket
import subprocess
import sys
import time

import pytest

from moonlit.cli.processes import Children, StartError, answers, is_free

SERVE = "import http.server, sys; http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()"


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ends(pid):
    """Whether the process is gone, or but a zombie nobody has fetched, within ten seconds."""
    give_up = time.monotonic() + 10
    while time.monotonic() < give_up:
        shown = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
        ).stdout
        if not shown.strip() or shown.startswith("Z"):
            return True
        time.sleep(0.02)
    return False


def test_a_child_that_answers_is_waited_for_and_ended(tmp_path, port):
    with Children(tmp_path / "logs") as children:
        child = children.start("server", "-c", SERVE, str(port))
        children.wait_until_it_answers(child, f"http://127.0.0.1:{port}/", 20)
        assert not is_free(port)
    assert child.process.poll() is not None
    assert not answers(f"http://127.0.0.1:{port}/")


def test_a_child_that_ends_at_once_is_named_with_its_log(tmp_path, port):
    with Children(tmp_path / "logs") as children:
        child = children.start("broken", "-c", "raise SystemExit(3)")
        with pytest.raises(StartError, match=r"broken ended with status 3.*broken\.log"):
            children.wait_until_it_answers(child, f"http://127.0.0.1:{port}/", 20)
        with pytest.raises(StartError, match="broken ended by itself"):
            children.watch()


def test_grandchildren_do_not_outlive_the_stop(tmp_path):
    script = (
        "import subprocess, sys, time; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); time.sleep(60)"
    )
    with Children(tmp_path / "logs") as children:
        children.start("parent", "-c", script)
        log = tmp_path / "logs" / "parent.log"
        give_up = time.monotonic() + 20
        while not log.read_text().strip() and time.monotonic() < give_up:
            time.sleep(0.02)
        grandchild = int(log.read_text())
    assert ends(grandchild)


def test_children_do_not_outlive_a_parent_that_is_killed(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from moonlit.cli.processes import Children\n"
        "with Children(Path(sys.argv[1])) as c: print(c.start('x', '-c', 'import time; time.sleep(60)').process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, tmp_path / "logs"], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    assert ends(child)


def test_the_newest_child_is_stopped_first(tmp_path):
    script = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: (open(sys.argv[1], 'a').write(sys.argv[2]), sys.exit(0))); print('up', flush=True); time.sleep(60)"
    order = tmp_path / "order"
    with Children(tmp_path / "logs") as children:
        for name in ("a", "b", "c"):
            children.start(name, "-c", script, order, name)
        give_up = time.monotonic() + 20
        while (
            any("up" not in (tmp_path / "logs" / f"{name}.log").read_text() for name in "abc")
            and time.monotonic() < give_up
        ):
            time.sleep(0.02)
    assert order.read_text() == "cba"
