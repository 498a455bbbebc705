"""POST /holds, extend, release, and `hold` in POST /appointments."""

import pytest

from moonlit.booking.models import Appointment
from moonlit.booking.services import advance
from moonlit.people.models import Patient
from tests.support.api import CRITERIA

NINE, TEN = "2026-03-06T09:00:00-07:00", "2026-03-06T10:00:00-07:00"
KEY = "key-00000001"
WEEK = {**CRITERIA, "from": "2026-03-06", "to": "2026-03-06"}


@pytest.fixture
def hold(api, open_scene):
    def place(start=NINE, **changes):
        return api.post("/holds", {"start": start, "provider": None, "criteria": CRITERIA, **changes})

    return place


def with_hold(body, hold, **changes):
    sent = body(NINE, **changes)
    del sent["start"], sent["provider"]
    return {**sent, "hold": hold}


def offered(api):
    days = api.get("/availability", WEEK).json()["days"]
    return {slot["start"]: len(slot["providers"]) for day in days for slot in day["slots"]}


def later(scene, time_machine, **amount):
    scene.clock.forward(**amount)
    time_machine.move_to(scene.clock(), tick=False)


def test_a_hold_is_answered_with_everything_a_client_shows(hold, open_scene):
    answer = hold()
    assert answer.status_code == 201
    found = answer.json()
    ada = open_scene.providers["71"]
    assert Appointment.objects.get(pk=found.pop("hold")).state == "held"
    assert found == {
        "expires_at": "2026-03-02T09:10:00-07:00",
        "start": NINE,
        "end": TEN,
        "time_zone": "America/Denver",
        "provider": str(ada.pk),
        "provider_name": "Ada Attending, MD",
        "route": "direct",
        "supervisor": None,
        "supervisor_name": None,
        "location": "video",
    }


def test_a_supervised_hold_names_the_supervisor(hold, open_scene):
    rui, ada = (open_scene.providers[each] for each in ("72", "71"))
    found = hold(provider=str(rui.pk)).json()
    assert (found["route"], found["supervisor"], found["supervisor_name"]) == (
        "supervised",
        str(ada.pk),
        "Ada Attending, MD",
    )


def test_availability_hides_held_time_at_once_and_shows_it_again_when_it_is_let_go(hold, api):
    before = offered(api)
    found = hold(TEN).json()
    assert TEN not in offered(api)
    assert api.delete(f"/holds/{found['hold']}").status_code == 204
    assert offered(api) == before


def test_availability_shows_it_again_when_the_hold_is_over(hold, api, open_scene, time_machine):
    hold(TEN)
    later(open_scene, time_machine, minutes=10)
    assert TEN in offered(api)


def test_a_taken_start_names_the_others(hold):
    hold(TEN)
    answer = hold(TEN)
    assert (answer.status_code, answer.json()["code"]) == (409, "slot_taken")
    assert answer.json()["alternatives"][0]["start"] == NINE


def test_a_hold_is_extended_and_told_until_when(hold, api, open_scene, time_machine):
    found = hold().json()
    later(open_scene, time_machine, minutes=7)
    answer = api.post(f"/holds/{found['hold']}/extend", b"")
    assert answer.status_code == 200
    assert answer.json() == {**found, "expires_at": "2026-03-02T09:17:00-07:00"}


def test_a_hold_becomes_a_booking(hold, api, body, open_scene):
    found = hold().json()
    answer = api.post("/appointments", with_hold(body, found["hold"]), Idempotency_Key=KEY)
    assert answer.status_code == 202
    accepted = answer.json()
    assert (accepted["appointment"], accepted["provider"], accepted["start"]) == (
        found["hold"],
        found["provider"],
        NINE,
    )
    advance(accepted["appointment"], clock=open_scene.clock)
    assert Appointment.objects.get().state == "booked"
    replay = api.post("/appointments", with_hold(body, found["hold"]), Idempotency_Key=KEY)
    assert replay.content == answer.content


def test_a_hold_that_is_over_is_a_410_with_alternatives_kept_under_the_key(hold, api, body, open_scene, time_machine):
    found = hold().json()
    later(open_scene, time_machine, minutes=10)
    answer = api.post("/appointments", with_hold(body, found["hold"]), Idempotency_Key=KEY)
    assert (answer.status_code, answer.json()["code"]) == (410, "hold_expired")
    assert answer.json()["alternatives"][0]["start"] == NINE
    api.post(f"/holds/{found['hold']}/extend", b"")
    replay = api.post("/appointments", with_hold(body, found["hold"]), Idempotency_Key=KEY)
    assert replay.content == answer.content
    fresh = api.post("/appointments", with_hold(body, found["hold"]), Idempotency_Key="key-00000002")
    assert fresh.status_code == 202, "a new key books what was taken again"


def test_a_hold_is_booked_once(hold, api, body):
    found = hold().json()
    first = api.post("/appointments", with_hold(body, found["hold"]), Idempotency_Key=KEY)
    second = api.post("/appointments", with_hold(body, found["hold"]), Idempotency_Key="key-00000002")
    assert (first.status_code, second.status_code) == (202, 410)
    assert Patient.objects.count() == 1


