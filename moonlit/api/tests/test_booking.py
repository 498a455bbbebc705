import json

import pytest

from moonlit.booking.models import Appointment
from moonlit.booking.services import advance
from moonlit.people.models import Patient

START = "2026-03-06T09:00:00-07:00"
KEY = "key-00000001"


def test_a_booking_is_accepted_and_its_status_url_tells_the_truth(api, open_scene, body, client):
    answer = api.post("/appointments", body(START), Idempotency_Key=KEY)
    assert answer.status_code == 202
    accepted = answer.json()
    assert (accepted["state"], accepted["start"], accepted["route"]) == ("pending", START, "direct")
    path = accepted["status_url"].partition("/api/")[2]
    assert client.get(f"/api/{path}").json()["promise"]["by"]
    advance(accepted["appointment"], clock=open_scene.clock)
    status = client.get(f"/api/{path}").json()
    assert (status["state"], status["provider_name"]) == ("booked", "Ada Attending, MD")
    assert status["provider"] == accepted["provider"]


def test_the_same_key_and_body_replays_byte_for_byte_and_books_once(api, open_scene, body):
    first = api.post("/appointments", body(START), Idempotency_Key=KEY)
    again = api.post("/appointments", body(START), Idempotency_Key=KEY)
    assert (first.content, first.status_code) == (again.content, again.status_code)
    assert Appointment.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(api, open_scene, body):
    api.post("/appointments", body(START), Idempotency_Key=KEY)
    answer = api.post("/appointments", body("2026-03-06T10:00:00-07:00"), Idempotency_Key=KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["", "short", "x" * 129, "with space", "späße-key-1"])
def test_a_missing_or_odd_key_is_refused(api, open_scene, body, key):
    answer = api.post("/appointments", body(START), Idempotency_Key=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert not Appointment.objects.exists()


def test_a_taken_start_answers_409_with_alternatives_and_is_stored(api, open_scene, body):
    ada = str(open_scene.providers["71"].pk)
    api.post("/appointments", body(START, provider=ada), Idempotency_Key=KEY)
    answer = api.post("/appointments", body(START, provider=ada), Idempotency_Key="key-00000002")
    document = answer.json()
    assert (answer.status_code, document["code"]) == (409, "slot_taken")
    assert document["alternatives"][0]["start"] == START
    replay = api.post("/appointments", body(START, provider=ada), Idempotency_Key="key-00000002")
    assert replay.content == answer.content


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("patient", "date_of_birth"), "1990-02-30", "patient_invalid"),
        (("patient", "date_of_birth"), "2030-01-01", "patient_invalid"),
        (("patient", "date_of_birth"), "1850-01-01", "patient_invalid"),
        (("patient", "date_of_birth"), 19900228, "patient_invalid"),
        (("patient", "first_name"), "", "patient_invalid"),
        (("patient", "first_name"), "x" * 101, "patient_invalid"),
        (("patient", "first_name"), "<script>", "patient_invalid"),
        (("patient", "email"), "zoe@", "patient_invalid"),
        (("patient", "phone"), "123", "patient_invalid"),
        (("patient", "state"), "ID", "patient_invalid"),
        (("patient", "sex"), "x", "patient_invalid"),
        (("patient", "place_of_visit"), "clinic", "patient_invalid"),
        (("patient", "shoe_size"), 42, "patient_invalid"),
        (("patient",), None, "patient_invalid"),
        (("insurances",), [], "patient_invalid"),
        (("insurances",), [{"payer": "nobody"}], "patient_invalid"),
        (("consents",), [], "consent_missing"),
        (("consents",), [{"kind": "terms", "version": "0", "granted": True}], "patient_invalid"),
        (("criteria", "visit_type"), "surgery", "invalid_request"),
        (("criteria", "payer"), "nobody", "patient_invalid"),
        (("criteria", "payer"), "canyon", "payer_not_bookable"),
        (("start",), "tomorrow", "invalid_request"),
        (("start",), "2026-03-06T09:00:00", "invalid_request"),
        (("start",), "2026-03-06T03:00:00-07:00", "provider_not_bookable"),
        (("start",), "2026-03-03T08:00:00-07:00", "notice_too_short"),
        (("start",), "2026-09-06T09:00:00-06:00", "beyond_horizon"),
        (("provider",), "999999", "invalid_request"),
        (("state",), "booked", "invalid_request"),
        (("client_ref",), "a\u0000b", "invalid_request"),
        (("note",), "x" * 501, "patient_invalid"),
        (("note",), 5, "patient_invalid"),
    ],
)
def test_each_bad_field_gets_a_stable_code_and_writes_nothing(api, open_scene, body, path, value, code):
    sent = body(START)
    place = sent
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    if path == ("criteria", "payer"):
        sent["insurances"] = [{"payer": value}]
    answer = api.post("/appointments", sent, Idempotency_Key=KEY)
    document = answer.json()
    assert (answer.status_code, document["code"]) == (422, code), document
    assert answer["Content-Type"] == "application/problem+json"
    assert document["reasons"]
    assert not Appointment.objects.exists()
    assert not Patient.objects.exists()


