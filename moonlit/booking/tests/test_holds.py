"""Time kept for somebody who is still typing (rules 3.3, 3.4, 4.2)."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest

from moonlit.audit.actor import PUBLIC, SYSTEM, Actor
from moonlit.audit.models import AuditEvent
from moonlit.availability.models import Occupancy
from moonlit.availability.queries import merged
from moonlit.booking.models import Appointment
from moonlit.booking.queries import held_by, held_time
from moonlit.booking.services import (
    HoldExpired,
    extend_hold,
    make_room,
    place_hold,
    release_hold,
    request_booking,
    sweep_holds,
)
from moonlit.domain.criteria import Age
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.people.models import Patient
from moonlit.practice.models import Provider
from tests.support.people import BY_VIDEO, a_request

FRIDAY = date(2026, 3, 6)
STAFF = Actor("staff", "7")


@pytest.fixture
def open_scene(scene):
    scene.open("71", FRIDAY, "09:00", "10:00")
    scene.open("72", FRIDAY, "09:00", "11:00")
    scene.sync()
    return scene


def shown(scene, criteria=BY_VIDEO):
    """[(hour, how many clinicians)] of Friday, as GET /availability has it."""
    found = merged(criteria, first_day=FRIDAY, last_day=FRIDAY, now=scene.clock())
    return [(slot.start.hour, len(slot.providers)) for day in found.days for slot in day.slots]


def at(hour):
    """UTC of an hour in Denver, in winter."""
    from datetime import UTC, datetime

    return datetime(2026, 3, 6, hour + 7, tzinfo=UTC)


def hold(scene, hour=9, provider=None, *, ref="", address="", actor=PUBLIC, criteria=BY_VIDEO):
    chosen = scene.providers[provider].pk if provider else None
    return place_hold(criteria, at(hour), chosen, client_ref=ref, address=address, actor=actor, now=scene.clock())


def row(held):
    return Appointment.objects.get(pk=held.hold)


def book(scene, held, *, hour=9, **changes):
    asked = a_request(at(hour), now=scene.clock(), **changes)
    return request_booking(asked, hold=held.hold, actor=PUBLIC, now=scene.clock())


def refused(code, do, *args, **more):
    with pytest.raises(Refused) as found:
        do(*args, **more)
    assert found.value.code is code
    return found.value


def test_a_hold_hides_the_time_at_once_and_asks_neither_for_a_patient_nor_the_ehr(open_scene):
    open_scene.ehr.calls.clear()
    assert shown(open_scene) == [(9, 2), (10, 1), (11, 1)]
    held = hold(open_scene)
    assert held.provider == open_scene.providers["71"].pk, "direct before supervised"
    assert held.expires_at == open_scene.clock() + timedelta(minutes=10)
    assert shown(open_scene) == [(9, 1), (10, 1), (11, 1)]
    stored = row(held)
    assert (stored.state, stored.patient_id, stored.any_provider) == ("held", None, True)
    assert open_scene.ehr.calls == []
    assert AuditEvent.objects.filter(verb="booking:hold:placed").count() == 1


def test_any_provider_goes_on_to_the_next_one_and_then_names_the_others(open_scene):
    first, second = hold(open_scene), hold(open_scene)
    assert {first.provider, second.provider} == {open_scene.providers[each].pk for each in ("71", "72")}
    taken = refused(RefusalCode.SLOT_TAKEN, hold, open_scene)
    assert [each.start for each in taken.alternatives] == [at(10), at(11)]


def test_a_start_that_was_never_offered_cannot_be_held(open_scene):
    refused(RefusalCode.PROVIDER_NOT_BOOKABLE, hold, open_scene, 3)
    refused(RefusalCode.AGE_NOT_SERVED, hold, open_scene, criteria=replace(BY_VIDEO, age=Age(years=12)))
    assert not Appointment.objects.exists()


def test_a_hold_that_is_over_is_in_nobodys_way_though_no_sweeper_came(open_scene):
    held = hold(open_scene, 10)
    open_scene.clock.forward(minutes=10)
    assert (10, 1) in shown(open_scene)
    other = hold(open_scene, 10)
    assert (row(held).state, row(other).state) == ("expired", "held")
    assert list(Occupancy.objects.filter(live=True).values_list("appointment", flat=True)) == [other.hold]
    assert AuditEvent.objects.filter(verb="booking:hold:expired").count() == 1


def test_a_booking_too_takes_the_time_of_a_hold_that_is_over(open_scene):
    held = hold(open_scene, 10)
    open_scene.clock.forward(minutes=10)
    request_booking(a_request(at(10), now=open_scene.clock()), actor=PUBLIC, now=open_scene.clock())
    assert row(held).state == "expired"


def test_the_sweeper_marks_what_is_over_and_deletes_nothing(open_scene):
    over, live = hold(open_scene, 9), None
    open_scene.clock.forward(minutes=6)
    live = hold(open_scene, 10)
    open_scene.clock.forward(minutes=4)
    assert sweep_holds(open_scene.clock()) == 1
    assert sweep_holds(open_scene.clock()) == 0
    assert (row(over).state, row(live).state) == ("expired", "held")


def test_a_hold_is_extended_more_than_ten_times_row_and_occupancy_together(open_scene):
    held = hold(open_scene)
    for _ in range(10):
        open_scene.clock.forward(minutes=9, seconds=59)
        until = extend_hold(held.hold, actor=PUBLIC, now=open_scene.clock())
        assert until == open_scene.clock() + timedelta(minutes=10)
        assert row(held).expires_at == until == Occupancy.objects.get(pk=held.hold).expires_at
    assert row(held).hold_extended == 10
    assert AuditEvent.objects.filter(verb="booking:hold:extended").count() == 10


def test_nobody_keeps_a_time_for_ever(open_scene):
    held = hold(open_scene, 10)
    for _ in range(13):
        open_scene.clock.forward(minutes=9)
        extend_hold(held.hold, actor=PUBLIC, now=open_scene.clock())
    assert row(held).expires_at - row(held).created_at == timedelta(hours=2)
    open_scene.clock.forward(minutes=9)
    refused(RefusalCode.HOLD_EXPIRED, extend_hold, held.hold, actor=PUBLIC, now=open_scene.clock())
    assert (10, 1) in shown(open_scene)


@pytest.mark.parametrize("swept", [False, True])
def test_a_hold_that_is_over_is_taken_again_while_its_time_is_free(open_scene, swept):
    held = hold(open_scene, 10)
    open_scene.clock.forward(minutes=11)
    if swept:
        sweep_holds(open_scene.clock())
    assert extend_hold(held.hold, actor=PUBLIC, now=open_scene.clock()) == open_scene.clock() + timedelta(minutes=10)
    assert (row(held).state, row(held).hold_extended) == ("held", 1)
    assert (10, 1) not in shown(open_scene)
    assert [step.state for step in row(held).history.order_by("id")] == ["held", "expired", "held"]


@pytest.mark.parametrize("swept", [False, True])
def test_a_hold_whose_time_is_another_persons_now_is_told_so_with_alternatives(open_scene, swept):
    held = hold(open_scene, 10)
    open_scene.clock.forward(minutes=11)
    if swept:
        sweep_holds(open_scene.clock())
    hold(open_scene, 10)
    gone = refused(RefusalCode.HOLD_EXPIRED, extend_hold, held.hold, actor=PUBLIC, now=open_scene.clock())
    assert [each.start for each in gone.alternatives] == [at(9), at(11)]
    assert row(held).state == "expired"


def test_a_time_the_ehr_shows_no_longer_is_not_taken_again(open_scene):
    held = hold(open_scene, 10)
    open_scene.clock.forward(minutes=11)
    open_scene.ehr.staff_book(row(held).slot_ehr_id, "1")
    open_scene.sync()
    refused(RefusalCode.HOLD_EXPIRED, extend_hold, held.hold, actor=PUBLIC, now=open_scene.clock())


def test_a_released_time_is_free_at_once_and_releasing_twice_or_nothing_is_harmless(open_scene):
    held = hold(open_scene, 10)
    for each in (held.hold, held.hold, uuid4()):
        release_hold(each, actor=PUBLIC, now=open_scene.clock())
    assert row(held).state == "released"
    assert (10, 1) in shown(open_scene)
    assert AuditEvent.objects.filter(verb="booking:hold:released").count() == 1
    refused(RefusalCode.NOT_FOUND, extend_hold, held.hold, actor=PUBLIC, now=open_scene.clock())


def test_an_unknown_hold_cannot_be_kept_or_booked(open_scene):
    refused(RefusalCode.NOT_FOUND, extend_hold, uuid4(), actor=PUBLIC, now=open_scene.clock())
    asked = a_request(at(9), now=open_scene.clock())
    with pytest.raises(HoldExpired):
        request_booking(asked, hold=uuid4(), actor=PUBLIC, now=open_scene.clock())
    assert not Patient.objects.exists()


def test_a_booked_visit_is_no_hold(open_scene):
    held = hold(open_scene)
    book(open_scene, held)
    refused(RefusalCode.NOT_FOUND, extend_hold, held.hold, actor=PUBLIC, now=open_scene.clock())
    release_hold(held.hold, actor=PUBLIC, now=open_scene.clock())
    assert row(held).state == "pending"
    refused(RefusalCode.HOLD_EXPIRED, book, open_scene, held)


# Limits


def test_two_holds_of_one_client_and_not_a_third(open_scene):
    first = hold(open_scene, 9, ref="a")
    hold(open_scene, 10, ref="a")
    refused(RefusalCode.HOLD_LIMIT, hold, open_scene, 11, ref="a")
    hold(open_scene, 9, ref="b")
    release_hold(first.hold, actor=PUBLIC, now=open_scene.clock())
    hold(open_scene, 11, ref="a")


def test_only_live_holds_count(open_scene):
    hold(open_scene, 9, ref="a")
    hold(open_scene, 10, ref="a")
    open_scene.clock.forward(minutes=10)
    hold(open_scene, 11, ref="a")


def test_taking_holds_again_that_were_over_does_not_get_round_the_limit(open_scene):
    old = hold(open_scene, 9, ref="a")
    open_scene.clock.forward(minutes=10)
    hold(open_scene, 10, ref="a")
    hold(open_scene, 11, ref="a")
    refused(RefusalCode.HOLD_LIMIT, extend_hold, old.hold, actor=PUBLIC, now=open_scene.clock())


def test_twenty_holds_of_one_address_of_which_only_an_index_is_kept(scene):
    hours = [f"{hour:02}:{minute:02}" for hour in range(6, 17) for minute in (0, 30)]
    scene.open("71", FRIDAY, *hours, minutes=30)
    Provider.objects.filter(pk=scene.providers["71"].pk).first()
    from moonlit.availability.tests.helpers import change
    from moonlit.practice.models import ProviderVisitType

    change(ProviderVisitType.objects.all(), minutes=30)
    scene.sync()
    starts = [at(6) + timedelta(minutes=30 * number) for number in range(22)]

    def take(start, address, actor=PUBLIC):
        return place_hold(BY_VIDEO, start, None, client_ref="", address=address, actor=actor, now=scene.clock())

    for start in starts[:20]:
        held = take(start, "203.0.113.9")
    assert b"203.0.113.9" not in bytes(Appointment.objects.get(pk=held.hold).holder_index)
    refused(RefusalCode.HOLD_LIMIT, take, starts[20], "203.0.113.9")
    take(starts[20], "203.0.113.10")
    take(starts[21], "203.0.113.9", STAFF)


def test_making_room_lets_the_oldest_go(open_scene):
    first = hold(open_scene, 9, ref="a")
    open_scene.clock.forward(seconds=1)
    second = hold(open_scene, 10, ref="a")
    make_room("a", actor=PUBLIC, now=open_scene.clock())
    assert (row(first).state, row(second).state) == ("released", "held")
    assert [each.hold for each in held_by("a", open_scene.clock())] == [second.hold]


def test_holds_count_against_the_caps_and_only_while_they_last(open_scene):
    Provider.objects.filter(pk=open_scene.providers["71"].pk).update(weekly_new_patient_cap=1)
    held = hold(open_scene, 10, "71")
    refused(RefusalCode.SLOT_TAKEN, hold, open_scene, 9, "71")
    open_scene.clock.forward(minutes=10)
    other = hold(open_scene, 9, "71")
    assert (row(held).state, row(other).state) == ("held", "held"), "it was in nobody's way, so nobody has marked it"
    assert held_time(held.hold, open_scene.clock()) is None


def test_system_work_is_counted_like_anybodys(open_scene):
    hold(open_scene, 9, ref="a", actor=SYSTEM)
    hold(open_scene, 10, ref="a", actor=SYSTEM)
    refused(RefusalCode.HOLD_LIMIT, hold, open_scene, 11, ref="a", actor=SYSTEM)
