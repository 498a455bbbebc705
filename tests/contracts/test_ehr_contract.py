"""What the port promises, held against the in-memory port and the adapter talking to the simulator."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from moonlit.ehr.port import AlreadyDone, ChartConsent, EhrStatus, PersonDetails, Rejected, Throttled, Unknown
from tests.contracts.asking import ADA, book, offered, open_slots
from tests.contracts.worlds import (
    ATTENDING,
    FOLLOW_UP,
    NEW,
    NOWHERE,
    RESIDENT,
    ROME,
    ROOM,
    VIDEO,
    MemoryWorld,
    SimulatorWorld,
)


def test_a_healthy_ehr_answers_the_ping(world):
    world.ehr.ping()


def test_departments_come_with_current_zone_names_or_none(world):
    found = {department.id: department for department in world.ehr.departments()}
    assert {key: department.time_zone for key, department in found.items()} == {
        VIDEO: "America/Denver",
        ROME: "America/New_York",
        NOWHERE: None,
    }
    assert (found[ROME].name, found[ROME].state) == ("Rome Office", "NY")


def test_providers_come_with_npi_and_supervisor_and_rooms_are_no_persons(world):
    found = {provider.id: provider for provider in world.ehr.providers()}
    assert (found[ATTENDING].name, found[ATTENDING].npi) == ("Osgood Farrow, MD", "2000000432")
    assert (found[ATTENDING].supervising_provider_id, found[RESIDENT].supervising_provider_id) == ("", ATTENDING)
    assert [found[key].is_person for key in (ATTENDING, RESIDENT, ROOM)] == [True, True, False]


def test_reasons_are_those_of_the_provider_in_the_department(world):
    video = {reason.id: reason for reason in world.ehr.reasons(department_id=VIDEO, provider_id=RESIDENT)}
    assert {key: reason.kind for key, reason in video.items()} == {NEW: "new", FOLLOW_UP: "existing"}
    assert (video[FOLLOW_UP].min_hours, video[FOLLOW_UP].max_days) == (48, 30)
    assert (video[NEW].min_hours, video[NEW].max_days) == (None, None)
    assert [reason.id for reason in world.ehr.reasons(department_id=ROME, provider_id=RESIDENT)] == [NEW]


def test_open_slots_of_all_providers_and_reasons_come_together_as_utc_instants(world):
    first = world.slot(provider=ATTENDING, reasons=(NEW,))
    second = world.slot(provider=RESIDENT, at="13:30", reasons=(FOLLOW_UP,))
    slots = {slot.id: slot for slot in open_slots(world).slots}
    assert set(slots) == {first, second}
    assert slots[first].start == datetime(2026, 3, 5, 16, 0, tzinfo=UTC)
    assert slots[second].start == datetime(2026, 3, 5, 20, 30, tzinfo=UTC)
    assert (slots[second].provider_id, slots[second].department_id, slots[second].minutes) == (RESIDENT, VIDEO, 60)
    assert (slots[first].reason_ids, slots[second].reason_ids) == ((NEW,), (FOLLOW_UP,))


def test_the_same_wall_clock_time_is_another_instant_in_another_zone(world):
    world.slot(department=ROME)
    (slot,) = open_slots(world, department=ROME, zone="America/New_York", reasons=(NEW,)).slots
    assert slot.start == datetime(2026, 3, 5, 14, 0, tzinfo=UTC)


def test_with_one_reason_asked_for_every_slot_says_it(world):
    world.slot(reasons=(NEW, FOLLOW_UP))
    (slot,) = open_slots(world, reasons=(FOLLOW_UP,)).slots
    assert slot.reason_ids == (FOLLOW_UP,)


def test_the_window_includes_both_its_days_and_nothing_else(world):
    inside = {world.slot(day=date(2026, 3, 5), at="00:00"), world.slot(day=date(2026, 3, 6), at="23:30", minutes=30)}
    world.slot(day=date(2026, 3, 4), at="23:00")
    world.slot(day=date(2026, 3, 7), at="00:00")
    assert offered(world, first_day=date(2026, 3, 5), last_day=date(2026, 3, 6)) == inside


def test_other_providers_and_departments_are_left_out(world):
    world.slot(provider=ATTENDING)
    world.slot(department=ROME)
    mine = world.slot()
    assert offered(world, providers=(RESIDENT,)) == {mine}


def test_nobody_asked_for_means_no_slots(world):
    world.slot()
    assert offered(world, providers=()) == offered(world, reasons=()) == set()


def test_frozen_and_booked_slots_are_not_offered(world):
    frozen, taken, free = world.slot(at="09:00"), world.slot(at="10:00"), world.slot(at="11:00")
    world.freeze(frozen)
    world.front_desk_books(taken)
    assert offered(world) == {free}


def test_a_slot_too_near_for_its_reason_is_not_offered_for_it(world):
    world.slot(day=date(2026, 3, 3), at="07:00")
    next_day = world.slot(day=date(2026, 3, 3), at="09:00", reasons=(NEW, FOLLOW_UP))
    assert {slot.id: slot.reason_ids for slot in open_slots(world).slots} == {next_day: (NEW,)}


def test_a_slot_further_ahead_than_its_reason_allows_is_not_offered_for_it(world):
    far = world.slot(day=date(2026, 4, 20), reasons=(NEW, FOLLOW_UP))
    days = {"first_day": date(2026, 4, 1), "last_day": date(2026, 4, 30)}
    assert {slot.id: slot.reason_ids for slot in open_slots(world, **days).slots} == {far: (NEW,)}


def test_a_slot_in_the_hour_the_clock_skips_is_dropped_and_reported(world):
    skipped = world.slot(day=date(2026, 3, 8), at="02:30")
    before, after = world.slot(day=date(2026, 3, 8), at="01:00"), world.slot(day=date(2026, 3, 8), at="03:00")
    found = open_slots(world)
    assert found.in_gap == (skipped,)
    starts = {slot.id: slot.start for slot in found.slots}
    assert starts == {
        before: datetime(2026, 3, 8, 8, 0, tzinfo=UTC),
        after: datetime(2026, 3, 8, 9, 0, tzinfo=UTC),
    }


def test_booking_an_open_slot_says_what_was_booked(world):
    slot_id, patient_id = world.slot(), world.chart(ADA)
    booked = book(world, slot_id, patient_id)
    assert (booked.id, booked.status, booked.patient_id) == (slot_id, EhrStatus.BOOKED, patient_id)
    assert (booked.provider_id, booked.department_id, booked.minutes) == (RESIDENT, VIDEO, 60)
    assert (booked.start, booked.time_zone) == (datetime(2026, 3, 5, 16, 0, tzinfo=UTC), "America/Denver")
    assert slot_id not in offered(world)


def test_a_booking_read_back_carries_our_own_id_in_a_note(world):
    slot_id, patient_id, ours = world.slot(), world.chart(ADA), str(uuid.uuid4())
    book(world, slot_id, patient_id, note=ours)
    found = world.ehr.appointment(slot_id)
    assert (found.status, found.patient_id) == (EhrStatus.BOOKED, patient_id)
    assert any(ours in note for note in found.notes)


def test_an_open_slot_read_back_belongs_to_nobody(world):
    found = world.ehr.appointment(world.slot())
    assert (found.status, found.patient_id, found.notes) == (EhrStatus.OPEN, "", ())


def test_a_second_booking_of_the_same_slot_is_already_done_and_changes_nothing(world):
    slot_id, patient_id = world.slot(), world.chart(ADA)
    book(world, slot_id, patient_id)
    for again in (patient_id, world.chart(replace(ADA, first_name="Bea"))):
        with pytest.raises(AlreadyDone):
            book(world, slot_id, again)
    assert world.ehr.appointment(slot_id).patient_id == patient_id


@pytest.mark.parametrize("why", ["front_desk_books", "freeze", "remove"])
def test_a_slot_that_is_gone_is_already_done(world, why):
    slot_id, patient_id = world.slot(), world.chart(ADA)
    getattr(world, why)(slot_id)
    with pytest.raises(AlreadyDone):
        book(world, slot_id, patient_id)


def test_a_reason_that_does_not_fit_the_slot_is_as_a_slot_gone(world):
    with pytest.raises(AlreadyDone):
        book(world, world.slot(reasons=(NEW,)), world.chart(ADA), reason=FOLLOW_UP)


@pytest.mark.parametrize(
    ("wrong", "code"), [({"patient_id": "999999"}, "patient_refused"), ({"reason": "999"}, "reason_refused")]
)
def test_an_unknown_patient_or_reason_is_rejected_and_nothing_is_stored(world, wrong, code):
    slot_id = world.slot()
    with pytest.raises(Rejected) as caught:
        book(world, slot_id, **{"patient_id": world.chart(ADA), **wrong})
    assert caught.value.code == code
    assert world.ehr.appointment(slot_id).status is EhrStatus.OPEN


@pytest.mark.parametrize(("stored", "status"), [(True, EhrStatus.BOOKED), (False, EhrStatus.OPEN)])
def test_a_lost_answer_is_unknown_and_reading_back_tells_what_happened(world, stored, status):
    slot_id, patient_id = world.slot(), world.chart(ADA)
    world.lose_answer("book", stored=stored)
    with pytest.raises(Unknown):
        book(world, slot_id, patient_id)
    assert world.ehr.appointment(slot_id).status is status


def test_a_throttled_booking_was_not_carried_out_and_says_when_to_return(world):
    slot_id, patient_id = world.slot(), world.chart(ADA)
    world.throttle("book")
    with pytest.raises(Throttled) as caught:
        book(world, slot_id, patient_id)
    assert caught.value.retry_after > 0
    assert world.ehr.appointment(slot_id).status is EhrStatus.OPEN


def test_an_appointment_nobody_knows_is_not_found(world):
    with pytest.raises(Rejected) as caught:
        world.ehr.appointment("424242")
    assert (caught.value.code, caught.value.status) == ("not_found", 404)


def test_what_the_front_desk_does_shows_in_the_status(world):
    slots = [world.slot(at=at) for at in ("09:00", "10:00")]
    patient_id = world.chart(ADA)
    for slot_id in slots:
        book(world, slot_id, patient_id)
    world.front_desk_cancels(slots[0])
    world.checked_in(slots[1])
    assert [world.ehr.appointment(slot_id).status for slot_id in slots] == [EhrStatus.CANCELLED, EhrStatus.CHECKED_IN]


def test_a_new_patient_gets_a_chart_that_reads_back_as_given(world):
    person = replace(
        ADA,
        first_name="Zoë",
        last_name="O'Brien-Núñez",
        street="1 Main Street",
        city="Provo",
        state="UT",
        zip="84601",
        sex="female",
        language="es",
    )
    found = world.ehr.patient(world.ehr.create_patient(person, department_id=VIDEO))
    assert found.details == person


def test_what_was_not_given_is_not_invented(world):
    bare = PersonDetails("Ada", "Quillfeather", date(1990, 7, 23), email="ada@example.org")
    found = world.ehr.patient(world.ehr.create_patient(bare, department_id=VIDEO))
    assert found.details == bare


def test_the_same_person_twice_gets_the_same_chart(world):
    first = world.ehr.create_patient(ADA, department_id=VIDEO)
    before = world.charts()
    assert world.ehr.create_patient(ADA, department_id=VIDEO) == first
    assert world.charts() == before


def test_a_known_person_is_found_and_a_stranger_is_not(world):
    patient_id = world.chart(ADA)
    (found,) = world.ehr.find_patient(ADA, department_id=VIDEO)
    assert (found.id, found.details.first_name, found.details.phone) == (patient_id, "Ada", "+18015550123")
    assert found.score >= 26
    assert (
        world.ehr.find_patient(
            replace(ADA, first_name="Cleo", last_name="Thistle", date_of_birth=date(1955, 1, 2)), department_id=VIDEO
        )
        == []
    )


def test_a_patient_nobody_knows_is_not_found(world):
    with pytest.raises(Rejected) as caught:
        world.ehr.patient("424242")
    assert caught.value.code == "not_found"


@pytest.mark.parametrize("name", [{"first_name": "A" * 21}, {"last_name": "Q" * 31}])
def test_a_name_longer_than_the_ehr_holds_is_refused_and_never_cut(world, name):
    before = world.charts()
    for call in (world.ehr.create_patient, world.ehr.find_patient):
        with pytest.raises(Rejected) as caught:
            call(replace(ADA, **name), department_id=VIDEO)
        assert caught.value.code == "too_long"
    assert world.charts() == before


def test_a_person_without_any_contact_gets_no_chart(world):
    before = world.charts()
    with pytest.raises(Rejected) as caught:
        world.ehr.create_patient(replace(ADA, email="", phone=""), department_id=VIDEO)
    assert caught.value.code == "missing_fields"
    assert world.charts() == before


def test_a_lost_answer_to_a_new_chart_is_unknown(world):
    world.lose_answer("create_patient", stored=True)
    with pytest.raises(Unknown):
        world.ehr.create_patient(ADA, department_id=VIDEO)
    assert len(world.ehr.find_patient(ADA, department_id=VIDEO)) == 1


def supervise(world, appointment_id, claim_mode="attending_rendering", supervisor=ATTENDING):
    world.ehr.set_supervisor(
        appointment_id=appointment_id,
        seen_provider_id=RESIDENT,
        supervisor_provider_id=supervisor,
        claim_mode=claim_mode,
    )


@pytest.mark.parametrize(
    ("claim_mode", "rendering"),
    [("attending_rendering", {"", ATTENDING}), ("trainee_rendering_attending_supervising", {RESIDENT})],
)
def test_supervision_reads_back_with_the_resident_still_the_one_seen(world, claim_mode, rendering):
    slot_id = world.slot()
    book(world, slot_id, world.chart(ADA))
    supervise(world, slot_id, claim_mode)
    found = world.ehr.appointment(slot_id)
    assert (found.provider_id, found.supervising_provider_id) == (RESIDENT, ATTENDING)
    assert found.rendering_provider_id in rendering


def test_supervision_by_somebody_unknown_or_of_an_open_slot_is_rejected(world):
    slot_id = world.slot()
    with pytest.raises(Rejected) as unbooked:
        supervise(world, slot_id)
    book(world, slot_id, world.chart(ADA))
    with pytest.raises(Rejected) as unknown:
        supervise(world, slot_id, supervisor="424242")
    assert (unbooked.value.code, unknown.value.code) == ("not_booked", "provider_refused")


def test_a_lost_answer_to_supervision_is_unknown(world):
    slot_id = world.slot()
    book(world, slot_id, world.chart(ADA))
    world.lose_answer("set_supervisor", stored=True)
    with pytest.raises(Unknown):
        supervise(world, slot_id)
    assert world.ehr.appointment(slot_id).supervising_provider_id == ATTENDING


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["memory", "simulator"])
def test_of_many_who_book_one_slot_at_once_exactly_one_wins(kind, simulator_address):
    world = MemoryWorld() if kind == "memory" else SimulatorWorld(simulator_address)
    slot_id = world.slot()
    people = [world.chart(replace(ADA, first_name=name)) for name in ("Ann", "Ben", "Cat", "Dov", "Eve", "Fay")]

    def attempt(patient_id):
        try:
            return book(world, slot_id, patient_id).patient_id
        except AlreadyDone:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        winners = [winner for winner in pool.map(attempt, people) if winner]
    assert len(winners) == 1
    assert world.ehr.appointment(slot_id).patient_id == winners[0]


@pytest.mark.parametrize("ours", [True, False])
def test_the_ehr_confirms_a_booking_exactly_when_we_do_not(world, ours):
    slot_id, patient_id = world.slot(), world.chart(ADA)
    book(world, slot_id, patient_id, suppress_confirmation=ours)
    assert world.confirmed_by_the_ehr(slot_id) is not ours


@pytest.mark.parametrize(
    "consent",
    [ChartConsent(sms=True, email=True), ChartConsent(sms=False, email=True), ChartConsent(sms=True, email=False)],
)
def test_a_chart_says_which_messages_its_patient_agreed_to(world, consent):
    found = world.ehr.patient(world.chart(ADA, consent), in_no_hurry=True)
    assert (found.consent, found.details.email) == (consent, ADA.email)


def test_a_chart_that_says_nothing_has_not_agreed_to_texts(world):
    assert world.ehr.patient(world.chart(ADA)).consent == ChartConsent(sms=False, email=True)
