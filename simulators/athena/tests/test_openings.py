"""The clock stands at Monday 2 March 2026, 08:00 in Denver."""

import pytest


def starts(rows):
    return [(row["date"], row["starttime"]) for row in rows]


def test_a_department_is_needed(vendor):
    answer = vendor.get("/appointments/open", reasonid=-1)
    assert answer.status_code == 400
    assert answer.json() == {"missingfields": ["departmentid"], "error": "Additional fields are required."}


def test_neither_reason_nor_type_is_an_empty_answer_and_no_error(vendor):
    assert vendor.get("/appointments/open", departmentid=1, providerid=71).json() == {
        "appointments": [],
        "totalcount": 0,
    }


def test_a_reason_needs_a_provider_unless_it_is_every_reason(vendor):
    answer = vendor.get("/appointments/open", departmentid=1, reasonid=101)
    assert (answer.status_code, answer.json()["missingfields"]) == (400, ["providerid"])
    assert vendor.get("/appointments/open", departmentid=1, reasonid=-1).json()["totalcount"] > 0


def test_a_comma_list_of_types_is_refused(vendor):
    answer = vendor.get("/appointments/open", departmentid=1, appointmenttypeid="11,12")
    assert answer.status_code == 400
    assert "type integer" in answer.json()["detailedmessage"]


def test_the_window_is_today_and_seven_days_both_included(vendor):
    dates = sorted({row["date"] for row in vendor.open(reasonid=-1)})
    assert dates == ["03/03/2026", "03/04/2026", "03/05/2026", "03/06/2026", "03/09/2026"]
    dates = {row["date"] for row in vendor.open(reasonid=-1, startdate="03/10/2026")}
    assert (min(dates), max(dates)) == ("03/10/2026", "03/17/2026")
    assert {row["date"] for row in vendor.open(reasonid=-1, startdate="03/10/2026", enddate="03/10/2026")} == {
        "03/10/2026"
    }
    assert vendor.open(reasonid=-1, startdate="03/11/2026", enddate="03/10/2026") == []


def test_today_is_the_departments_own_day(vendor):
    vendor.at("2026-03-04T05:30:00Z")  # still 3 March, 22:30, in Denver
    dates = {row["date"] for row in vendor.open(reasonid=-1, bypassscheduletimechecks="true")}
    assert (min(dates), max(dates)) == ("03/03/2026", "03/10/2026")


def test_the_practices_minimum_of_24_hours_holds(vendor):
    first = vendor.open(reasonid=102)[0]
    assert (first["date"], first["starttime"]) == ("03/03/2026", "13:00")  # Tuesday: its morning is of another type
    vendor.at("2026-03-02T20:30:00Z")  # 13:30 in Denver: 13:00 tomorrow is 23.5 hours away
    assert starts(vendor.open(reasonid=102))[0] == ("03/03/2026", "13:30")


def test_a_reasons_own_hours_and_days_go_before_the_practices(vendor):
    assert starts(vendor.open(reasonid=101))[0] == ("03/04/2026", "09:00")  # 48 hours
    last = vendor.open(reasonid=101, startdate="04/20/2026", enddate="06/30/2026")[-1]
    assert last["date"] == "05/01/2026"  # 60 days on
    last = vendor.open(reasonid=102, startdate="04/20/2026", enddate="06/30/2026")[-1]
    assert last["date"] == "05/29/2026"  # the Friday before 90 days on


def test_minus_one_knows_no_reasons_hours_only_the_practices(vendor):
    rows = vendor.open(reasonid=-1)
    assert starts(rows)[0] == ("03/03/2026", "09:00")
    assert {tuple(row["reasonid"]) for row in rows} == {("-1",)}


def test_the_time_checks_can_be_bypassed(vendor):
    rows = vendor.open(reasonid=101, bypassscheduletimechecks="true")
    assert starts(rows)[0] == ("03/02/2026", "09:00")
    rows = vendor.open(reasonid=101, bypassscheduletimechecks="true", startdate="06/01/2026", enddate="06/05/2026")
    assert rows


def test_hours_are_counted_across_the_change_to_summer_time(vendor):
    vendor.at("2026-03-08T15:00:00Z")  # 09:00 summer time on the Sunday of the change
    assert starts(vendor.open(reasonid=-1))[0] == ("03/09/2026", "09:00")
    vendor.control("clock", {"now": "2026-03-08T15:00:01Z"})
    assert starts(vendor.open(reasonid=-1))[0] == ("03/09/2026", "09:00")  # compared by the minute
    vendor.control("clock", {"now": "2026-03-08T15:01:00Z"})
    assert starts(vendor.open(reasonid=-1))[0] == ("03/09/2026", "10:00")


