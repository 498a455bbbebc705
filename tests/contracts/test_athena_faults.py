"""Every way Athena fails, through the adapter: what the caller is told, and whether something was stored."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from structlog.testing import capture_logs

from moonlit.ehr.port import EhrStatus, NotReached, PersonDetails, Rejected, Retry, Throttled, Unknown
from moonlit.platform.tests import oddserver
from tests.contracts.worlds import ATTENDING, NEW, NOW, RESIDENT, ROME, VIDEO, WEEK, SimulatorWorld

CANARY = PersonDetails(
    "Zephyrine", "Quillfeather", date(1990, 7, 23), email="zephyrine@example.org", phone="+18015550123"
)
ALL_SLOTS = {
    "department_id": VIDEO,
    "time_zone": "America/Denver",
    "provider_ids": [ATTENDING, RESIDENT],
    "reason_ids": [NEW],
    **WEEK,
}


def book(world, slot_id, patient_id, ehr=None):
    return (ehr or world.ehr).book(
        slot_id=slot_id,
        patient_id=patient_id,
        reason_id=NEW,
        department_id=VIDEO,
        note=str(uuid.uuid4()),
        suppress_confirmation=True,
    )


def calls(world, operation):
    return [call for call in world.control("GET", "calls?limit=1000")["calls"] if call["op"] == operation]


READ_FAULTS = [
    ({"kind": "429"}, Throttled),
    ({"kind": "403_qps"}, Throttled),
    ({"kind": "500"}, Retry),
    ({"kind": "503"}, Retry),
    ({"kind": "html"}, Retry),
    ({"kind": "html", "status": 200}, Retry),
    ({"kind": "reset"}, Retry),
    ({"kind": "hang", "seconds": 5}, Retry),
]


@pytest.mark.parametrize(("fault", "error"), READ_FAULTS)
def test_a_read_that_keeps_failing_says_so(simulator, fault, error):
    simulator.fault(operation="departments", times=None, **fault)
    ehr = simulator.adapter(read_seconds=0.2, read_attempts=2)
    with pytest.raises(error):
        ehr.departments()


@pytest.mark.parametrize(("fault", "error"), [one for one in READ_FAULTS if one[1] is Retry])
def test_a_read_that_fails_once_is_asked_again(simulator, fault, error):
    simulator.fault(operation="departments", **fault)
    assert len(simulator.adapter(read_seconds=0.2).departments()) == 3


def test_a_throttled_read_is_not_asked_again(simulator):
    simulator.fault("429", "departments")
    with pytest.raises(Throttled):
        simulator.ehr.departments()
    assert len(calls(simulator, "departments")) == 1


WRITE_FAULTS = [
    ({"kind": "429"}, Throttled, False),
    ({"kind": "403_qps"}, Throttled, False),
    ({"kind": "success_false"}, Rejected, False),
    ({"kind": "500"}, Unknown, False),
    ({"kind": "503"}, Unknown, False),
    ({"kind": "html"}, Unknown, False),
    ({"kind": "html", "status": 200}, Unknown, False),
    ({"kind": "reset"}, Unknown, False),
    ({"kind": "hang", "seconds": 5}, Unknown, False),
    ({"kind": "commit_then_timeout", "seconds": 5}, Unknown, True),
    ({"kind": "commit_then_500"}, Unknown, True),
    ({"kind": "commit_then_reset"}, Unknown, True),
]


@pytest.mark.parametrize(("fault", "error", "stored"), WRITE_FAULTS)
def test_a_booking_that_fails_is_sent_once_and_read_back_truly(simulator, fault, error, stored):
    slot_id, patient_id = simulator.slot(), simulator.chart(CANARY)
    simulator.fault(operation="book", **fault)
    with pytest.raises(error):
        book(simulator, slot_id, patient_id, simulator.adapter(read_seconds=0.3))
    found = simulator.ehr.appointment(slot_id)
    assert (found.status, found.patient_id) == ((EhrStatus.BOOKED, patient_id) if stored else (EhrStatus.OPEN, ""))
    assert len(calls(simulator, "book")) == 1


def test_an_answer_nobody_can_read_is_unknown_and_carries_the_request_id(simulator):
    slot_id, patient_id = simulator.slot(), simulator.chart(CANARY)
    simulator.fault("500", "book")
    with pytest.raises(Unknown) as caught:
        book(simulator, slot_id, patient_id)
    assert caught.value.request_id == calls(simulator, "book")[0]["requestid"] != ""


def test_a_token_that_lapsed_is_renewed_and_even_a_write_is_sent_again(simulator):
    slot_id, patient_id = simulator.slot(), simulator.chart(CANARY)
    simulator.fault("401", "book")
    assert book(simulator, slot_id, patient_id).status is EhrStatus.BOOKED
    assert len(calls(simulator, "token")) == 2


def test_a_refusal_of_every_token_stops_after_one_renewal(simulator):
    simulator.fault("401", "departments", times=None)
    with pytest.raises(NotReached):
        simulator.ehr.departments()
    assert (len(calls(simulator, "token")), len(calls(simulator, "departments"))) == (2, 2)


def test_nobody_listening_is_not_reached_for_reads_and_writes(simulator):
    ehr = simulator.adapter(base_url=oddserver.refused_address())
    with pytest.raises(NotReached):
        ehr.departments()
    with pytest.raises(NotReached):
        ehr.create_patient(CANARY, department_id=VIDEO)


def test_a_dead_vendor_opens_the_breaker_and_a_living_one_closes_it(simulator):
    dead = simulator.adapter(base_url=oddserver.refused_address())
    for _ in range(10):
        with pytest.raises(NotReached):
            dead.ping()
    with pytest.raises(NotReached, match="breaker is open"):
        simulator.ehr.ping()
    simulator.clock = lambda: NOW + timedelta(seconds=21)
    revived = simulator.adapter()
    revived.ping()
    revived.ping()


def test_a_spent_day_is_not_reached_before_the_vendor_has_to_say_so(simulator):
    ehr = simulator.adapter(daily_limit=10)
    for _ in range(8):
        ehr.providers()
    with pytest.raises(NotReached, match="budget"):
        ehr.providers()
    ehr.ping()
    assert len(calls(simulator, "providers")) == 8


def test_the_vendors_own_day_quota_is_throttled(simulator):
    simulator.control("POST", "settings", {"day_quota": 1})
    simulator.ehr.ping()
    with pytest.raises(Throttled):
        simulator.ehr.ping()
    simulator.control("POST", "settings", {"day_quota": 50_000})


@pytest.mark.parametrize("quirks", ["mixed", "strings", "proper"])
def test_the_whole_path_reads_the_same_in_every_encoding(simulator, quirks):
    simulator.control("POST", "settings", {"quirks": quirks})
    slot_id, ehr = simulator.slot(), simulator.ehr
    (slot,) = ehr.open_slots(**ALL_SLOTS).slots
    assert (slot.id, slot.provider_id, slot.minutes) == (slot_id, RESIDENT, 60)
    patient_id = ehr.create_patient(CANARY, department_id=VIDEO)
    assert [match.id for match in ehr.find_patient(CANARY, department_id=VIDEO)] == [patient_id]
    assert ehr.patient(patient_id).details == CANARY
    assert book(simulator, slot_id, patient_id).patient_id == patient_id
    ehr.set_supervisor(
        appointment_id=slot_id,
        seen_provider_id=RESIDENT,
        supervisor_provider_id=ATTENDING,
        claim_mode="attending_rendering",
    )
    assert ehr.appointment(slot_id).supervising_provider_id == ATTENDING
    assert {department.id: department.time_zone for department in ehr.departments()}[ROME] == "America/New_York"
    simulator.control("POST", "settings", {"quirks": "mixed"})


BOTH_WAYS = [
    ("supervisingproviderid", "attending_rendering", ("72", "", "71")),
    ("supervisingproviderid", "trainee_rendering_attending_supervising", ("72", "72", "71")),
    ("providerid+schedulingproviderid", "attending_rendering", ("72", "71", "")),
    ("providerid+schedulingproviderid", "trainee_rendering_attending_supervising", ("72", "72", "71")),
]


@pytest.mark.parametrize(("write", "claim_mode", "seen_rendering_supervising"), BOTH_WAYS)
def test_supervision_is_written_in_the_way_that_is_set(simulator, write, claim_mode, seen_rendering_supervising):
    slot_id = simulator.slot()
    book(simulator, slot_id, simulator.chart(CANARY))
    ehr = simulator.adapter(supervision_write=write)
    ehr.set_supervisor(
        appointment_id=slot_id, seen_provider_id=RESIDENT, supervisor_provider_id=ATTENDING, claim_mode=claim_mode
    )
    found = ehr.appointment(slot_id)
    assert (found.provider_id, found.rendering_provider_id, found.supervising_provider_id) == seen_rendering_supervising


def test_all_providers_and_reasons_of_a_window_cost_one_call(simulator):
    for at in ("09:00", "10:00", "11:00"):
        simulator.slot(at=at)
        simulator.slot(at=at, provider=ATTENDING)
    simulator.control("DELETE", "calls")
    assert len(simulator.ehr.open_slots(**ALL_SLOTS).slots) == 6
    (call,) = calls(simulator, "open_slots")
    assert (call["query"]["startdate"], call["query"]["enddate"]) == ("03/02/2026", "03/15/2026")


def test_pages_are_followed_to_the_end_without_repeating_or_losing_a_slot(simulator):
    expected = {simulator.slot(at=f"{hour:02}:00") for hour in range(8, 15)}
    found = simulator.adapter(page_size=3).open_slots(**ALL_SLOTS).slots
    assert len(found) == 7
    assert {slot.id for slot in found} == expected
    assert len(calls(simulator, "open_slots")) == 3


def test_more_providers_than_one_address_holds_are_asked_for_in_parts(simulator):
    expected = {simulator.slot(), simulator.slot(provider=ATTENDING)}
    found = simulator.adapter(providers_per_call=1).open_slots(**ALL_SLOTS).slots
    assert {slot.id for slot in found} == expected


def test_the_hour_that_comes_twice_is_its_first_instant_and_flagged(simulator):
    simulator.control("POST", "clock", {"now": "2026-10-28T15:00:00Z"})
    twice, once = (simulator.slot(day=date(2026, 11, 1), at=at, minutes=30) for at in ("01:30", "03:00"))
    days = {"first_day": date(2026, 10, 30), "last_day": date(2026, 11, 2)}
    slots = {slot.id: slot for slot in simulator.ehr.open_slots(**{**ALL_SLOTS, **days}).slots}
    assert slots[twice].start.isoformat() == "2026-11-01T07:30:00+00:00"
    assert (slots[twice].repeated_hour, slots[once].repeated_hour) == (True, False)


def test_writes_are_forms_and_nothing_but_the_reason_is_sent(simulator):
    slot_id, patient_id = simulator.slot(), simulator.chart(CANARY)
    book(simulator, slot_id, patient_id)
    (call,) = calls(simulator, "book")
    assert (call["query"], set(call["form"])) == (
        {},
        {"patientid", "reasonid", "departmentid", "bookingnote", "donotsendconfirmationemail"},
    )


def test_an_optional_value_too_long_for_the_ehr_is_left_out(simulator):
    person = replace(CANARY, email=f"{'z' * 60}@example.org")
    found = simulator.ehr.patient(simulator.ehr.create_patient(person, department_id=VIDEO))
    assert found.details == replace(CANARY, email="")


def test_a_department_that_lost_its_zone_can_still_be_booked_and_is_shown_without_one(simulator):
    slot_id, patient_id = simulator.slot(), simulator.chart(CANARY)
    simulator.fault("unknown_zone", "department", times=None, departmentid=VIDEO, timezonename="Mars/Olympus")
    simulator.fault("unknown_zone", "departments", times=None, departmentid=VIDEO, timezonename="Mars/Olympus")
    ehr = simulator.adapter()
    assert {department.id: department.time_zone for department in ehr.departments()}[VIDEO] is None
    assert book(simulator, slot_id, patient_id, ehr).time_zone == "America/Denver"


def test_no_log_and_no_error_names_a_patient(simulator, caplog):
    slot_id = simulator.slot()
    said = []
    with capture_logs() as logs, caplog.at_level(0):
        patient_id = simulator.ehr.create_patient(CANARY, department_id=VIDEO)
        simulator.ehr.find_patient(CANARY, department_id=VIDEO)
        simulator.ehr.patient(patient_id)
        for kind, operation in (
            ("500", "book"),
            ("success_false", "book"),
            ("429", "bestmatch"),
            ("reset", "create_patient"),
        ):
            simulator.fault(kind, operation)
        for call in (
            lambda: book(simulator, slot_id, patient_id),
            lambda: book(simulator, slot_id, patient_id),
            lambda: simulator.ehr.find_patient(CANARY, department_id=VIDEO),
            lambda: simulator.ehr.create_patient(CANARY, department_id=VIDEO),
            lambda: simulator.ehr.create_patient(replace(CANARY, last_name="Quillfeather" * 3), department_id=VIDEO),
        ):
            with pytest.raises((Rejected, Unknown, Throttled)) as caught:
                call()
            said.append(repr(caught.value) + str(caught.value.__cause__))
    text = str(logs) + caplog.text + str(said)
    assert len(logs) > 8
    for secret in ("Quillfeather", "Zephyrine", "zephyrine", "5550123", "1990", f"/{patient_id}"):
        assert secret not in text


@pytest.mark.django_db(transaction=True)
def test_many_threads_without_a_token_ask_for_one_once(simulator_address):
    world = SimulatorWorld(simulator_address)

    def ping(_):
        try:
            world.adapter().ping()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ping, range(8)))
    assert (len(calls(world, "token")), len(calls(world, "ping"))) == (1, 8)


def test_a_full_token_endpoint_is_throttled_until_the_next_minute_and_left_alone(simulator):
    simulator.fault("429", "token", times=None)
    for _ in range(3):
        with pytest.raises(Throttled) as caught:
            simulator.ehr.ping()
        assert 0 < caught.value.retry_after <= 60
    assert len(calls(simulator, "token")) == 1


def test_wrong_credentials_are_not_reached_and_not_tried_again_at_once(simulator):
    ehr = simulator.adapter(client_secret="wrong")
    with pytest.raises(NotReached):
        ehr.ping()
    with pytest.raises(Throttled):
        ehr.ping()
    assert len(calls(simulator, "token")) == 1
