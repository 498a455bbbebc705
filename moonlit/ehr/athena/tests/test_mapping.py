from contextlib import suppress
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlit.ehr.athena import mapping
from moonlit.ehr.athena.tests.test_wire import JSON
from moonlit.ehr.athena.wire import UnreadableError
from moonlit.ehr.port import EhrStatus, PersonDetails

SLOT = {
    "appointmentid": 1218779,
    "date": "03/05/2026",
    "starttime": "09:00",
    "duration": 30,
    "departmentid": 1,
    "providerid": 68,
    "appointmenttypeid": 4,
    "reasonid": ["-1"],
}
VISIT = {
    "appointmentid": "7",
    "date": "03/05/2026",
    "starttime": "09:00",
    "duration": "15",
    "departmentid": "1",
    "providerid": "86",
    "patientid": "5",
    "appointmentstatus": "f",
}
CHART = {"patientid": "5", "firstname": "Ada", "lastname": "Quillfeather", "dob": "07/23/1990"}


def test_a_slot_leaves_as_a_utc_instant_with_ids_as_text():
    slot = mapping.open_slot(SLOT, "America/Denver")
    assert slot.start == datetime(2026, 3, 5, 16, 0, tzinfo=UTC)
    assert (slot.id, slot.department_id, slot.provider_id, slot.type_id, slot.reason_ids) == (
        "1218779",
        "1",
        "68",
        "4",
        ("-1",),
    )
    assert not slot.repeated_hour


def test_a_slot_in_the_spring_gap_is_told_apart():
    assert mapping.open_slot({**SLOT, "date": "03/08/2026", "starttime": "02:30"}, "America/Denver") == mapping.InGap(
        "1218779"
    )


def test_where_the_clock_never_changes_there_is_no_gap():
    slot = mapping.open_slot({**SLOT, "date": "03/08/2026", "starttime": "02:30"}, "America/Phoenix")
    assert slot.start == datetime(2026, 3, 8, 9, 30, tzinfo=UTC)


def test_the_repeated_hour_is_the_first_instant_and_flagged():
    slot = mapping.open_slot({**SLOT, "date": "11/01/2026", "starttime": "01:30"}, "America/Denver")
    assert (slot.start, slot.repeated_hour) == (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), True)


@pytest.mark.parametrize(("asked", "got"), [("101", ("101",)), ("", ())])
def test_a_slot_that_names_no_reason_has_the_only_one_asked_for(asked, got):
    row = {key: value for key, value in SLOT.items() if key != "reasonid"}
    assert mapping.open_slot(row, "America/Denver", only_reason=asked).reason_ids == got


@pytest.mark.parametrize(
    "change",
    [
        {"appointmentid": 0},
        {"date": "13/40/2026"},
        {"date": None},
        {"starttime": "25:00"},
        {"duration": 0},
        {"duration": -15},
        {"duration": ""},
    ],
)
def test_a_slot_without_id_time_or_length_is_unreadable(change):
    with pytest.raises(UnreadableError):
        mapping.open_slot({**SLOT, **change}, "America/Denver")


@pytest.mark.parametrize(
    ("letter", "status"),
    [
        ("o", EhrStatus.OPEN),
        ("f", EhrStatus.BOOKED),
        ("2", EhrStatus.CHECKED_IN),
        (3, EhrStatus.CHECKED_OUT),
        ("4", EhrStatus.CHARGE_ENTERED),
        ("X", EhrStatus.CANCELLED),
    ],
)
def test_status_letters(letter, status):
    assert mapping.appointment({**VISIT, "appointmentstatus": letter}, "America/Denver").status is status


def test_an_unknown_status_is_not_guessed():
    with pytest.raises(UnreadableError):
        mapping.appointment({**VISIT, "appointmentstatus": "q"}, "America/Denver")


@pytest.mark.parametrize(
    "none", [{}, {"supervisingproviderid": 0}, {"supervisingproviderid": ""}, {"supervisingproviderid": None}]
)
def test_an_absent_supervisor_is_none_in_all_four_forms(none):
    assert mapping.appointment({**VISIT, **none}, "America/Denver").supervising_provider_id == ""


def test_a_cancelled_visit_tells_where_it_went_and_whether_it_was_a_no_show():
    row = {**VISIT, "appointmentstatus": "x", "rescheduledappointmentid": 9, "cancelreasonnoshow": "true"}
    visit = mapping.appointment(row, "America/Denver")
    assert (visit.rescheduled_to, visit.no_show) == ("9", True)


def test_notes_are_read_under_both_their_names_and_never_printed():
    assert mapping.notes([{"text": "first"}, {"notetext": "second"}, {"id": 3}, "junk"]) == ("first", "second")
    visit = mapping.appointment({**VISIT, "appointmentnotes": [{"text": "first"}]}, "America/Denver")
    assert visit.notes == ("first",)
    assert "first" not in repr(visit)


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("America/Boise", "America/Boise"),
        ("US/Eastern", "America/New_York"),
        ("US/Mountain", "America/Denver"),
        ("Mars/X", None),
        ("", None),
        (None, None),
        ("../etc/passwd", None),
        ("/etc/passwd", None),
    ],
)
def test_zone_names_are_made_current_or_none(name, zone):
    assert mapping.zone_name(name) == zone