def test_a_reason_shows_its_type_and_generic_slots_that_hold_it(vendor):
    rows = vendor.open(reasonid=101, startdate="03/05/2026", enddate="03/05/2026")
    mornings = [row for row in rows if row["appointmenttypeid"] == 11]
    generic = [row for row in rows if row["appointmenttypeid"] == 13]
    assert [row["starttime"] for row in mornings] == ["09:00", "10:00", "11:00"]
    assert [row["starttime"] for row in generic] == ["13:00", "13:30", "14:00", "14:30", "15:00", "15:30", "16:00"]
    assert {row["duration"] for row in generic} == {30}
    assert {tuple(row["reasonid"]) for row in rows} == {("101",)}


def test_an_hour_in_generic_half_hours_needs_two_that_follow_each_other(vendor):
    taken = vendor.slot(reasonid=102, starttime="14:00")
    vendor.control("staff/book", {"slotid": taken})
    rows = vendor.open(reasonid=101, startdate="03/05/2026", enddate="03/05/2026")
    assert [row["starttime"] for row in rows if row["appointmenttypeid"] == 13] == [
        "13:00",
        "14:30",
        "15:00",
        "15:30",
        "16:00",
    ]


def test_several_reasons_are_listed_on_the_slots_they_may_book(vendor):
    rows = vendor.open(reasonid="101,102", startdate="03/05/2026", enddate="03/05/2026")
    by_start = {row["starttime"]: row["reasonid"] for row in rows}
    assert (by_start["09:00"], by_start["13:00"], by_start["16:30"]) == (["101"], ["101", "102"], ["102"])


def test_a_reason_set_up_for_one_provider_shows_nothing_of_another(vendor):
    assert vendor.open(reasonid=103)
    assert vendor.open(reasonid=103, departmentid=2, providerid=72) == []
    assert vendor.open(reasonid=999) == []


def test_a_type_needs_no_provider_and_shows_its_own_minutes(vendor):
    rows = vendor.get("/appointments/open", departmentid="1,2", appointmenttypeid=11).json()["appointments"]
    assert {row["providerid"] for row in rows} == {71, 72}
    assert {row["duration"] for row in rows} == {60}
    assert any(row["appointmenttypeid"] == 13 for row in rows)


def test_several_departments_and_providers_can_be_asked_for_at_once(vendor):
    rows = vendor.open(departmentid="1,3", providerid="71,72", reasonid=102)
    assert {(row["departmentid"], row["providerid"]) for row in rows} == {(1, 71), (3, 72)}


def test_frozen_slots_are_hidden_unless_asked_for(vendor):
    number = vendor.slot()
    vendor.control("staff/freeze", {"slotid": number})
    day = {"reasonid": 101, "startdate": "03/05/2026", "enddate": "03/05/2026"}
    assert number not in {row["appointmentid"] for row in vendor.open(**day)}
    assert number in {row["appointmentid"] for row in vendor.open(**day, showfrozenslots="true")}


def test_slots_not_for_the_web_are_hidden_unless_permission_is_ignored(vendor):
    added = vendor.control(
        "slots",
        {
            "providerid": 71,
            "departmentid": 1,
            "date": "2026-03-05",
            "starttime": "07:00",
            "appointmenttypeid": 11,
            "schedulable": False,
        },
    )["ids"]
    day = {"reasonid": 101, "startdate": "03/05/2026", "enddate": "03/05/2026"}
    assert ("03/05/2026", "07:00") not in starts(vendor.open(**day))
    row = vendor.open(**day, ignoreschedulablepermission="true")[0]
    assert [str(row["appointmentid"])] == added


def test_booked_slots_are_not_open(vendor):
    number = vendor.slot()
    assert vendor.put(f"/appointments/{number}", patientid=vendor.patient(), reasonid=101).status_code == 200
    assert number not in {row["appointmentid"] for row in vendor.open(reasonid=101, ignoreschedulablepermission="true")}


def test_a_slot_row_has_neither_status_nor_supervisor(vendor):
    assert set(vendor.open(reasonid=101)[0]) == {
        "date", "appointmentid", "departmentid", "localproviderid", "appointmenttype", "providerid", "starttime", "duration",
        "appointmenttypeid", "reasonid", "patientappointmenttypename",
    }  # fmt: skip


@pytest.mark.parametrize("quirks", ["mixed", "strings", "proper"])
def test_pages_join_to_the_whole(vendor, quirks):
    whole = [str(row["appointmentid"]) for row in vendor.open(reasonid=102)]
    vendor.control("settings", {"quirks": quirks})
    path, found = "/v1/195900/appointments/open?departmentid=1&providerid=71&reasonid=102&limit=7", []
    while path:
        body = vendor.http.get(path, headers={"Authorization": f"Bearer {vendor.token}"}).json()
        found += [str(row["appointmentid"]) for row in body["appointments"]]
        assert int(body["totalcount"]) == len(whole)
        path = body.get("next")
    assert found == whole
