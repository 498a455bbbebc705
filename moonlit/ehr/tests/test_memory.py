"""What only the in-memory port does; its promises as a port are in tests/contracts."""

import inspect
from datetime import UTC, date, datetime, timedelta

import pytest

from moonlit.ehr.athena.adapter import AthenaEhr
from moonlit.ehr.memory import MemoryEhr
from moonlit.ehr.port import (
    Department,
    EhrPort,
    EhrStatus,
    NotReached,
    OpenSlot,
    PersonDetails,
    Reason,
    Retry,
    Unknown,
)

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
START = NOW + timedelta(days=3)


@pytest.fixture
def ehr():
    made = MemoryEhr(clock=lambda: NOW)
    made.add_department(Department("1", "Video", "America/Denver"))
    made.add_reason(Reason("101", "First visit", "new"), department_id="1", provider_id="72")
    made.add_slot(OpenSlot("9", "1", "72", START, 60, ("101",), "11"))
    return made


def book(ehr, patient_id):
    return ehr.book(
        slot_id="9",
        patient_id=patient_id,
        reason_id="101",
        department_id="1",
        note="our id",
        suppress_confirmation=True,
    )


def test_faults_happen_in_the_order_given_and_only_to_their_method(ehr):
    ehr.fail_next("ping", NotReached("first"))
    ehr.fail_next("ping", Retry("second"))
    assert ehr.departments()
    for error in (NotReached, Retry):
        with pytest.raises(error):
            ehr.ping()
    ehr.ping()


@pytest.mark.parametrize(("stored", "status"), [(True, EhrStatus.BOOKED), (False, EhrStatus.OPEN)])
def test_a_lost_answer_can_have_been_stored_or_not(ehr, stored, status):
    patient_id = ehr.add_patient(PersonDetails("Ada", "Quillfeather", date(1990, 7, 23)))
    ehr.fail_next("book", Unknown("answer lost"), stored=stored)
    with pytest.raises(Unknown):
        book(ehr, patient_id)
    assert ehr.appointment("9").status is status


def test_calls_are_kept_in_order_failed_ones_too(ehr):
    ehr.fail_next("ping", Retry("down"))
    with pytest.raises(Retry):
        ehr.ping()
    ehr.providers()
    assert ehr.calls == ["ping", "providers"]


def test_a_chart_with_a_junk_birth_date_has_no_details(ehr):
    assert ehr.patient(ehr.add_patient(None)).details is None


def test_what_the_front_desk_edits_in_place_is_told_by_the_feed(ehr):
    book(ehr, ehr.add_patient(None))
    ehr.subscribe()
    ehr.staff_edit("9", provider_id="73", start=START + timedelta(hours=1))
    (found,) = ehr.changed_since(None).appointments
    assert (found.id, found.provider_id, found.start) == ("9", "73", START + timedelta(hours=1))


def test_a_removed_slot_is_gone_from_the_feed_too(ehr):
    ehr.subscribe()
    ehr.freeze_slot("9")
    ehr.remove_slot("9")
    assert ehr.changed_since(None).appointments == ()


def test_staff_setting_cancelled_reopens_the_time_as_cancelling_does(ehr):
    book(ehr, ehr.add_patient(None))
    ehr.staff_set("9", EhrStatus.CANCELLED)
    listed = ehr.appointments_between(department_ids=["1"], first_day=NOW.date(), last_day=date(2026, 3, 9))
    slots = ehr.open_slots(
        department_id="1",
        time_zone="America/Denver",
        provider_ids=["72"],
        reason_ids=["101"],
        first_day=NOW.date(),
        last_day=date(2026, 3, 9),
    ).slots
    assert [visit.status for visit in listed] == [EhrStatus.CANCELLED]
    assert [(slot.start, slot.id == "9") for slot in slots] == [(START, False)]


@pytest.mark.parametrize("port_method", [name for name in vars(EhrPort) if not name.startswith("_")])
def test_both_implementations_are_called_as_the_port_says(port_method):
    wanted = inspect.signature(getattr(EhrPort, port_method)).parameters
    for kind in (MemoryEhr, AthenaEhr):
        found = inspect.signature(getattr(kind, port_method)).parameters
        assert [(name, one.kind) for name, one in found.items()] == [(name, one.kind) for name, one in wanted.items()]
