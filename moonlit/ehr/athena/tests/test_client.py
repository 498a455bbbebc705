"""What no simulator does on purpose: lists that never end, answers of odd shapes, budgets that make a call wait."""

import itertools
import json
from datetime import date, timedelta

import pytest
from werkzeug import Response

from moonlit.ehr.athena import client as client_module
from moonlit.ehr.athena.tests.conftest import NOW, TOKEN
from moonlit.ehr.port import NotReached, PersonDetails, Rejected, Retry, Throttled, Unknown
from moonlit.platform.vendor_models import VendorToken

pytestmark = pytest.mark.django_db
ADA = PersonDetails("Ada", "Quillfeather", date(1990, 7, 23), email="ada@example.org")


def test_a_string_lifetime_is_kept_and_the_token_is_renewed_a_minute_early(vendor):
    vendor.says("/ping", {"pong": "true"})
    ehr = vendor.ehr()
    ehr.ping()
    vendor.now = NOW + timedelta(seconds=3539)
    ehr.ping()
    assert vendor.tokens == 1
    vendor.now = NOW + timedelta(seconds=3540)
    ehr.ping()
    assert vendor.tokens == 2


def test_the_token_in_the_database_is_sealed_and_shared_with_the_next_process(vendor):
    vendor.says("/ping", {"pong": "true"})
    vendor.ehr().ping()
    vendor.ehr().ping()
    row = VendorToken.objects.get()
    assert b"opaque" not in bytes(row.sealed)
    assert vendor.tokens == 1
    assert [request.authorization.token for request in vendor.asked("/ping")] == ["opaque", "opaque"]


def test_another_account_has_another_token(vendor):
    vendor.says("/ping", {"pong": "true"})
    vendor.ehr().ping()
    vendor.ehr(client_id="other").ping()
    assert vendor.tokens == 2


def test_a_token_our_keys_no_longer_open_is_fetched_anew(vendor):
    vendor.says("/ping", {"pong": "true"})
    vendor.ehr().ping()
    VendorToken.objects.update(sealed=b"from another installation")
    vendor.ehr().ping()
    assert vendor.tokens == 2


def test_while_another_process_renews_the_old_token_serves_until_it_ends(vendor):
    vendor.says("/ping", {"pong": "true"})
    vendor.ehr().ping()
    vendor.now = NOW + timedelta(seconds=3590)
    VendorToken.objects.update(renewing_until=vendor.now + timedelta(seconds=20))
    vendor.ehr().ping()
    assert (vendor.tokens, vendor.slept) == (1, [])


def test_a_claim_whose_owner_died_lapses(vendor):
    vendor.says("/ping", {"pong": "true"})
    vendor.ehr().ping()
    vendor.now = NOW + timedelta(hours=2)
    VendorToken.objects.update(renewing_until=vendor.now + timedelta(seconds=5))
    vendor.ehr().ping()
    assert vendor.tokens == 2
    assert sum(vendor.slept) == pytest.approx(5.0, abs=0.2)


def test_a_full_token_endpoint_is_asked_again_in_the_next_minute(vendor):
    vendor.says("/ping", {"pong": "true"})
    vendor.token_answer = (429, {})
    with pytest.raises(Throttled) as caught:
        vendor.ehr().ping()
    assert caught.value.retry_after == 20
    vendor.token_answer = (200, TOKEN)
    vendor.now = NOW + timedelta(seconds=20)
    vendor.ehr().ping()
    assert vendor.tokens == 2


@pytest.mark.parametrize(
    "answer", [(500, {}), (200, {"token_type": "Bearer"}), (200, {"access_token": "x", "expires_in": ""}), (200, [])]
)
def test_a_token_endpoint_that_fails_means_not_reached(vendor, answer):
    vendor.token_answer = answer
    with pytest.raises(NotReached):
        vendor.ehr().ping()
    assert VendorToken.objects.get().renewing_until is None


