"""`moonlit demo` as a newcomer meets it: ready, once per data folder, gone without a trace."""

import os
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from moonlit.platform import localpg
from tests.system.demo import free_ports

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.xdist_group("system")


@pytest.fixture
def environment(tmp_path):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MOONLIT_") and name != "PORT"}
    data = tmp_path / "data"
    yield {**clean, "MOONLIT_DATA_DIR": str(data), "MOONLIT_PORT": str(free_ports()), "PYTHONUNBUFFERED": "1"}
    localpg.remove(data)


def demo(environment, *arguments):
    """Started as a shell starts a command in the background: with SIGINT ignored."""
    return subprocess.Popen(
        ["sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-m", "moonlit", "demo", *arguments],
        cwd=ROOT, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip


def read_until(process, words):
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(said)


def left_of(data_dir):
    """Processes that mention the data folder, or the socket folder that belongs to it."""
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in listed if str(data_dir) in line or str(localpg.base_folder(Path(data_dir))) in line]


@pytest.mark.timeout(240)
def test_a_demo_is_ready_alone_and_gone_without_a_trace(environment):
    data, port = Path(environment["MOONLIT_DATA_DIR"]), int(environment["MOONLIT_PORT"])
    first = demo(environment)
    try:
        said = read_until(first, "Ctrl-C stops everything")
        for words in ("/book", "host page", "/staff/", "password", "otpauth://", "code right now", "athena console"):
            assert words in said
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=10) as answer:
            assert answer.status == 200
        assert stat.S_IMODE((data / "secrets.env").stat().st_mode) == 0o600
        assert stat.S_IMODE((data / "demo-staff.json").stat().st_mode) == 0o600

        second = demo(environment)
        told, _ = second.communicate(timeout=60)
        assert second.returncode == 1
        assert "a demo already runs" in told
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=10) as answer:
            assert answer.status == 200, "the first one is not disturbed"
    finally:
        first.send_signal(signal.SIGTERM)
        rest, _ = first.communicate(timeout=60)
    assert first.returncode == 0, rest
    assert "nothing is left running" in rest
    assert left_of(data) == []

    again = demo(environment)
    try:
        read_until(again, "Ctrl-C stops everything")
    finally:
        again.send_signal(signal.SIGINT)
        again.communicate(timeout=60)
    assert again.returncode == 0
    assert left_of(data) == []


def test_a_port_in_use_is_named_before_anything_starts(environment):
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(environment["MOONLIT_PORT"]) + 3))
        other.listen()
        process = demo(environment)
        told, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "sendgrid simulator" in told
    assert "MOONLIT_PORT" in told


def test_a_public_base_url_is_refused(environment):
    process = demo({**environment, "MOONLIT_BASE_URL": "https://book.example.org"})
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "MOONLIT_BASE_URL" in told
    assert not (Path(environment["MOONLIT_DATA_DIR"]) / "secrets.env").exists()
