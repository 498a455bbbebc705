"""The change feed: nothing it hands out is lost, whatever else fails."""

from datetime import UTC, datetime, timedelta

import pytest

from moonlit.ehr.port import EhrStatus, NotReached, Rejected, Retry

pytestmark = pytest.mark.django_db
CHANGED = "/appointments/changed"
DEPARTMENT = [{"departmentid": "1", "timezonename": "America/Denver"}]
ROW = {
    "appointmentid": "77",
    "templateappointmentid": "70",
    "appointmentstatus": "x",
    "appointmenttypeid": "4",
    "rescheduledappointmentid": "78",
    "cancelreasonnoshow": False,
    "cancelleddatetime": "03/02/2026 06:53:25",
    "date": "03/05/2026",
    "starttime": "09:00",
    "duration": 60,
    "departmentid": "1",
    "providerid": "72",
    "patientid": "5",
}


@pytest.fixture
def practice(vendor):
    vendor.says("/departments/1", DEPARTMENT)
    return vendor


def test_a_row_is_handed_on_with_all_that_it_tells_and_as_it_came(practice):
    practice.says(CHANGED, {"appointments": [ROW], "totalcount": 1})
    changed = practice.ehr().changed_since(None)
    (visit,) = changed.appointments
    assert changed.raw == (ROW,)
    assert (visit.status, visit.rescheduled_to, visit.template_id, visit.type_id) == (
        EhrStatus.CANCELLED,
        "78",
        "70",
        "4",
    )
    assert visit.cancelled_at == datetime(2026, 3, 2, 11, 53, 25, tzinfo=UTC)
    assert not visit.no_show


def test_rows_that_cannot_be_read_hide_no_others_and_are_kept_behind_them(practice):
    junk = [{"appointmentid": "1"}, {**ROW, "date": "00/00/0000"}, {**ROW, "date": "12/31/9999"}, {}]
    other = {**ROW, "appointmentid": "79", "cancelleddatetime": "12/31/9999 23:59:59"}
    practice.says(CHANGED, {"appointments": [*junk, ROW, "text", other]})
    changed = practice.ehr().changed_since(None)
    assert [(visit.id, visit.cancelled_at is None) for visit in changed.appointments] == [("77", False), ("79", True)]
    assert changed.raw == (ROW, other, *junk, {"unreadable": "text"})


@pytest.mark.parametrize(("status", "body"), [(503, ""), (200, [{"departmentid": "1"}]), (429, "")])
def test_rows_whose_zone_cannot_be_learned_now_are_kept_all_the_same(vendor, status, body):
    vendor.says("/departments/1", body, status)
    vendor.says(CHANGED, {"appointments": [ROW]})
    changed = vendor.ehr().changed_since(None)
    assert (changed.appointments, changed.raw) == ((), (ROW,))


def test_the_queue_has_no_pages_and_is_read_once_a_call(practice):
    practice.says(CHANGED, {"appointments": [ROW], "totalcount": 900, "next": "/v1/9/appointments/changed?offset=1"})
    practice.ehr().changed_since(None)
    (request,) = practice.asked(CHANGED)
    assert "offset" not in request.args


@pytest.mark.parametrize(("status", "body"), [(503, ""), (200, "<html>"), (200, {"success": True})])
def test_a_lost_answer_is_not_asked_for_again_because_its_rows_left_the_queue(vendor, status, body):
    vendor.says(CHANGED, body, status)
    with pytest.raises(Retry):
        vendor.ehr().changed_since(None)
    assert len(vendor.asked(CHANGED)) == 1


def test_what_was_handed_out_since_an_instant_comes_again_whole_on_eastern_clocks(practice):
    pages = [
        {"appointments": [ROW], "totalcount": 2},
        {"appointments": [{**ROW, "appointmentid": "79"}], "totalcount": 2},
    ]
    practice.server.expect_request(f"/v1/9{CHANGED}").respond_with_handler(lambda _: practice.json(pages.pop(0)))
    changed = practice.ehr().changed_since(practice.now - timedelta(minutes=20))
    assert [visit.id for visit in changed.appointments] == ["77", "79"]
    first = practice.asked(CHANGED)[0].args
    assert (first["showprocessedstartdatetime"], first["showprocessedenddatetime"]) == (
        "03/02/2026 09:40:40",
        "03/02/2026 10:00:40",
    )


def test_in_the_hour_shown_twice_the_window_is_wider_on_both_sides(practice):
    practice.says(CHANGED, {"appointments": []})
    practice.now = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)  # 01:30 for the second time
    practice.ehr().changed_since(practice.now - timedelta(hours=1))
    (request,) = practice.asked(CHANGED)
    assert (request.args["showprocessedstartdatetime"], request.args["showprocessedenddatetime"]) == (
        "11/01/2026 00:30:00",
        "11/01/2026 02:30:00",
    )


def test_a_feed_nobody_subscribed_to_is_forbidden(vendor):
    vendor.says(CHANGED, {"error": "Changed messages require setup (subscription) that has not been done."}, 403)
    with pytest.raises(Rejected) as caught:
        vendor.ehr().changed_since(None)
    assert caught.value.code == "forbidden"


FEEDS = ("/appointments/changed/subscription", "/patients/changed/subscription")


def methods(vendor, feed):
    return [request.method for request in vendor.asked(feed)]


def test_an_active_subscription_is_left_alone(vendor):
    for feed in FEEDS:
        vendor.says(feed, {"status": "ACTIVE", "subscriptions": []})
    vendor.ehr().subscribe()
    assert [methods(vendor, feed) for feed in FEEDS] == [["GET"], ["GET"]]


@pytest.mark.parametrize("status", ["INACTIVE", "PARTIAL"])
def test_a_subscription_that_is_off_or_partial_is_asked_for_whole(vendor, status):
    for feed in FEEDS:
        vendor.says(feed, {"status": status})
        vendor.says(feed, {"success": "true"}, method="POST")
    vendor.ehr().subscribe()
    assert [methods(vendor, feed) for feed in FEEDS] == [["GET", "POST"], ["GET", "POST"]]
    assert all(not request.get_data() for feed in FEEDS for request in vendor.asked(feed))


def test_nobody_there_is_not_reached(vendor):
    with pytest.raises(NotReached):
        vendor.ehr(base_url="http://127.0.0.1:9").changed_since(None)
