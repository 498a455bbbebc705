"""Odd requests: each gets a problem document, never a page, never a fault of ours."""

import json

import pytest
from django.test import RequestFactory

from moonlit.api import guard
from moonlit.api.app import api as application
from moonlit.booking.models import Appointment
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.leads.models import Lead

PROBLEM = "application/problem+json"
CRITERIA = {"visit_type": "intake", "modality": "telehealth", "patient_state": "UT", "payer": "alpine"}


def problem_of(answer):
    assert answer["Content-Type"] == PROBLEM
    document = answer.json()
    assert set(document) == {"type", "title", "status", "detail", "code", "reasons", "request_id"}
    assert document["status"] == answer.status_code
    assert document["request_id"] == answer["X-Request-Id"]
    return answer.status_code, document["code"]


@pytest.mark.parametrize(
    "path",
    ["", "nothing", "payers/", "appointments/", "appointments/status/", "appointments/a/b", "payers%00", "holdings", "../api/v1",
     "appointments/%FF%FE", "appointments/%00", "appointments/" + "x" * 5000, "appointments/status/status"],
)  # fmt: skip
def test_an_address_that_does_not_exist_is_a_problem_document(client, db, path):
    assert problem_of(client.get(f"/api/v1/{path}")) == (404, "not_found")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize(
    ("path", "allowed"),
    [("payers", "GET"), ("appointments", "POST"), ("appointments/AAAA", "GET"), ("openapi.json", "GET")],
)
def test_a_wrong_method_is_told_the_right_one(client, db, method, path, allowed):
    answer = client.generic(method, f"/api/v1/{path}")
    assert (answer.status_code, answer["Allow"]) == (405, allowed)
    if method != "HEAD":
        assert problem_of(answer) == (405, "method_not_allowed")


def test_pages_keep_their_own_errors(client, db):
    assert client.get("/nothing")["Content-Type"] != PROBLEM


def test_a_fault_of_ours_is_a_problem_document_that_says_nothing_of_it(client, db, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("Canary")

    monkeypatch.setattr("moonlit.api.payers.search_payers", broken)
    client.raise_request_exception = False
    answer = client.get("/api/v1/payers", {"q": "alpine"})
    assert problem_of(answer) == (500, "internal_error")
    assert b"Canary" not in answer.content


@pytest.mark.parametrize(
    "body",
    [
        b" ",
        b"{",
        b"\xff\xfe",
        b'{"visit_type": "int\xffake"}',
        b'{"visit_type": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        b'{"age": NaN}',
        b"{'visit_type': 1}",
        b'{"age": ' + b"9" * 5000 + b"}",
        b"[" * 2000 + b"]" * 2000,
        b'{"a":' * 2000 + b"1" + b"}" * 2000,
        b'{"payer": "alpine", "payer": "basin"}',
        b'{"plan": {"a": 1, "a": 2}}',
        b"{}{}",
        b"\x00",
    ],
    ids=str,
)
def test_what_is_no_json_or_ambiguous_is_refused(api, db, body):
    assert problem_of(api.post("/eligibility", body)) == (400, "malformed_json")


@pytest.mark.parametrize("body", [b"null", b"1", b'"x"', b"[]", b"true", b"1e308"])
def test_a_body_that_is_no_object_is_refused(api, db, body):
    assert problem_of(api.post("/eligibility", body)) == (422, "invalid_request")


ODD = [10**18, 10**40, -1, 1.5, 1e300, "9" * 30, None, [], {}, "x\x00y", "\u202e", "😀" * 50, True]


@pytest.mark.parametrize(
    "member", sorted({*CRITERIA, "age", "provider", "date_of_birth", "self_pay", "benefit", "visit_language"})
)
def test_an_odd_value_in_any_member_is_an_answer_or_a_refusal(api, scene, member):
    for value in ODD:
        answer = api.post("/eligibility", {**CRITERIA, member: value})
        assert answer.status_code in {200, 400, 422}, value


def test_nul_characters_never_reach_the_database(api, open_scene, body):
    sent = body("2026-03-06T09:00:00-07:00")
    sent["consents"].append({"kind": "email", "granted": False, "version": "a\x00b"})
    sent["criteria"] |= {"plan": "a\x00b", "employer": "c\x00d"}
    sent["contacts"] = [{"name": "Ada Quill", "organization": "a\x00b"}]
    sent["insurances"][0]["plan"] = "a\x00b"
    assert api.post("/appointments", sent, Idempotency_Key="key-00000001").status_code == 202
    lead = {
        "email": "quill@example.org",
        "reason": "payer_unlisted",
        "payer_name": "a\x00b",
        "consent": {"version": "a\x00b"},
    }
    assert api.post("/leads", lead).status_code == 201
    assert Lead.objects.get().payer_name == "a b"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "", "application/xml", "multipart/form-data; boundary=x", "application/jsonx"]
)
def test_another_media_type_is_refused(client, db, content_type):
    answer = client.generic("POST", "/api/v1/eligibility", b"{}", content_type=content_type)
    assert problem_of(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize("charset", ["utf-8", "hex", "idna", "rot13", "utf-16", "no-such"])
def test_a_charset_in_the_media_type_changes_nothing(client, scene, charset):
    media_type = f"application/json; charset={charset}"
    assert client.generic("GET", "/api/v1/payers?q=alpine", content_type=media_type).status_code == 200
    query = "visit_type=intake&modality=telehealth&patient_state=UT&payer=alpine&from=2026-03-02&to=2026-03-03"
    assert client.generic("GET", f"/api/v1/availability?{query}", content_type=media_type).status_code == 200
    assert (
        client.generic("POST", "/api/v1/eligibility", json.dumps(CRITERIA), content_type=media_type).status_code == 200
    )


@pytest.mark.parametrize(
    "query", ["q=%FF%FE", "q=%00%00", "q=a&q=b", "q", "", "q=ab&colour=red", "&&&;", "q=a%20", "Q=alpine", "q[]=alpine"]
)
def test_an_odd_query_is_an_answer_or_a_refusal(client, scene, query):
    answer = client.get(f"/api/v1/payers?{query}")
    assert answer.status_code == 200 or problem_of(answer) == (422, "invalid_request")


def test_letters_sent_as_they_are_are_read_as_utf_8(client, scene):
    raw = "q=ÄLPINE".encode().decode("latin-1")
    assert client.get("/api/v1/payers", QUERY_STRING=raw).json()["payers"][0]["code"] == "alpine"


def test_hundreds_of_providers_may_be_named_and_tens_of_thousands_not(client, open_scene):
    query = "visit_type=intake&modality=telehealth&patient_state=UT&payer=alpine&from=2026-03-02&to=2026-03-08"
    ada = open_scene.providers["71"].pk
    named = "".join(f"&providers[]={each}" for each in (ada, *range(10_000, 11_500)))
    assert client.get(f"/api/v1/availability?{query}{named}").json()["days"][0]["count"] == 2
    assert problem_of(client.get(f"/api/v1/availability?{query}{named}{named}")) == (422, "invalid_request")


@pytest.mark.parametrize(
    ("first", "last"), [("0001-01-01", "0001-01-31"), ("9999-12-01", "9999-12-31"), ("2026-03-02", "2026-03-02")]
)
def test_the_ends_of_the_calendar_hold(api, scene, first, last):
    assert api.get("/availability", {**CRITERIA, "from": first, "to": last}).json()["days"] == []


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-03-06 09:00:00-07:00", "2026-W10-5T09:00:00Z",
                                   "2026-03-06T09:00:00", "2026-03-06T25:00:00Z", "20260306T090000Z", 1772812800, None])  # fmt: skip
