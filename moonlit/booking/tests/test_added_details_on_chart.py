"""What is told later goes to the chart where the chart says nothing, and overwrites nothing (rules 4.8, 4.13)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from moonlit.audit.models import AuditEvent
from moonlit.booking.models import Appointment, ChartWrite
from moonlit.booking.services import (
    advance,
    details_standing,
    open_chart_writes,
    verify_identity,
)
from moonlit.booking.tests.adding import HOME, MIRO, STAFF, a_desk, asked, booked, chart, chart_of, tasks, tell, write
from moonlit.ehr.port import EhrInsurance, NotReached, PersonDetails, Unknown
from moonlit.people.models import Patient
from tests.support.people import patient


@pytest.fixture
def desk(scene):
    return a_desk(scene)


def test_the_policy_that_waited_for_its_number_is_written_and_its_task_closes(desk):
    row = booked(desk)
    assert write(desk, row).problem == "member_id_missing"
    assert tasks("insurance_not_written") == 1
    tell(desk, row, member_id="MX-100")
    assert write(desk, row).problem == "subscriber_missing", "the sex is never made up"
    tell(desk, row, sex="female")
    assert write(desk, row).state == "written"
    assert desk.ehr.charts.written[0][1].member_id == "MX-100"
    assert tasks("insurance_not_written") == 0


def test_a_subscriber_who_is_somebody_else_is_written_as_such(desk):
    row = booked(desk)
    tell(desk, row, member_id="MX-100", relationship="spouse", subscriber=MIRO)
    assert write(desk, row).state == "written"
    written = desk.ehr.charts.written[0][1]
    assert (written.relationship, written.holder_first_name, written.holder_sex) == ("spouse", "Miro", "male")


def test_another_number_than_the_chart_has_goes_to_staff_and_overwrites_nothing(desk):
    row = booked(desk)
    tell(desk, row, member_id="MX-100", sex="female")
    assert write(desk, row).state == "written"
    tell(desk, row, member_id="MX-200")
    assert write(desk, row).problem == "other_policy"
    assert [policy.member_id for policy in desk.ehr.insurances(chart_of(row))] == ["MX-100"]
    assert tasks("insurance_not_written") == 1


def test_sex_and_address_fill_in_a_chart_that_has_none(desk):
    row = booked(desk)
    tell(desk, row, sex="female", address=HOME)
    assert write(desk, row, "details").state == "written"
    found = chart(desk, row)
    assert (found.sex, found.street, found.city, found.state, found.zip) == (
        "female", "4 Canyon Rim", "Provo", "UT", "84601",
    )  # fmt: skip
    assert AuditEvent.objects.filter(verb="booking:details:written").count() == 1


def test_a_chart_that_says_something_else_is_not_overwritten_and_a_task_opens(desk):
    row = booked(desk, patient=patient(address={**HOME, "line1": "9 Elm"}))
    tell(desk, row, address=HOME, sex="female")
    stopped = write(desk, row, "details")
    assert (stopped.state, stopped.problem) == ("stopped", "other_details")
    assert (chart(desk, row).street, chart(desk, row).sex) == ("9 Elm", "female")
    assert tasks("details_not_written") == 1


def test_the_task_closes_when_the_front_desk_has_put_the_chart_right(desk):
    row = booked(desk, patient=patient(address={**HOME, "line1": "9 Elm"}))
    tell(desk, row, address=HOME)
    write(desk, row, "details")
    details = chart(desk, row)
    desk.ehr.charts.people[chart_of(row)] = type(details)(
        **{name: getattr(details, name) for name in details.__slots__} | {"street": "4 Canyon Rim"}
    )
    tell(desk, row, sex="female")
    assert write(desk, row, "details").state == "written"
    assert tasks("details_not_written") == 0


@pytest.mark.parametrize("stored", [True, False])
def test_a_lost_answer_is_looked_for_on_the_chart(desk, stored):
    row = booked(desk)
    tell(desk, row, sex="female", address=HOME)
    desk.ehr.fail_next("update_patient", Unknown("lost"), stored=stored)
    first = write(desk, row, "details")
    assert first.state == ("written" if stored else "to_write")
    desk.clock.forward(minutes=10)
    assert write(desk, row, "details").state == "written"
    assert chart(desk, row).street == "4 Canyon Rim"


def test_an_ehr_that_is_away_is_asked_again_later(desk):
    row = booked(desk)
    tell(desk, row, sex="female")
    desk.ehr.fail_next("update_patient", NotReached("down"))
    assert write(desk, row, "details").problem == "ehr_not_reached"
    desk.clock.forward(minutes=10)
    assert write(desk, row, "details").state == "written"


def test_what_is_told_before_the_ehr_has_booked_goes_along_or_follows(desk):
    visit = asked(desk)
    tell(desk, visit, member_id="MX-100", sex="female", address=HOME)
    advance(visit, clock=desk.clock)
    open_chart_writes(visit, now=desk.clock())
    row = Appointment.objects.get(pk=visit)
    assert write(desk, row, "details").state == "written"
    assert write(desk, row).state == "written"
    assert (chart(desk, row).sex, "update_patient" in desk.ehr.calls) == ("female", False)


def test_a_chart_that_may_be_anothers_gets_nothing_until_somebody_has_made_sure(desk):
    details = PersonDetails("Zoë", "Ñandú-O'Leary", date(1990, 2, 28), email="another@example.org")
    found = desk.ehr.add_patient(details)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("moonlit.ehr.memory.charts.SAME_PERSON_SCORE", 20)
        row = booked(desk)
    assert Patient.objects.get(pk=row.patient_id).identity == "unverified"
    tell(desk, row, sex="female", address=HOME, member_id="MX-100")
    assert write(desk, row, "details").problem == "chart_unverified"
    assert desk.ehr.patient(found).details == details
    assert (tasks("details_not_written"), tasks("identity_unverified")) == (0, 1)
    assert details_standing(row.pk).member_id_ends == "100"
    verify_identity(row.pk, reason="photo ID seen", actor=STAFF, now=desk.clock())
    assert write(desk, row, "details").state == "written"


def test_a_try_that_began_before_the_new_number_came_does_not_settle_the_one_after_it(desk, monkeypatch):
    row = booked(desk)
    tell(desk, row, member_id="MX-100", sex="female")
    real = desk.ehr.add_insurance

    def slow(patient_id, policy, *, department_id):
        """While this answer is on its way the patient corrects the number, and another worker begins."""
        monkeypatch.setattr(type(desk.ehr), "add_insurance", lambda _, *a, **more: real(*a, **more))
        answer = real(patient_id, policy, department_id=department_id)
        desk.clock.forward(seconds=1)
        tell(desk, row, member_id="MX-200")
        ChartWrite.objects.filter(appointment=row, kind="insurance").update(
            attempts=1, next_at=desk.clock() + timedelta(minutes=6)
        )
        return answer

    monkeypatch.setattr(type(desk.ehr), "add_insurance", lambda _, *a, **more: slow(*a, **more))
    assert write(desk, row).state == "to_write", "the try under way will settle it"


def test_a_policy_on_the_chart_already_is_found_there(desk):
    row = booked(desk)
    desk.ehr.charts.policies[chart_of(row)][1] = EhrInsurance("8001", "901", 1, "mx 100")
    tell(desk, row, member_id="MX-100")
    assert write(desk, row).state == "written"
    assert "add_insurance" not in desk.ehr.calls


@pytest.mark.parametrize(("has", "told"), [({"state": "NV"}, {"address": HOME}), ({"sex": "other"}, {"sex": "female"})])
def test_what_stands_on_the_chart_alone_or_in_a_word_of_its_own_is_not_overwritten(desk, has, told):
    row = booked(desk)
    before = replace(chart(desk, row), **has)
    desk.ehr.charts.people[chart_of(row)] = before
    tell(desk, row, **told)
    assert write(desk, row, "details").problem == "other_details"
    assert chart(desk, row) == before
    assert tasks("details_not_written") == 1


def test_telling_more_while_a_try_is_under_way_starts_no_second_one_and_is_not_forgotten(desk, monkeypatch):
    row = booked(desk)
    tell(desk, row, sex="female")
    real = desk.ehr.update_patient

    def slow(patient_id, details):
        """Before its answer is there the patient tells the address, and the worker that was woken looks."""
        monkeypatch.setattr(type(desk.ehr), "update_patient", lambda _, *a: real(*a))
        for street in ("9 Elm", HOME["line1"]):
            desk.clock.forward(seconds=1)
            tell(desk, row, address={**HOME, "line1": street})
            assert write(desk, row, "details").attempts == 0, "the try under way goes first"
        return real(patient_id, details)

    monkeypatch.setattr(type(desk.ehr), "update_patient", lambda _, *a: slow(*a))
    todo = write(desk, row, "details")
    assert (todo.state, chart(desk, row).street) == ("to_write", "")
    desk.clock.at = todo.next_at
    assert write(desk, row, "details").state == "written"
    assert chart(desk, row).street == "4 Canyon Rim"