def test_a_call_waits_for_its_turn_in_the_second(vendor):
    vendor.says("/ping", {"pong": "true"})
    ehr = vendor.ehr(rps=2.0)
    for _ in range(4):
        ehr.ping()
    assert vendor.slept
    assert len(vendor.asked("/ping")) == 4


def test_a_call_whose_turn_is_too_far_off_is_not_reached(vendor):
    vendor.says("/ping", {"pong": "true"})
    ehr = vendor.ehr(rps=0.1)
    ehr.ping()
    with pytest.raises(NotReached, match="budget"):
        ehr.ping()
    assert vendor.slept == []


def test_a_list_without_total_ends_where_the_links_end(vendor):
    rows = [{"providerid": number, "displayname": "x", "entitytype": "Person"} for number in (1, 2, 3)]
    pages = iter([{"providers": rows[:2], "next": "/v1/9/providers?OFFSET=2"}, {"providers": rows[2:]}])
    vendor.server.expect_request("/v1/9/providers").respond_with_handler(lambda _: Response(json.dumps(next(pages))))
    assert [provider.id for provider in vendor.ehr().providers()] == ["1", "2", "3"]
    assert [request.args["offset"] for request in vendor.asked("/providers")] == ["0", "2"]


def test_a_list_that_never_ends_is_given_up(vendor, monkeypatch):
    monkeypatch.setattr(client_module, "MAX_PAGES", 5)
    numbers = itertools.count(1)
    page = lambda _: Response(json.dumps({"providers": [{"providerid": next(numbers)}], "totalcount": 10**6}))  # noqa: E731
    vendor.server.expect_request("/v1/9/providers").respond_with_handler(page)
    with pytest.raises(Retry, match="does not end"):
        vendor.ehr().providers()


def test_a_link_that_leads_back_does_not_go_round_in_circles(vendor, monkeypatch):
    monkeypatch.setattr(client_module, "MAX_PAGES", 5)
    vendor.says("/providers", {"providers": [{"providerid": 1}], "next": "/v1/9/providers?offset=0"})
    with pytest.raises(Retry, match="does not end"):
        vendor.ehr().providers()
    assert [request.args["offset"] for request in vendor.asked("/providers")] == ["0", "1", "2", "3", "4"]


def test_one_bad_row_does_not_hide_the_others(vendor):
    vendor.says("/providers", {"providers": [{"providerid": 0}, {"providerid": 7}]})
    assert [provider.id for provider in vendor.ehr().providers()] == ["7"]


@pytest.mark.parametrize("body", [{"surprise": True}, "7", "null", "<html></html>"])
def test_a_list_of_unknown_shape_is_a_passing_failure_never_an_empty_list(vendor, body):
    vendor.says("/providers", body)
    with pytest.raises(Retry):
        vendor.ehr().providers()


@pytest.mark.parametrize("body", [{}, [], {"pong": "false"}])
def test_a_ping_without_pong_is_no_answer(vendor, body):
    vendor.says("/ping", body)
    with pytest.raises(Retry):
        vendor.ehr().ping()


BOOKED = {
    "appointmentid": "77",
    "appointmentstatus": "f",
    "patientid": "5",
    "date": "03/05/2026",
    "starttime": "09:00",
    "duration": 60,
    "departmentid": "1",
    "providerid": "72",
}
DEPARTMENT = [{"departmentid": "1", "timezonename": "America/Denver"}]


def book(vendor):
    return vendor.ehr().book(
        slot_id="77", patient_id="5", reason_id="101", department_id="1", note="n", suppress_confirmation=True
    )


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "<html>ok</html>",
        [],
        {},
        [BOOKED, BOOKED],
        [{**BOOKED, "patientid": "6"}],
        [{**BOOKED, "appointmentid": "78"}],
        [{**BOOKED, "appointmentstatus": "o"}],
        [{**BOOKED, "date": ""}],
        {"success": False},
    ],
)
def test_an_answer_that_does_not_prove_the_booking_is_unknown(vendor, body):
    vendor.says("/departments/1", DEPARTMENT)
    vendor.says("/appointments/77", body, method="PUT")
    with pytest.raises(Unknown):
        book(vendor)