def test_the_birth_date_decides_and_a_refusal_leaves_the_hold(hold, api, body):
    found = hold().json()
    sent = with_hold(body, found["hold"])
    sent["patient"]["date_of_birth"] = "2009-01-01"
    answer = api.post("/appointments", sent, Idempotency_Key=KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "age_not_served")
    assert Appointment.objects.get().state == "held"
    assert not Patient.objects.exists()


@pytest.mark.parametrize("strange", ["3f6c1b9e-5d3a-4c51-9a55-0f7f0b8f2a11", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_hold_is_told_as_one_that_is_over(api, body, open_scene, strange):
    answer = api.post("/appointments", with_hold(body, strange), Idempotency_Key=KEY)
    assert (answer.status_code, answer.json()["code"], answer.json()["alternatives"]) == (410, "hold_expired", [])
    assert api.post(f"/holds/{strange}/extend", b"").status_code == 404
    assert api.delete(f"/holds/{strange}").status_code == 204


@pytest.mark.parametrize("strange", ["nothing", "1", "x" * 500, "..%2f", "0" * 32 + "1", "é"])
def test_what_is_no_id_is_answered_alike(api, body, open_scene, strange):
    assert api.post(f"/holds/{strange}/extend", b"").status_code == 404
    assert api.delete(f"/holds/{strange}").status_code in {204, 404}
    answer = api.post("/appointments", with_hold(body, strange), Idempotency_Key=KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert strange not in answer.content.decode() or len(strange) == 1


def test_a_booking_of_somebody_is_no_hold_to_keep_or_let_go(api, body, open_scene):
    booked = api.post("/appointments", body(NINE), Idempotency_Key=KEY).json()["appointment"]
    assert api.post(f"/holds/{booked}/extend", b"").status_code == 404
    assert api.delete(f"/holds/{booked}").status_code == 204
    again = api.post("/appointments", with_hold(body, booked), Idempotency_Key="key-00000002")
    assert again.json()["code"] == "hold_expired"
    assert Appointment.objects.get().state == "pending"


@pytest.mark.parametrize(
    "change", [{"start": NINE}, {"provider": "1"}, {"hold": None}, {"hold": None, "start": None}, {"hold": 7}]
)
def test_a_time_is_named_in_one_way(hold, api, body, change):
    sent = {**with_hold(body, hold().json()["hold"]), **change}
    answer = api.post("/appointments", sent, Idempotency_Key=KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert Appointment.objects.get().state == "held"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"start": "tomorrow"}, "invalid_request"),
        ({"start": None}, "invalid_request"),
        ({"start": "2026-03-06T03:00:00-07:00"}, "provider_not_bookable"),
        ({"start": "2026-03-03T08:00:00-07:00"}, "notice_too_short"),
        ({"start": "2026-09-06T09:00:00-06:00"}, "beyond_horizon"),
        ({"provider": "999999"}, "invalid_request"),
        ({"provider": 1}, "invalid_request"),
        ({"criteria": {}}, "invalid_request"),
        ({"criteria": {**CRITERIA, "payer": None}}, "payer_not_bookable"),
        ({"criteria": {**CRITERIA, "payer": "canyon"}}, "payer_not_bookable"),
        ({"criteria": {**CRITERIA, "age": 12}}, "age_not_served"),
        ({"criteria": {**CRITERIA, "patient_state": "ID"}}, "license_state"),
        ({"client_ref": "a\u0000b"}, "invalid_request"),
        ({"client_ref": "x" * 129}, "invalid_request"),
        ({"expires_at": "2027-01-01T00:00:00Z"}, "invalid_request"),
        ({"state": "booked"}, "invalid_request"),
    ],
)
def test_a_bad_hold_is_refused_and_writes_nothing(hold, change, code):
    answer = hold(**change)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not Appointment.objects.exists()


def test_two_holds_of_one_client_and_not_a_third(hold, api):
    first = hold(NINE, client_ref="person-1").json()
    hold(TEN, client_ref="person-1")
    answer = hold("2026-03-06T11:00:00-07:00", client_ref="person-1")
    assert (answer.status_code, answer.json()["code"]) == (409, "hold_limit")
    api.delete(f"/holds/{first['hold']}")
    assert hold("2026-03-06T11:00:00-07:00", client_ref="person-1").status_code == 201


def test_the_address_a_hold_came_from_is_not_stored(hold):
    from django.db import connection

    hold()
    with connection.cursor() as cursor:
        cursor.execute("SELECT booking_appointment::text FROM booking_appointment")
        (dump,) = cursor.fetchone()
    assert "127.0.0.1" not in dump
    assert Appointment.objects.get().holder_index


def test_a_get_changes_nothing(hold, api):
    found = hold().json()
    for path in (f"/holds/{found['hold']}", f"/holds/{found['hold']}/extend", "/holds"):
        assert api.get(path).status_code == 405
