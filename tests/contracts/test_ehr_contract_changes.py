"""What the port promises about visits that change: cancelled, moved, frozen, listed, told by feed and push."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from moonlit.ehr.port import AlreadyDone, BadSignature, EhrStatus, Pushed, Rejected, Retry, Unknown
from tests.contracts.asking import ADA, book, booked, cancel, move, offered
from tests.contracts.worlds import ATTENDING, NOW, ROME, VIDEO, WEEK


def status(world, appointment_id):
    return world.ehr.appointment(appointment_id).status


# -- cancelling ---------------------------------------------------------------------------------------------------


def test_a_cancelled_visit_keeps_its_id_and_its_time_is_offered_again_under_a_new_one(world):
    visit_id, patient_id = booked(world)
    cancel(world, visit_id, patient_id)
    found = world.ehr.appointment(visit_id)
    assert (found.status, found.cancelled_at, found.no_show, found.rescheduled_to) == (
        EhrStatus.CANCELLED,
        NOW,
        False,
        "",
    )
    (again,) = offered(world)
    assert again != visit_id
    reopened = world.ehr.appointment(again)
    assert (reopened.start, reopened.status, reopened.patient_id) == (found.start, EhrStatus.OPEN, "")


def test_cancelling_again_is_already_done(world):
    visit_id, patient_id = booked(world)
    cancel(world, visit_id, patient_id)
    with pytest.raises(AlreadyDone):
        cancel(world, visit_id, patient_id)
    assert len(offered(world)) == 1


def test_what_the_front_desk_cancelled_is_already_done(world):
    visit_id, patient_id = booked(world)
    world.front_desk_cancels(visit_id)
    with pytest.raises(AlreadyDone):
        cancel(world, visit_id, patient_id)


def test_a_visit_checked_in_and_an_open_slot_are_not_booked(world):
    visit_id, patient_id = booked(world)
    world.checked_in(visit_id)
    for appointment_id in (visit_id, world.slot(at="11:00")):
        with pytest.raises(Rejected) as caught:
            cancel(world, appointment_id, patient_id)
        assert caught.value.code == "not_booked"
    assert status(world, visit_id) is EhrStatus.CHECKED_IN


def test_cancelling_what_nobody_knows_is_not_found(world):
    with pytest.raises(Rejected) as caught:
        cancel(world, "424242", world.chart(ADA))
    assert caught.value.code == "not_found"


def test_only_the_patient_of_the_visit_can_be_the_one_who_cancels_or_moves(world):
    visit_id, _ = booked(world)
    other, slot_id = world.chart(replace(ADA, first_name="Bea")), world.slot(at="11:00")
    for call in (lambda: cancel(world, visit_id, other), lambda: move(world, visit_id, slot_id, other)):
        with pytest.raises(Rejected) as caught:
            call()
        assert caught.value.code == "patient_refused"
    assert (status(world, visit_id), status(world, slot_id)) == (EhrStatus.BOOKED, EhrStatus.OPEN)


@pytest.mark.parametrize(("stored", "expected"), [(True, EhrStatus.CANCELLED), (False, EhrStatus.BOOKED)])
def test_a_lost_answer_to_a_cancellation_is_unknown_and_reading_back_tells(world, stored, expected):
    visit_id, patient_id = booked(world)
    world.lose_answer("cancel", stored=stored)
    with pytest.raises(Unknown):
        cancel(world, visit_id, patient_id)
    assert status(world, visit_id) is expected


def test_a_no_show_is_cancelled_and_its_time_stays_closed(world):
    visit_id, _ = booked(world)
    world.front_desk_cancels(visit_id, no_show=True)
    found = world.ehr.appointment(visit_id)
    assert (found.status, found.no_show, offered(world)) == (EhrStatus.CANCELLED, True, set())


# -- moving -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", [{}, {"provider": ATTENDING}])
def test_a_moved_visit_is_booked_at_the_new_time_and_the_old_one_names_it(world, provider):
    old, patient_id = booked(world)
    new = world.slot(day=date(2026, 3, 6), at="14:00", **provider)
    found = move(world, old, new, patient_id)
    assert (found.id, found.status, found.patient_id) == (new, EhrStatus.BOOKED, patient_id)
    assert (found.start, found.time_zone, found.minutes) == (
        datetime(2026, 3, 6, 21, 0, tzinfo=UTC),
        "America/Denver",
        60,
    )
    assert found == world.ehr.appointment(new)
    before = world.ehr.appointment(old)
    assert (before.status, before.rescheduled_to, before.no_show) == (EhrStatus.CANCELLED, new, False)
    (again,) = offered(world)
    assert world.ehr.appointment(again).start == before.start


@pytest.mark.parametrize("why", ["front_desk_books", "freeze", "remove"])
def test_a_move_to_a_slot_that_is_gone_is_already_done_and_the_visit_stays(world, why):
    old, patient_id = booked(world)
    new = world.slot(at="14:00")
    getattr(world, why)(new)
    with pytest.raises(AlreadyDone):
        move(world, old, new, patient_id)
    assert status(world, old) is EhrStatus.BOOKED


@pytest.mark.parametrize("why", ["front_desk_cancels", "checked_in"])
def test_a_visit_that_is_not_booked_any_more_is_not_moved(world, why):
    old, patient_id = booked(world)
    new = world.slot(at="14:00")
    getattr(world, why)(old)
    with pytest.raises(Rejected) as caught:
        move(world, old, new, patient_id)
    assert caught.value.code == "not_booked"
    assert status(world, new) is EhrStatus.OPEN


def test_moving_again_to_the_same_slot_is_already_done(world):
    old, patient_id = booked(world)
    new = world.slot(at="14:00")
    move(world, old, new, patient_id)
    with pytest.raises(AlreadyDone):
        move(world, old, new, patient_id)
    assert status(world, new) is EhrStatus.BOOKED


@pytest.mark.parametrize("stored", [True, False])
def test_a_lost_answer_to_a_move_is_unknown_and_the_old_visit_tells(world, stored):
    old, patient_id = booked(world)
    new = world.slot(at="14:00")
    world.lose_answer("reschedule", stored=stored)
    with pytest.raises(Unknown):
        move(world, old, new, patient_id)
    found = world.ehr.appointment(old)
    assert (found.status, found.rescheduled_to) == ((EhrStatus.CANCELLED, new) if stored else (EhrStatus.BOOKED, ""))


def test_a_move_at_the_front_desk_reads_like_one_of_ours(world):
    old, patient_id = booked(world)
    new = world.slot(at="14:00")
    world.front_desk_moves(old, new)
    assert world.ehr.appointment(old).rescheduled_to == new
    assert world.ehr.appointment(new).patient_id == patient_id


# -- freezing -----------------------------------------------------------------------------------------------------


def test_a_frozen_slot_is_offered_to_nobody_until_it_is_unfrozen(world):
    slot_id, patient_id = world.slot(), world.chart(ADA)
    world.ehr.freeze(slot_id)
    assert offered(world) == set()
    with pytest.raises(AlreadyDone):
        book(world, slot_id, patient_id)
    world.ehr.unfreeze(slot_id)
    assert offered(world) == {slot_id}
    book(world, slot_id, patient_id)


def test_freezing_twice_and_unfreezing_what_is_not_frozen_are_already_done(world):
    slot_id = world.slot()
    with pytest.raises(AlreadyDone):
        world.ehr.unfreeze(slot_id)
    world.ehr.freeze(slot_id)
    with pytest.raises(AlreadyDone):
        world.ehr.freeze(slot_id)


def test_a_visit_cannot_be_frozen(world):
    visit_id, _ = booked(world)
    for call in (world.ehr.freeze, world.ehr.unfreeze):
        with pytest.raises(Rejected):
            call(visit_id)
    assert status(world, visit_id) is EhrStatus.BOOKED


@pytest.mark.parametrize("stored", [True, False])
def test_a_lost_answer_to_a_freeze_is_unknown_and_repeating_it_tells(world, stored):
    slot_id = world.slot()
    world.lose_answer("freeze", stored=stored)
    with pytest.raises(Unknown):
        world.ehr.freeze(slot_id)
    if stored:
        with pytest.raises(AlreadyDone):
            world.ehr.freeze(slot_id)
    else:
        world.ehr.freeze(slot_id)


# -- notes --------------------------------------------------------------------------------------------------------


def test_a_note_is_added_behind_the_others_each_time(world):
    slot_id = world.slot()
    book(world, slot_id, world.chart(ADA), note="our own id")
    world.ehr.add_note(slot_id, "Asked to come earlier.")
    world.ehr.add_note(slot_id, "Asked to come earlier.")
    first, *others = world.ehr.notes(slot_id)
    assert "our own id" in first
    assert others == ["Asked to come earlier."] * 2
    assert list(world.ehr.appointment(slot_id).notes) == [first, *others]


def test_a_lost_answer_to_a_note_is_unknown_and_reading_tells(world):
    slot_id, _ = booked(world)
    world.lose_answer("add_note", stored=True)
    with pytest.raises(Unknown):
        world.ehr.add_note(slot_id, "Asked to come earlier.")
    assert "Asked to come earlier." in world.ehr.notes(slot_id)


def test_notes_of_what_nobody_knows_are_not_found(world):
    for call in (lambda: world.ehr.notes("424242"), lambda: world.ehr.add_note("424242", "x")):
        with pytest.raises(Rejected) as caught:
            call()
        assert caught.value.code == "not_found"


# -- all visits between two days ----------------------------------------------------------------------------------


def test_every_visit_of_the_departments_and_days_is_listed_and_no_open_slot(world):
    patient_id = world.chart(ADA)
    first, _ = booked(world, patient_id, day=date(2026, 3, 4), at="08:00")
    last, _ = booked(world, patient_id, day=date(2026, 3, 6), at="17:00")
    cancelled, _ = booked(world, patient_id, day=date(2026, 3, 5))
    cancel(world, cancelled, patient_id)
    desk = world.slot(day=date(2026, 3, 5), at="11:00")
    world.front_desk_books(desk)
    in_rome, _ = booked(world, patient_id, day=date(2026, 3, 5), department=ROME)
    booked(world, patient_id, day=date(2026, 3, 3))
    booked(world, patient_id, day=date(2026, 3, 7))
    days = {"first_day": date(2026, 3, 4), "last_day": date(2026, 3, 6)}
    found = {visit.id: visit for visit in world.ehr.appointments_between(department_ids=[VIDEO], **days)}
    assert set(found) == {first, last, cancelled, desk}
    assert [found[key].status for key in (first, cancelled, desk)] == [
        EhrStatus.BOOKED,
        EhrStatus.CANCELLED,
        EhrStatus.BOOKED,
    ]
    assert found[first].start == datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
    both = world.ehr.appointments_between(department_ids=[VIDEO, ROME], **days)
    assert {visit.id for visit in both} == {*found, in_rome}
    assert world.ehr.appointments_between(department_ids=[], **WEEK) == []


# -- the change feed ----------------------------------------------------------------------------------------------


def changed(world, since=None):
    """What one answer of the feed tells: id -> status."""
    told = world.ehr.changed_since(since)
    assert [row["appointmentid"] for row in told.raw] == [visit.id for visit in told.appointments]
    return {visit.id: visit.status for visit in told.appointments}


@pytest.fixture
def subscribed(world):
    world.ehr.subscribe()
    changed(world)
    return world


def test_a_feed_nobody_subscribed_to_is_forbidden(world):
    with pytest.raises(Rejected) as caught:
        world.ehr.changed_since(None)
    assert caught.value.code == "forbidden"


def test_subscribing_twice_is_harmless_and_loses_nothing(subscribed):
    visit_id, _ = booked(subscribed)
    subscribed.ehr.subscribe()
    assert changed(subscribed)[visit_id] is EhrStatus.BOOKED


def test_a_change_is_handed_out_once_and_comes_again_only_for_who_asks_since_an_instant(subscribed):
    visit_id, patient_id = booked(subscribed)
    assert changed(subscribed) == {visit_id: EhrStatus.BOOKED}
    assert changed(subscribed) == {}
    assert changed(subscribed, since=NOW - timedelta(minutes=5)) == {visit_id: EhrStatus.BOOKED}
    cancel(subscribed, visit_id, patient_id)
    assert changed(subscribed)[visit_id] is EhrStatus.CANCELLED


def test_several_changes_of_one_visit_are_one_row_with_its_present_state(subscribed):
    visit_id, _ = booked(subscribed)
    subscribed.ehr.add_note(visit_id, "Asked to come earlier.")
    subscribed.checked_in(visit_id)
    assert changed(subscribed) == {visit_id: EhrStatus.CHECKED_IN}


def test_what_the_front_desk_does_is_told_with_the_time_that_reopens(subscribed):
    slot_id = subscribed.slot()
    subscribed.front_desk_books(slot_id)
    changed(subscribed)
    subscribed.front_desk_cancels(slot_id)
    told = changed(subscribed)
    assert told.pop(slot_id) is EhrStatus.CANCELLED
    assert told == dict.fromkeys(offered(subscribed), EhrStatus.OPEN)


def test_a_reopened_time_names_the_first_slot_it_was_made_from_in_feed_and_list(subscribed):
    first, patient_id = booked(subscribed)
    cancel(subscribed, first, patient_id)
    (again,) = offered(subscribed)
    book(subscribed, again, patient_id)
    cancel(subscribed, again, patient_id)
    (third,) = offered(subscribed)
    told = {visit.id: visit.template_id for visit in subscribed.ehr.changed_since(None).appointments}
    assert told == {first: "", again: first, third: first}
    listed = subscribed.ehr.appointments_between(department_ids=[VIDEO], **WEEK)
    assert {visit.id: visit.template_id for visit in listed} == {first: "", again: first}


def test_a_move_tells_both_visits(subscribed):
    old, _ = booked(subscribed)
    new = subscribed.slot(at="14:00")
    changed(subscribed)
    subscribed.front_desk_moves(old, new)
    told = changed(subscribed)
    assert (told[old], told[new]) == (EhrStatus.CANCELLED, EhrStatus.BOOKED)


def test_an_answer_of_the_feed_that_is_lost_can_be_had_again(subscribed):
    visit_id, _ = booked(subscribed)
    subscribed.lose_answer("changed_since", stored=True)
    with pytest.raises(Retry):
        changed(subscribed)
    assert changed(subscribed) == {}
    assert changed(subscribed, since=NOW - timedelta(minutes=5))[visit_id] is EhrStatus.BOOKED


# -- push ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", ["appointment.cancel", "patient.merge"])
def test_a_signed_delivery_tells_which_record_to_read(world, topic):
    signature, body = world.push(topic, "77", "event-1")
    assert world.ehr.parse_push(signature=signature, body=body) == [Pushed("event-1", topic, "77")]


def test_a_delivery_is_refused_for_one_changed_byte_or_another_signature(world):
    signature, body = world.push("appointment.cancel", "77", "event-1")
    for bad in ({"body": body + b" "}, {"signature": signature[:-1]}, {"signature": ""}):
        with pytest.raises(BadSignature):
            world.ehr.parse_push(**{"signature": signature, "body": body, **bad})