def test_a_start_is_an_instant_with_an_offset(api, open_scene, body, start):
    answer = api.post("/appointments", body(start), Idempotency_Key="key-00000001")
    assert problem_of(answer) == (422, "invalid_request")
    assert {reason["field"] for reason in answer.json()["reasons"]} == {"start"}


def test_any_offset_names_the_same_start(api, open_scene, body):
    assert (
        api.post("/appointments", body("2026-03-06t16:00:00.000z"), Idempotency_Key="key-00000001").status_code == 202
    )


def test_thousands_of_unknown_members_are_not_all_listed(api, db):
    answer = api.post("/eligibility", {f"m{number}": 1 for number in range(3000)})
    assert len(answer.json()["reasons"]) == 100


def test_a_body_sent_in_chunks_is_read_to_the_limit():
    class Stream:
        def __init__(self, content):
            self.content = content

        def read(self, size):
            return self.content[:size]

    def sent(content):
        request = RequestFactory().post("/api/v1/leads", content_type="application/json")
        request.META |= {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": Stream(content)}
        request.META.pop("CONTENT_LENGTH", None)
        return guard.raw_body(request)

    assert sent(b'{"a": 1}') == b'{"a": 1}'
    with pytest.raises(Refused) as refused:
        sent(b"x" * 100_000)
    assert refused.value.code is RefusalCode.BODY_TOO_LARGE


def test_a_body_that_breaks_off_is_refused():
    class Broken:
        def read(self, *_):
            raise OSError

        def close(self):
            pass

    request = RequestFactory().post("/api/v1/leads", "{}", content_type="application/json")
    request._stream = Broken()
    with pytest.raises(Refused) as refused:
        guard.raw_body(request)
    assert refused.value.code is RefusalCode.MALFORMED_JSON


def test_a_length_beyond_the_limit_is_refused_before_a_byte_is_read():
    request = RequestFactory().post("/api/v1/leads", "{}", content_type="application/json", CONTENT_LENGTH="9" * 20)
    with pytest.raises(Refused) as refused:
        guard.raw_body(request)
    assert refused.value.code is RefusalCode.BODY_TOO_LARGE


def test_before_a_practice_is_loaded_nothing_can_be_booked_and_nothing_breaks(api, db, body):
    assert api.get("/payers", {"q": "alpine"}).json() == {"payers": []}
    assert problem_of(api.post("/eligibility", CRITERIA)) == (422, "invalid_request")
    assert problem_of(api.get("/availability", {**CRITERIA, "from": "2026-03-02", "to": "2026-03-03"})) == (
        422,
        "invalid_request",
    )
    answer = api.post("/appointments", body("2026-03-06T09:00:00-07:00"), Idempotency_Key="key-00000001")
    assert problem_of(answer) == (422, "invalid_request")
    lead = {"email": "quill@example.org", "reason": "payer_unlisted", "criteria": {"age": 30}}
    assert api.post("/leads", lead).status_code == 201


def test_nothing_is_written_by_any_read(client, scene):
    client.get("/api/v1/payers?q=alpine")
    assert not Appointment.objects.exists()
    assert not Lead.objects.exists()


def test_the_interface_has_no_pages_of_its_own():
    assert application.docs_url is None