def test_a_note_is_kept_as_typed_and_repeated_by_no_answer(api, open_scene, body):
    answer = api.post("/appointments", {**body(START), "note": "Call me Zed 🙂"}, Idempotency_Key=KEY)
    assert answer.status_code == 202
    assert "Zed" not in answer.content.decode()
    assert Appointment.objects.get().patient_note == "Call me Zed 🙂"


def test_a_patient_of_seventeen_is_not_booked_online(api, open_scene, body):
    sent = body(START)
    sent["patient"]["date_of_birth"] = "2009-01-01"
    answer = api.post("/appointments", sent, Idempotency_Key=KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "age_not_served")


def test_broken_json_wrong_type_and_a_large_body_have_their_own_codes(api, open_scene, client):
    broken = api.post("/appointments", b'{"start": ', Idempotency_Key=KEY)
    assert (broken.status_code, broken.json()["code"]) == (400, "malformed_json")
    form = client.post("/api/v1/appointments", {"start": START}, headers={"Idempotency-Key": "key-00000002"})
    assert (form.status_code, form.json()["code"]) == (415, "unsupported_media_type")
    large = api.post("/appointments", json.dumps({"x": "y" * 70_000}), Idempotency_Key="key-00000003")
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
    listed = api.post("/appointments", b"[]", Idempotency_Key="key-00000004")
    assert (listed.status_code, listed.json()["code"]) == (422, "invalid_request")


def test_a_key_given_back_after_broken_json_serves_the_corrected_request(api, open_scene, body):
    api.post("/appointments", b'{"start": ', Idempotency_Key=KEY)
    assert api.post("/appointments", body(START), Idempotency_Key=KEY).status_code == 202


def test_unknown_links_are_a_uniform_404(api, open_scene):
    for path in ("/appointments/status/AAAAAAAAAAAAAAAAAAAAAA", "/appointments/AAAAAAAAAAAAAAAAAAAAAA"):
        answer = api.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_manage_link_alone_shows_no_more_than_the_message(api, open_scene, body):
    token = api.post("/appointments", body(START), Idempotency_Key=KEY).json()["manage_token"]
    visit = api.get(f"/appointments/{token}").json()
    assert set(visit) == {"state", "start", "end", "time_zone", "practice"}


def test_a_lead_is_stored_and_told_to_staff_once(api, open_scene):
    from moonlit.leads.models import Lead
    from moonlit.platform.models import OutboxEvent

    sent = {"email": "quill@example.org", "payer": "canyon", "reason": "out_of_network", "consent": {"email": True}}
    first = api.post("/leads", sent)
    assert first.status_code == 201
    again = api.post("/leads", sent)
    assert (again.status_code, again.json().keys()) == (201, first.json().keys())
    assert again.json() != first.json(), "the same answer would tell that somebody has left this lead"
    assert not Lead.objects.filter(pk__in=[first.json()["lead"], again.json()["lead"]]).exists()
    assert Lead.objects.get().email == "quill@example.org"
    assert OutboxEvent.objects.filter(topic="lead.created").count() == 1


@pytest.mark.parametrize(
    "change", [{"email": None}, {"email": "x"}, {"reason": "because"}, {"date_of_birth": "1990-01-01"}, {"phone": "1"}]
)
def test_a_bad_lead_is_refused_by_field(api, open_scene, change):
    from moonlit.leads.models import Lead

    answer = api.post("/leads", {"email": "quill@example.org", "reason": "out_of_network", **change})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert not Lead.objects.exists()


def test_leads_left_for_others_are_never_merged(api, open_scene):
    from moonlit.leads.models import Lead

    sent = {"email": "quill@example.org", "reason": "out_of_network", "for_someone_else": True}
    api.post("/leads", sent)
    api.post("/leads", sent)
    assert Lead.objects.count() == 2