def test_a_refusal_inside_a_good_status_is_rejected(vendor):
    vendor.says("/departments/1", DEPARTMENT)
    vendor.says("/appointments/77", {"success": False, "errormessage": "No."}, method="PUT")
    with pytest.raises(Rejected):
        book(vendor)


@pytest.mark.parametrize(
    ("status", "body"), [(500, {}), (404, {"error": "no such department"}), (200, [{"departmentid": "1"}])]
)
def test_without_a_zone_to_read_the_answer_in_nothing_is_sent(vendor, status, body):
    vendor.says("/departments/1", body, status)
    with pytest.raises(NotReached):
        book(vendor)
    assert vendor.asked("/appointments/77") == []


def test_a_booking_that_had_to_wait_too_long_before_it_could_be_sent_is_not_sent(vendor):
    def slow_department(_request):
        vendor.now += timedelta(seconds=11)
        return Response(json.dumps(DEPARTMENT))

    vendor.server.expect_request("/v1/9/departments/1").respond_with_handler(slow_department)
    vendor.says("/appointments/77", [BOOKED], method="PUT")
    with pytest.raises(NotReached):
        book(vendor)
    assert vendor.asked("/appointments/77") == []


@pytest.mark.parametrize("missing", ["/departments/1", "/appointments/77/notes"])
def test_a_booked_visit_whose_department_or_notes_are_not_found_is_not_itself_gone(vendor, missing):
    vendor.says(missing, {"error": "The appointment is not available."}, 404)
    vendor.says("/departments/1", DEPARTMENT)
    vendor.says("/appointments/77/notes", {"notes": []})
    vendor.says("/appointments/77", [BOOKED])
    with pytest.raises(Retry):
        vendor.ehr().appointment("77")


@pytest.mark.parametrize(
    "body",
    [
        {"success": False, "errormessage": "The request could not be completed."},
        [{**BOOKED, "appointmentid": "78"}],
        [{**BOOKED, "departmentid": ""}],
    ],
)
def test_a_look_that_is_not_answered_about_that_visit_is_no_word_about_it(vendor, body):
    vendor.says("/departments/1", DEPARTMENT)
    vendor.says("/appointments/77", body)
    with pytest.raises(Retry):
        vendor.ehr().appointment("77")


def test_the_zone_of_a_department_is_asked_for_once(vendor):
    vendor.says("/departments/1", DEPARTMENT)
    vendor.says("/appointments/77", [BOOKED], method="PUT")
    ehr = vendor.ehr()
    for _ in range(3):
        ehr.book(slot_id="77", patient_id="5", reason_id="101", department_id="1", note="n", suppress_confirmation=True)
    assert len(vendor.asked("/departments/1")) == 1


@pytest.mark.parametrize("wrong", ["../1", "7/cancel", "", "x", "٣", "7?limit=1"])
def test_an_id_that_is_no_number_never_becomes_part_of_an_address(vendor, wrong):
    for call in (vendor.ehr().appointment, vendor.ehr().patient):
        with pytest.raises(Rejected):
            call(wrong)
    assert vendor.server.log == []


@pytest.mark.parametrize("body", [[], [{"patientid": "0"}], {"success": True}, "null"])
def test_a_new_chart_without_id_is_unknown(vendor, body):
    vendor.says("/patients", body, method="POST")
    with pytest.raises(Unknown):
        vendor.ehr().create_patient(ADA, department_id="1")


def test_weak_matches_are_left_out_even_when_the_vendor_sends_them(vendor):
    charts = [
        {"patientid": number, "firstname": "Ada", "lastname": "Q", "dob": "07/23/1990", "score": score}
        for number, score in ((1, 15), (2, "23"), (3, 26))
    ]
    vendor.says("/patients/enhancedbestmatch", charts)
    assert [match.id for match in vendor.ehr().find_patient(ADA, department_id="1")] == ["3", "2"]
