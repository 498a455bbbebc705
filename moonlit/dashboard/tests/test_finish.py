from datetime import date

import pytest

from moonlit.booking.models import Appointment
from moonlit.dashboard.tests.reading import page
from moonlit.ehr.port import PersonDetails
from moonlit.platform.policy import Role
from moonlit.staff.testing import signed_in_client

ZOE = PersonDetails("Zoë", "Ñandú-O'Leary", date(1990, 2, 28), email="zoe@example.org")


@pytest.fixture
def row(desk, book):
    kept = Appointment.objects.get(pk=book())
    desk.ehr.staff_book(kept.slot_ehr_id, desk.ehr.add_patient(ZOE))
    return kept


def enter(client, row, typed):
    return client.post(f"/staff/appointments/{row.pk}/finish", {"athena_appt_id": typed}, follow=True)


def test_the_page_of_a_waiting_visit_asks_for_the_ehr_id_and_finishes_it(staff, row):
    assert "Booked in the EHR by hand?" in page(staff, f"/staff/appointments/{row.pk}")
    answer = enter(staff, row, f" {row.slot_ehr_id} ")
    assert "read back and belongs to this visit" in answer.content.decode()
    assert Appointment.objects.get(pk=row.pk).state == "booked"
    assert "Booked in the EHR by hand?" not in page(staff, f"/staff/appointments/{row.pk}")


def test_a_wrong_id_is_told_in_words_and_stays_in_the_field(staff, row):
    answer = enter(staff, row, "404404")
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "The EHR knows no appointment with this id." in text
    assert 'value="404404"' in text


@pytest.mark.parametrize("typed", ["", "12 34", "<b>", "9" * 41, "\uff11\uff12"])
def test_what_can_be_no_id_is_not_asked_for(staff, desk, row, typed):
    calls = len(desk.ehr.calls)
    answer = enter(staff, row, typed)
    assert (answer.status_code, len(desk.ehr.calls)) == (422, calls)


def test_only_who_schedules_may_finish(desk, row):
    assert enter(signed_in_client(Role.AUDITOR), row, row.slot_ehr_id).status_code == 404
    assert Appointment.objects.get(pk=row.pk).state == "pending"
