"""What a patient wants us to know: kept as typed, written to the visit in the EHR once, cleaned (rules 4.7)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from moonlit.audit.actor import PUBLIC
from moonlit.audit.models import AuditEvent
from moonlit.booking.models import Appointment, ChartWrite
from moonlit.booking.services import (
    advance,
    advance_change,
    open_chart_writes,
    place_hold,
    reopen_chart_writes,
    request_booking,
    request_move,
    write_to_chart,
)
from moonlit.ehr.port import NotReached, Rejected, Unknown
from moonlit.people.inputs import InsuranceInput
from moonlit.platform.testing import run_pending
from moonlit.worklist.models import Task
from tests.support.people import BY_VIDEO, a_request, patient

FRIDAY = date(2026, 3, 6)
TYPED = "I use a wheelchair 🙂,\nplease call my sister first."
WRITTEN = "Note from the patient: I use a wheelchair , please call my sister first."


@pytest.fixture
def desk(scene):
    scene.open("71", FRIDAY, "09:00", "10:00", "11:00")
    scene.sync()
    return scene


def at(hour):
    return datetime(2026, 3, 6, hour + 7, tzinfo=UTC)


def booked(desk, note=TYPED, *, hold=False):
    request = a_request(at(9), now=desk.clock(), note=note)
    held = (
        place_hold(BY_VIDEO, at(9), None, client_ref="a", address="", actor=PUBLIC, now=desk.clock()).hold
        if hold
        else None
    )
    visit = request_booking(request, hold=held, actor=PUBLIC, now=desk.clock()).appointment
    advance(visit, clock=desk.clock)
    open_chart_writes(visit, now=desk.clock())
    return Appointment.objects.get(pk=visit)


def write(desk, row):
    todo = ChartWrite.objects.get(appointment=row, kind="note")
    write_to_chart(todo.pk, clock=desk.clock)
    todo.refresh_from_db()
    return todo


def notes_of(desk, row):
    return [note for note in desk.ehr.notes(row.athena_appt_id) if "Moonlit booking" not in note]


@pytest.mark.parametrize("hold", [False, True])
def test_the_words_are_kept_as_typed_and_the_visit_gets_them_cleaned(desk, hold):
    row = booked(desk, hold=hold)
    assert row.patient_note == TYPED
    assert write(desk, row).state == "written"
    assert notes_of(desk, row) == [WRITTEN]
    assert AuditEvent.objects.filter(verb="booking:note:written").count() == 1


@pytest.mark.parametrize("note", ["", "🙂❤️", "\u200b\ue000"])
def test_where_nothing_is_left_to_write_nothing_is_written(desk, note):
    row = booked(desk, note)
    assert not ChartWrite.objects.filter(appointment=row, kind="note").exists()


def test_a_note_that_is_written_is_not_written_again(desk):
    row = booked(desk)
    write(desk, row)
    ChartWrite.objects.filter(kind="note").update(state="to_write", next_at=desk.clock())
    desk.ehr.calls.clear()
    assert write(desk, row).state == "written"
    assert "add_note" not in desk.ehr.calls


@pytest.mark.parametrize("stored", [True, False])
def test_a_lost_answer_is_looked_up_and_never_repeated_while_it_may_still_land(desk, stored):
    row = booked(desk)
    desk.ehr.fail_next("add_note", Unknown("no answer"), stored=stored)
    todo = write(desk, row)
    assert todo.state == ("written" if stored else "to_write")
    if not stored:
        assert todo.next_at - desk.clock() >= timedelta(seconds=120)
        desk.clock.at = todo.next_at
        assert write(desk, row).state == "written"
    assert notes_of(desk, row) == [WRITTEN]


def test_what_the_ehr_refuses_leaves_the_visit_booked_and_opens_a_task(desk):
    row = booked(desk)
    desk.ehr.fail_next("add_note", Rejected("no", code="forbidden", status=403))
    stopped = write(desk, row)
    assert (stopped.state, stopped.problem) == ("stopped", "ehr_forbidden")
    assert Task.objects.get(kind="note_not_written").state == "open"
    row.refresh_from_db()
    assert row.state == "booked"


def test_an_ehr_that_is_down_is_tried_again(desk):
    row = booked(desk)
    desk.ehr.fail_next("notes", NotReached("down"))
    todo = write(desk, row)
    assert todo.state == "to_write"
    desk.clock.at = todo.next_at
    assert write(desk, row).state == "written"


def test_a_moved_visit_takes_the_note_along(desk):
    row = booked(desk)
    write(desk, row)
    desk.clock.at = datetime(2026, 3, 2, 17, tzinfo=UTC)
    asked = request_move(row.pk, start=at(11), provider_id=None, hold=None, actor=PUBLIC, now=desk.clock())
    for _ in range(3):
        advance(asked.new_appointment, clock=desk.clock)
        advance_change(row.pk, clock=desk.clock)
    run_pending()
    new = Appointment.objects.get(pk=asked.new_appointment)
    assert (new.state, new.patient_note) == ("booked", TYPED)
    assert notes_of(desk, new) == [WRITTEN]


def test_the_words_stay_out_of_logs_audit_and_messages(desk, capsys):
    row = booked(desk, "Zephyrine likes kingfishers")
    desk.ehr.fail_next("add_note", RuntimeError("Zephyrine likes kingfishers"))
    write(desk, row)
    run_pending()
    out = capsys.readouterr()
    assert "kingfishers" not in out.out + out.err
    assert not any("kingfishers" in str(each.facts) for each in AuditEvent.objects.all())
    assert "kingfishers" not in repr(a_request(at(10), now=desk.clock(), note="Zephyrine likes kingfishers"))


def test_a_visit_without_a_note_makes_no_call_more(desk):
    row = booked(desk, "")
    assert row.patient_note is None
    assert "notes" not in desk.ehr.calls


def test_the_note_goes_to_no_chart_that_may_be_another_persons(desk):
    row = booked(desk)
    type(row.patient).objects.filter(pk=row.patient_id).update(identity="unverified")
    desk.ehr.calls.clear()
    assert write(desk, row).problem == "chart_unverified"
    assert desk.ehr.calls == []
    assert not Task.objects.filter(kind="note_not_written").exists(), "it has a task of its own"


def test_insurance_and_note_do_not_wait_for_each_other(desk):
    start = at(10)
    insurances = (InsuranceInput(payer="alpine"),)
    wanted = a_request(start, now=desk.clock(), note=TYPED, patient=patient(sex=None), insurances=insurances)
    visit = request_booking(wanted, actor=PUBLIC, now=desk.clock()).appointment
    advance(visit, clock=desk.clock)
    run_pending()
    states = dict(ChartWrite.objects.filter(appointment=visit).values_list("kind", "state"))
    assert (states["insurance"], states["note"]) == ("stopped", "written")


def keeps(desk, monkeypatch, kept):
    """An EHR that takes a note and keeps it in its own way."""
    real = desk.ehr.add_note
    monkeypatch.setattr(type(desk.ehr), "add_note", lambda _, number, text: [real(number, each) for each in kept(text)])


@pytest.mark.parametrize("kept", [lambda text: [text[:40]], lambda _: []])
def test_a_note_that_was_taken_and_reads_back_differently_is_for_staff_and_never_sent_again(desk, monkeypatch, kept):
    keeps(desk, monkeypatch, kept)
    row = booked(desk)
    stopped = write(desk, row)
    assert (stopped.state, stopped.problem) == ("stopped", "note_differs")
    assert Task.objects.get(kind="note_not_written").state == "open"
    keeps(desk, monkeypatch, lambda _: pytest.fail("sent again"))
    for broken in (False, True, False):
        if broken:
            desk.ehr.fail_next("notes", NotReached("down"))
        reopen_chart_writes(row.pk, now=desk.clock())
        assert write(desk, row).problem == "note_differs"


def test_a_note_that_was_taken_and_cannot_be_read_back_is_looked_for_and_never_sent_again(desk, monkeypatch):
    row = booked(desk)
    real = desk.ehr.add_note

    def then_down(number, text):
        real(number, text)
        desk.ehr.fail_next("notes", NotReached("down"))

    monkeypatch.setattr(type(desk.ehr), "add_note", lambda _, *a: then_down(*a))
    assert write(desk, row).problem == "note_differs"
    reopen_chart_writes(row.pk, now=desk.clock())
    assert write(desk, row).state == "written"
    assert notes_of(desk, row) == [WRITTEN]
    assert Task.objects.get(kind="note_not_written").state != "open"


def test_a_lost_answer_to_a_note_that_is_kept_in_other_words_is_not_repeated(desk, monkeypatch):
    row = booked(desk)

    def lost(number, text):
        desk.ehr._change(number, notes=(text[:40],))
        raise Unknown("no answer")

    monkeypatch.setattr(type(desk.ehr), "add_note", lambda _, *a: lost(*a))
    assert write(desk, row).problem == "note_differs"
