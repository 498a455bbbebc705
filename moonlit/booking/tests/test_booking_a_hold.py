"""A hold becomes a booking: decided anew, same provider, same slot (rules 4.2)."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from moonlit.audit.actor import PUBLIC, SYSTEM
from moonlit.availability.models import CapCount, Occupancy
from moonlit.booking.models import Appointment
from moonlit.booking.services import SlotTaken, advance, release_hold, request_booking, sweep_holds
from moonlit.booking.staff_queries import list_appointments
from moonlit.booking.tests.test_holds import FRIDAY, at, book, hold, refused, row, shown
from moonlit.domain.refusals import RefusalCode
from moonlit.people.models import Patient
from moonlit.practice.models import Provider
from tests.support.people import BY_VIDEO, a_request, patient


@pytest.fixture
def open_scene(scene):
    scene.open("71", FRIDAY, "09:00", "10:00")
    scene.open("72", FRIDAY, "09:00", "11:00")
    scene.sync()
    return scene


def test_a_hold_becomes_a_visit_the_ehr_has_accepted(open_scene):
    held = hold(open_scene, ref="client-7")
    open_scene.clock.forward(minutes=5)
    accepted = book(open_scene, held)
    assert (accepted.appointment, accepted.provider) == (held.hold, held.provider)
    pending, occupied = row(held), Occupancy.objects.get(pk=held.hold)
    assert (pending.state, pending.expires_at, pending.client_ref) == ("pending", None, "client-7")
    assert (pending.created_at, pending.place_of_service) == (open_scene.clock(), "10")
    assert (occupied.live, occupied.expires_at) == (True, None)
    assert set(CapCount.objects.values_list("count", flat=True)) == {1}
    assert shown(open_scene) == [(9, 1), (10, 1), (11, 1)]
    advance(held.hold, clock=open_scene.clock)
    assert row(held).state == "booked"
    assert [step.state for step in row(held).history.order_by("id")] == ["held", "pending", "submitting", "booked"]
    assert Appointment.objects.count() == 1


def test_a_booking_with_a_hold_lasts_when_the_hold_would_have_ended(open_scene):
    held = hold(open_scene)
    book(open_scene, held)
    open_scene.clock.forward(minutes=11)
    assert sweep_holds(open_scene.clock()) == 0
    assert row(held).state == "pending"
    assert shown(open_scene) == [(9, 1), (10, 1), (11, 1)]


@pytest.mark.parametrize("swept", [False, True])
def test_a_hold_that_is_over_books_nothing_and_names_the_nearest_times(open_scene, swept):
    held = hold(open_scene)
    open_scene.clock.forward(minutes=10)
    if swept:
        sweep_holds(open_scene.clock())
    gone = refused(RefusalCode.HOLD_EXPIRED, book, open_scene, held)
    assert gone.alternatives[0].start == at(9), "it is free for everybody"
    assert not Patient.objects.exists()


def test_the_birth_date_decides_again_and_a_refusal_leaves_the_hold_as_it_was(open_scene):
    held = hold(open_scene)
    child = patient(date_of_birth="2012-01-01")
    refused(RefusalCode.AGE_NOT_SERVED, book, open_scene, held, patient=child)
    assert (row(held).state, row(held).expires_at) == ("held", held.expires_at)
    assert not Patient.objects.exists()
    book(open_scene, held)


def test_a_hold_of_one_payer_does_not_let_another_in(open_scene):
    held = hold(open_scene, 9, "72")
    basin = replace(BY_VIDEO, payer="basin")
    refused(RefusalCode.PROVIDER_NOT_BOOKABLE, book, open_scene, held, criteria=basin)
    self_pay = replace(BY_VIDEO, payer=None, self_pay=True)
    assert book(open_scene, held, criteria=self_pay).route.value == "self_pay"
    assert (row(held).self_pay, row(held).payer_code, row(held).supervisor_id) == (True, "", None)


def test_a_hold_whose_slot_the_ehr_has_given_away_is_told_so(open_scene):
    held = hold(open_scene, 10)
    open_scene.ehr.staff_book(row(held).slot_ehr_id, "1")
    open_scene.clock.forward(minutes=1)
    open_scene.sync()
    refused(RefusalCode.SLOT_TAKEN, book, open_scene, held)
    assert row(held).state == "held"


def test_a_cap_lowered_meanwhile_stops_the_booking_and_not_the_hold(open_scene):
    held = hold(open_scene, 10, "71")
    Provider.objects.filter(pk=held.provider).update(weekly_new_patient_cap=0)
    refused(RefusalCode.SLOT_TAKEN, book, open_scene, held)
    assert row(held).state == "held"
    assert not Patient.objects.exists()


def test_time_the_front_desk_took_meanwhile_stops_the_booking(open_scene):
    from django.db import transaction

    from moonlit.availability.services import occupy

    held = hold(open_scene, 10)
    stored = row(held)
    with transaction.atomic():
        occupy(
            appointment=uuid4(),
            provider_id=stored.provider_id,
            location_id=stored.location_id,
            slot_id="imported",
            start=stored.start,
            end=stored.end,
            local_date=FRIDAY,
            new_patient=True,
            now=open_scene.clock(),
            origin=Occupancy.Origin.EHR,
        )
    refused(RefusalCode.SLOT_TAKEN, book, open_scene, held)
    assert row(held).state == "held"


def test_a_lost_hold_of_anybody_goes_on_to_the_next_clinician(open_scene):
    held = hold(open_scene)
    book(open_scene, held)
    open_scene.ehr.staff_book(row(held).slot_ehr_id, "1")
    advance(held.hold, clock=open_scene.clock)
    open_scene.clock.forward(minutes=3)
    advance(held.hold, clock=open_scene.clock)
    assert (row(held).state, row(held).provider_id) == ("booked", open_scene.providers["72"].pk)


def test_the_hold_itself_is_the_right_whoever_placed_it(open_scene):
    held = hold(open_scene, ref="a", address="203.0.113.9")
    assert book(open_scene, held, client_ref="b").appointment == held.hold
    assert (row(held).client_ref, row(held).holder_index) == ("b", None)


def test_a_booking_without_a_hold_never_takes_held_time(open_scene):
    hold(open_scene, 10)
    with pytest.raises(SlotTaken):
        request_booking(a_request(at(10), now=open_scene.clock()), actor=PUBLIC, now=open_scene.clock())


def test_a_hold_does_not_get_round_the_notice(open_scene):
    open_scene.clock.at = at(9) - timedelta(hours=24, minutes=5)
    held = hold(open_scene)
    open_scene.clock.forward(minutes=6)
    refused(RefusalCode.NOTICE_TOO_SHORT, book, open_scene, held)
    assert row(held).state == "held"


def test_staff_do_not_see_holds_that_came_to_nothing_among_the_visits(open_scene):
    released, live = hold(open_scene, 9), hold(open_scene, 10)
    release_hold(released.hold, actor=PUBLIC, now=open_scene.clock())
    now = open_scene.clock()
    shown_rows, _ = list_appointments(actor=SYSTEM, now=now)
    assert [each.id for each in shown_rows] == [live.hold]
    dropped, _ = list_appointments(actor=SYSTEM, now=now, states=("expired", "released"))
    assert [each.id for each in dropped] == [released.hold]
