"""What an answer says about itself, and what neither answers nor logs repeat."""

import logging

import pytest

from moonlit.api import guard
from moonlit.platform import log
from moonlit.platform.ratelimit import Verdict
from tests.support.api import CRITERIA, booking

CANARY = "Kanarienvogel"
CALLS = [
    ("GET", "/payers?q=alpine", None),
    ("GET", "/payers?q=a", None),
    ("POST", "/eligibility", CRITERIA),
    ("POST", "/eligibility", {}),
    ("GET", "/availability?from=x", None),
    ("POST", "/appointments", booking("2026-03-06T09:00:00-07:00")),
    ("POST", "/appointments", {}),
    ("GET", "/appointments/status/AAAAAAAAAAAAAAAAAAAAAA", None),
    ("GET", "/appointments/AAAAAAAAAAAAAAAAAAAAAA", None),
    ("POST", "/leads", {"email": "quill@example.org", "reason": "out_of_network"}),
    ("DELETE", "/leads", None),
    ("GET", "/nothing", None),
    ("GET", "/openapi.json", None),
]


@pytest.mark.parametrize(("method", "path", "sent"), CALLS)
def test_no_answer_is_kept_sniffed_or_sets_a_cookie(client, open_scene, method, path, sent):
    answer = client.generic(
        method,
        f"/api/v1{path}",
        guard.orjson.dumps(sent) if sent is not None else b"",
        content_type="application/json",
        headers={
            "Idempotency-Key": "key-00000001",
            "Origin": "https://elsewhere.example.org",
            "Cookie": "moonlit_staff=x",
        },
    )
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] in {"application/json", "application/problem+json"}
    assert len(answer["X-Request-Id"]) >= 20
    assert not answer.cookies
    assert not [name for name in answer.headers if name.startswith("Access-Control-")]
    assert "Set-Cookie" not in answer.headers
    assert "Vary" not in answer.headers


def odd_bookings():
    """A canary in every place a caller can write."""
    sent = booking(CANARY)
    yield {**sent, CANARY: CANARY}
    yield {**sent, f"<b>{CANARY}</b>": 1}
    for member in ("provider", "criteria", "patient", "insurances", "contacts", "consents", "booked_by", "client_ref"):
        yield {**booking("2026-03-06T09:00:00-07:00"), member: f"{CANARY}\x00"}
    yield {**booking("2026-03-06T09:00:00-07:00"), "note": CANARY * 500}
    for member in [*sent["patient"], "sex", "language", "preferred_name", "address", f"{CANARY} {CANARY}"]:
        good = booking("2026-03-06T09:00:00-07:00")
        yield {**good, "patient": {**good["patient"], member: f"<{CANARY}>"}}
    for member in [*CRITERIA, "benefit", "provider", "date_of_birth", "visit_language", "age", "location"]:
        good = booking("2026-03-06T09:00:00-07:00")
        yield {**good, "criteria": {**good["criteria"], member: f"{CANARY}?"}}
    for member in ("payer", "member_id", "relationship", "subscriber"):
        yield {**booking("2026-03-06T09:00:00-07:00"), "insurances": [{"payer": "alpine", member: f"{CANARY};"}]}


def test_no_problem_document_repeats_what_was_sent(api, open_scene, body, monkeypatch):
    monkeypatch.setattr(guard, "allow", lambda *_, **__: Verdict(allowed=True, retry_after=0))
    for number, sent in enumerate(odd_bookings()):
        answer = api.post("/appointments", sent, Idempotency_Key=f"key-{number:08}")
        assert answer.status_code == 422
        reasons = answer.json()["reasons"]
        named = [reason.pop("field", "") for reason in reasons]
        assert named
        assert CANARY not in answer.json()["detail"]
        assert CANARY not in str(reasons)
        assert f"<b>{CANARY}</b>" not in named


def test_every_reason_is_a_sentence_that_names_its_field(api, open_scene):
    answer = api.post("/appointments", {}, Idempotency_Key="key-00000001").json()
    assert {reason["field"] for reason in answer["reasons"]} == {"criteria", "patient"}
    assert {reason["detail"] for reason in answer["reasons"]} == {"This field is required."}
    assert answer["detail"] == "2 fields need another look."


@pytest.mark.parametrize(
    ("member", "value", "sentence"),
    [
        ("first_name", 7, "This must be text."),
        ("first_name", "x" * 101, "This is too long."),
        ("sex", "f", "This is none of the possible choices."),
        ("interpreter_needed", "no", "This must be true or false."),
        ("address", "here", "This must be an object."),
        ("date_of_birth", "1990-02-30", "This date does not exist. Please check day and month."),
    ],
)
def test_a_sentence_says_what_to_do_in_plain_words(api, open_scene, body, member, value, sentence):
    sent = body("2026-03-06T09:00:00-07:00")
    sent["patient"][member] = value
    answer = api.post("/appointments", sent, Idempotency_Key="key-00000001").json()
    assert answer["detail"] == sentence
    assert [(reason["field"], reason["detail"]) for reason in answer["reasons"]] == [(f"patient.{member}", sentence)]


@pytest.fixture
def own_log(capsys):
    """What our own handler writes; capsys sees it on standard output."""
    root, own = logging.getLogger(), logging.getLogger("moonlit")
    before = (root.handlers, root.level, own.level)
    log.configure("info")
    yield lambda: capsys.readouterr().out
    root.handlers, root.level, own.level = before


def failing_requests(client, monkeypatch):
    for path in (f"/api/v1/appointments/status/{CANARY}", f"/api/v1/appointments/{CANARY}", f"/api/v1/{CANARY}"):
        client.get(path)
        client.delete(path)
    client.get("/api/v1/payers", {"q": "a", CANARY: CANARY})
    client.post("/api/v1/leads", {"email": CANARY}, content_type="application/json")
    client.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr("moonlit.api.appointments.status_by_token", lambda *_: 1 / 0)
        assert client.get(f"/api/v1/appointments/status/{CANARY}").status_code == 500


def test_our_log_holds_no_path_and_nothing_sent(client, db, own_log, monkeypatch):
    failing_requests(client, monkeypatch)
    written = own_log()
    assert "ZeroDivisionError" in written
    assert CANARY not in written


def test_nobody_else_who_listens_hears_a_path(client, db, caplog, monkeypatch):
    failing_requests(client, monkeypatch)
    heard = [record for record in caplog.records if record.name == "django.request"]
    assert heard
    for record in heard:
        assert CANARY not in record.getMessage()
        assert not hasattr(record, "request")


@pytest.mark.parametrize(("path", "capacity"), [("/leads", 30), ("/appointments", 60)])
def test_too_many_calls_are_told_when_to_come_back(api, db, time_machine, path, capacity):
    time_machine.move_to("2026-03-02T16:00:00Z", tick=False)
    for _ in range(capacity):
        assert api.post(path, b" ").status_code == 400
    answer = api.post(path, b" ")
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    time_machine.shift(int(answer["Retry-After"]))
    assert api.post(path, b" ").status_code == 400


def test_a_refused_call_leaves_its_key_free(api, open_scene, body, monkeypatch):
    start = "2026-03-06T09:00:00-07:00"
    with monkeypatch.context() as patched:
        patched.setattr(guard, "allow", lambda *_, **__: Verdict(allowed=False, retry_after=1))
        assert api.post("/appointments", body(start), Idempotency_Key="key-00000001").status_code == 429
    assert api.post("/appointments", body(start), Idempotency_Key="key-00000001").status_code == 202
