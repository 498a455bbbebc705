"""What only the in-memory port does; its promises as a port are in tests/contracts."""

from datetime import UTC, date, datetime, timedelta

import pytest

from moonlit.ehr.memory import MemoryEhr
from moonlit.ehr.port import (
    Department,
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
    return ehr.book(slot_id="9", patient_id=patient_id, reason_id="101", department_id="1", note="our id")


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
