"""The simulator as a process on a real socket."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from simulators.athena.example import PRACTICE
from simulators.athena.push import signature
from simulators.receiver import receiving

from .conftest import SCOPE

ROOT = Path(__file__).parents[3]
FORM = {"grant_type": "client_credentials", "scope": SCOPE}


class Server:
    def __init__(self, state_dir, *more):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "simulators.athena",
            "--port",
            str(self.port),
            "--state-dir",
            str(state_dir),
            *more,
        ]
        secrets = {"SIM_ATHENA_CLIENT_ID": "id", "SIM_ATHENA_CLIENT_SECRET": "secret"}
        self.process = subprocess.Popen([*command, "--token-limit", "100"], cwd=ROOT, env=os.environ | secrets)
        self.http = httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=10, trust_env=False)
        deadline = time.monotonic() + 30
        while True:
            try:
                self.http.get("/_control/health")
                break
            except httpx2.TransportError:
                assert time.monotonic() < deadline
                with contextlib.suppress(subprocess.TimeoutExpired):
                    pytest.fail(f"the simulator ended with {self.process.wait(0.05)}")
        self.http.post("/_control/clock", json={"now": "2026-03-02T15:00:00Z"})
        token = self.http.post("/oauth2/v1/token", data=FORM, auth=("id", "secret")).json()["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"

    def stop(self):
        self.process.terminate()
        self.http.close()
        return self.process.wait(10)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("athena"))
    server.http.post("/_control/seed", json=PRACTICE)
    server.http.post("/_control/patients", json={"firstname": "Nora", "lastname": "Feld", "dob": "04/05/1990"})
    yield server
    assert server.stop() == 0


def slots(server, count):
    params = {"departmentid": 1, "providerid": 71, "reasonid": 101, "startdate": "03/05/2026", "enddate": "04/30/2026"}
    rows = server.http.get("/v1/195900/appointments/open", params=params).json()["appointments"]
    return [row["appointmentid"] for row in rows if row["appointmenttypeid"] == 11][:count]


def book(server, number, **more):
    form = {"patientid": "1", "reasonid": "101"}
    return server.http.put(f"/v1/195900/appointments/{number}", data=form, **more)


def status_of(server, number):
    return server.http.get(f"/_control/appointments/{number}").json()["status"]


@pytest.mark.parametrize(("kind", "after"), [("reset", "o"), ("commit_then_reset", "f")])
def test_a_connection_breaks_before_or_after_the_write(server, kind, after):
    (number,) = slots(server, 1)
    server.http.post("/_control/faults", json={"op": "book", "kind": kind})
    with pytest.raises(httpx2.RemoteProtocolError):
        book(server, number)
    assert status_of(server, number) == after


@pytest.mark.parametrize(("kind", "after"), [("hang", "o"), ("commit_then_timeout", "f")])
def test_an_answer_that_does_not_come(server, kind, after):
    (number,) = slots(server, 1)
    server.http.post("/_control/faults", json={"op": "book", "kind": kind, "seconds": 30})
    with pytest.raises(httpx2.ReadTimeout):
        book(server, number, timeout=0.2)
    assert status_of(server, number) == after
    assert server.http.get("/v1/195900/ping").status_code == 200


def move(server, visit, free):
    form = {"patientid": "1", "newappointmentid": str(free)}
    return server.http.put(f"/v1/195900/appointments/{visit}/reschedule", data=form)


@pytest.mark.parametrize(("kind", "after"), [("reset", ["f", "o"]), ("commit_then_reset", ["x", "f"])])
def test_a_move_is_done_whole_or_not_at_all_when_the_connection_breaks(server, kind, after):
    visit, free = slots(server, 2)
    book(server, visit)
    server.http.post("/_control/faults", json={"op": "reschedule", "kind": kind})
    with pytest.raises(httpx2.RemoteProtocolError):
        move(server, visit, free)
    assert [status_of(server, number) for number in (visit, free)] == after


def fresh_chart(server):
    person = {"firstname": "Olga", "lastname": "Marsh", "dob": "01/02/1980"}
    return server.http.post("/_control/patients", json=person).json()["patientid"]


def test_eight_visits_race_for_one_time(server):
    """Each is moved to the same open slot: one gets it, the others stay where they are."""
    *visits, free = slots(server, 9)
    assert {book(server, number).status_code for number in visits} == {200}

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: move(server, number, free).status_code, visits))
    assert sorted(answers) == [200] + [409] * 7
    kept = [status_of(server, number) for number in visits]
    assert sorted(kept) == ["f"] * 7 + ["x"]
    assert kept[answers.index(200)] == "x"


def test_changes_are_pushed_by_a_process_started_with_an_address(tmp_path):
    with receiving() as receiver:
        server = Server(tmp_path, "--webhook", receiver.address, "--webhook-secret", "worth nothing")
        try:
            assert server.http.get("/_control/settings").json()["webhook_secret"] == "(set)"
            fresh_chart(server)
            ((_, headers, body),) = receiver.wait(1)
            assert headers["X-Hub-Signature"] == signature("worth nothing", body)
        finally:
            assert server.stop() == 0


def test_a_hang_ends_by_itself_after_its_seconds(server):
    server.http.post("/_control/faults", json={"op": "ping", "kind": "hang", "seconds": 0.05})
    with pytest.raises(httpx2.RemoteProtocolError):
        server.http.get("/v1/195900/ping")


def test_eight_connections_race_for_one_slot(server):
    (number,) = slots(server, 1)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: book(server, number).status_code, range(8)))
    assert sorted(answers) == [200] + [409] * 7


def test_twenty_bookings_take_less_than_a_second(server):
    numbers = slots(server, 20)
    began = time.perf_counter()
    assert {book(server, number).status_code for number in numbers} == {200}
    assert time.perf_counter() - began < 1


def test_a_restarted_process_knows_what_was_booked_and_its_tokens(tmp_path):
    first = Server(tmp_path)
    first.http.post("/_control/seed", json=PRACTICE)
    first.http.post("/_control/patients", json={"firstname": "Nora", "lastname": "Feld", "dob": "04/05/1990"})
    (number,) = slots(first, 1)
    assert book(first, number).status_code == 200
    token = first.http.headers["Authorization"]
    first.process.kill()
    first.process.wait(10)
    second = Server(tmp_path)
    try:
        answer = second.http.get(f"/v1/195900/appointments/{number}", headers={"Authorization": token})
        assert answer.json()[0]["appointmentstatus"] == "f"
    finally:
        assert second.stop() == 0


def test_it_refuses_to_start_without_a_secret(tmp_path):
    env = {name: value for name, value in os.environ.items() if not name.startswith("SIM_ATHENA")}
    command = [sys.executable, "-m", "simulators.athena", "--port", "1"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert "SIM_ATHENA_CLIENT_SECRET" in done.stderr
    more = {"SIM_ATHENA_CLIENT_ID": "id", "SIM_ATHENA_CLIENT_SECRET": "secret"}
    command += ["--webhook", "http://127.0.0.1:9/"]
    done = subprocess.run(command, cwd=ROOT, env=env | more, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1
    assert "SIM_ATHENA_WEBHOOK_SECRET" in done.stderr