@pytest.mark.parametrize(
    ("row", "zone"),
    [
        ({"timezoneoffset": -7, "doesnotobservedst": False}, "America/Denver"),
        ({"timezoneoffset": "-7", "doesnotobservedst": "true"}, "America/Phoenix"),
        ({"timezoneoffset": -5}, "America/New_York"),
        ({"timezonename": "US/Central", "timezoneoffset": -7}, "America/Chicago"),
        ({"timezoneoffset": 3}, None),
        ({}, None),
    ],
)
def test_a_missing_zone_name_is_replaced_by_offsets_only_for_reading_back(row, zone):
    assert mapping.working_zone(row) == zone
    assert mapping.department({"departmentid": 1, **row}).time_zone == mapping.zone_name(row.get("timezonename"))


def test_a_provider_who_supervises_himself_has_no_supervisor():
    row = {
        "providerid": 27,
        "firstname": "Osgood",
        "lastname": "Farrow",
        "entitytype": "Person",
        "supervisingproviderid": "27",
    }
    found = mapping.provider(row)
    assert (found.name, found.is_person, found.supervising_provider_id) == ("Osgood Farrow", True, "")


def test_a_chart_with_a_junk_birth_date_has_no_details():
    for junk in ("01/01/0001", "", None, "00/00/0000", "07/23/1899"):
        found = mapping.patient({**CHART, "dob": junk})
        assert (found.id, found.details) == ("5", None)


def test_a_chart_is_read_as_the_port_speaks():
    row = {
        **CHART,
        "email": "declined",
        "mobilephone": "(801) 555-0123",
        "homephone": "8015550199",
        "address1": "1 Main Street",
        "address2": "Unit 2",
        "sex": "F",
        "language6392code": "spa",
        "score": "26",
    }
    found = mapping.patient(row)
    assert found.score == 26.0
    assert found.details == PersonDetails(
        "Ada",
        "Quillfeather",
        date(1990, 7, 23),
        phone="+18015550123",
        street="1 Main Street, Unit 2",
        sex="female",
        language="es",
    )


@pytest.mark.parametrize(("said", "sex"), [("m", "male"), ("U", "other"), ("X", "other"), ("", ""), (None, "")])
def test_a_sex_we_have_no_word_for_is_not_read_as_none(said, sex):
    assert mapping.patient({**CHART, "sex": said}).details.sex == sex


def test_a_home_phone_is_not_taken_for_a_mobile():
    assert mapping.patient({**CHART, "homephone": "8015550199"}).details.phone == ""


@pytest.mark.parametrize("value", ["555-0123", "+448015550123", "declined", None, "18015550123456"])
def test_a_phone_that_is_no_north_american_number_is_none(value):
    assert mapping.patient({**CHART, "mobilephone": value}).details.phone == ""


@given(st.dates(min_value=date(1000, 1, 1)), st.times())
def test_dates_and_clocks_survive_the_round_trip(day, clock):
    assert mapping.a_date(mapping.day_text(day)) == day
    assert mapping.a_date(f"{mapping.day_text(day)} 06:53:25") == day
    assert mapping.a_clock(clock.strftime("%H:%M")) == time(clock.hour, clock.minute)


@given(
    st.dictionaries(
        st.sampled_from(sorted({*SLOT, *VISIT, *CHART, "score", "appointmentnotes", "mobilephone", "timezonename"})),
        JSON,
    )
)
def test_no_row_whatever_raises_anything_but_unreadable(row):
    for read in (mapping.department, mapping.provider, mapping.reason, mapping.patient, mapping.working_zone):
        _tolerated(lambda read=read: read(row))
    _tolerated(lambda: mapping.open_slot(row, "America/Denver"))
    _tolerated(lambda: mapping.appointment(row, "America/Denver"))


def _tolerated(read):
    with suppress(UnreadableError):
        read()


@pytest.mark.parametrize(
    ("said", "instant"),
    [
        ("03/02/2026 06:53:25", datetime(2026, 3, 2, 11, 53, 25, tzinfo=UTC)),
        ("07/02/2026 06:53", datetime(2026, 7, 2, 10, 53, tzinfo=UTC)),
        ("11/01/2026 01:30:00", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        ("03/08/2026 02:30:00", datetime(2026, 3, 8, 7, 0, tzinfo=UTC)),
        ("03/02/2026", None),
        ("00/00/0000 00:00:00", None),
        (None, None),
    ],
)
def test_athenas_own_times_are_eastern(said, instant):
    assert mapping.eastern_instant(said) == instant


@pytest.mark.parametrize(("letter", "no_show"), [("x", True), ("f", False)])
def test_only_a_cancelled_visit_can_be_a_no_show(letter, no_show):
    row = {
        "appointmentid": "7",
        "appointmentstatus": letter,
        "date": "03/05/2026",
        "starttime": "09:00",
        "cancelreasonnoshow": "true",
        "templateappointmentid": "7",
    }
    found = mapping.appointment(row, "America/Denver")
    assert (found.no_show, found.template_id, found.cancelled_at) == (no_show, "", None)


@pytest.mark.parametrize(
    ("row", "sms", "email"),
    [
        ({}, False, True),
        ({"consenttotext": "true"}, True, True),
        ({"consenttotext": True, "contactpreference_appointment_sms": False}, False, True),
        ({"consenttotext": True, "contactpreference_appointment_sms": ""}, True, True),
        ({"contactpreference_appointment_sms": True}, False, True),
        ({"contactpreference_appointment_email": "false"}, False, False),
        ({"contactpreference_appointment_email": False}, False, False),
        ({"contactpreference_billing_email": False}, False, True),
    ],
)
def test_texts_need_a_yes_on_the_chart_and_emails_that_nobody_said_no(row, sms, email):
    consent = mapping.patient({**CHART, **row}).consent
    assert (consent.sms, consent.email) == (sms, email)
