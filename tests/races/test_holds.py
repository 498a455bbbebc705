"""Many at once for held time: one winner, stale holds in nobody's way, a hold that is kept, let go and booked at once."""

import itertools
from functools import partial

import pytest
from django.db.models import Count

from moonlit.audit.actor import PUBLIC
from moonlit.availability.models import CapCount, Occupancy
from moonlit.booking.models import Appointment
from moonlit.booking.services import (
    HoldExpired,
    SlotTaken,
    extend_hold,
    make_room,
    place_hold,
    release_hold,
    request_booking,
    sweep_holds,
)
from moonlit.domain.refusals import Refused
from moonlit.people.models import Patient
from moonlit.practice.models import Provider
from tests.races.test_booking import RIVALS, ROUNDS, Ticking, at_once, open_hours
from tests.support.people import BY_VIDEO, a_request, patient

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ticking(scene):
    scene.clock = Ticking()
    return scene


def hold(scene, start, provider=None, ref=""):
    chosen = scene.providers[provider].pk if provider else None
    return place_hold(BY_VIDEO, start, chosen, client_ref=ref, address="", actor=PUBLIC, now=scene.clock())


def book(scene, start, held=None, number=0, provider=None):
    someone = patient(first_name=f"Rival{'abcdefghijklmnop'[number]}", email=f"rival{number}@example.org")
    asked = a_request(start, now=scene.clock(), provider=provider, patient=someone)
    return request_booking(asked, hold=held, actor=PUBLIC, now=scene.clock())


def won(answers):
    return [each for each in answers if not isinstance(each, Exception)]


def row_and_occupancy_agree():
    """A live hold or booking occupies its time, and nothing else does; no provider is in two places."""
    live = set(Appointment.objects.filter(state__in=["held", "pending"]).values_list("pk", flat=True))
    occupied = set(Occupancy.objects.filter(live=True).values_list("appointment", flat=True))
    assert occupied == live
    for held in Occupancy.objects.filter(live=True, expires_at__isnull=False):
        row = Appointment.objects.get(pk=held.appointment)
        assert (row.state, row.expires_at) == ("held", held.expires_at)
    twice = Appointment.objects.filter(pk__in=live).values("provider", "start").annotate(number=Count("pk"))
    assert all(each["number"] == 1 for each in twice)


def test_of_eight_who_hold_one_start_one_gets_it(ticking):
    for start in itertools.islice(open_hours(ticking, "72", days=-(-ROUNDS // 8)), ROUNDS):
        answers = at_once(*(partial(hold, ticking, start, "72") for _ in range(RIVALS)))
        assert len(won(answers)) == 1
        assert sum(isinstance(each, SlotTaken) for each in answers) == RIVALS - 1
    assert Appointment.objects.count() == ROUNDS, "the losers leave no trace"
    row_and_occupancy_agree()


def test_of_eight_for_a_start_whose_hold_is_over_one_gets_it_and_the_old_one_is_marked(ticking):
    for start in itertools.islice(open_hours(ticking, "72", days=1), 8):
        old = hold(ticking, start, "72")
        ticking.clock.forward(minutes=11)
        answers = at_once(
            *(partial(hold, ticking, start, "72") for _ in range(4)),
            *(partial(book, ticking, start, None, number, ticking.providers["72"].pk) for number in range(3)),
            partial(sweep_holds, ticking.clock()),
        )
        assert len(won(answers[:7])) == 1, answers
        assert Appointment.objects.get(pk=old.hold).state == "expired"
        row_and_occupancy_agree()


def test_who_keeps_a_hold_at_its_last_moment_and_who_wants_the_time_do_not_both_get_it(ticking):
    for start in itertools.islice(open_hours(ticking, "72", days=1), 8):
        mine = hold(ticking, start, "72")
        ticking.clock.forward(minutes=10)
        answers = at_once(
            *(partial(extend_hold, mine.hold, actor=PUBLIC, now=ticking.clock()) for _ in range(4)),
            *(partial(hold, ticking, start, "72") for _ in range(4)),
        )
        kept, taken = won(answers[:4]), won(answers[4:])
        assert bool(kept) != bool(taken), answers
        assert len(taken) <= 1
        assert all(isinstance(each, HoldExpired) for each in answers[:4] if isinstance(each, Exception))
        row_and_occupancy_agree()


def test_a_hold_booked_kept_let_go_and_swept_at_once_ends_in_one_state(ticking):
    for start in itertools.islice(open_hours(ticking, "72", days=2), 12):
        mine = hold(ticking, start, "72")
        answers = at_once(
            *(partial(book, ticking, start, mine.hold, number) for number in range(3)),
            *(partial(extend_hold, mine.hold, actor=PUBLIC, now=ticking.clock()) for _ in range(2)),
            *(partial(release_hold, mine.hold, actor=PUBLIC, now=ticking.clock()) for _ in range(2)),
            partial(sweep_holds, ticking.clock()),
        )
        assert all(isinstance(each, Refused) for each in answers if isinstance(each, Exception)), answers
        booked = won(answers[:3])
        state = Appointment.objects.get(pk=mine.hold).state
        assert (len(booked), state) in {(1, "pending"), (0, "released")}
        row_and_occupancy_agree()
    assert Patient.objects.count() == Appointment.objects.filter(state="pending").count()
    counted = sum(CapCount.objects.filter(kind="day").values_list("count", flat=True))
    assert counted == Appointment.objects.filter(state="pending").count()


def test_one_client_at_eight_windows_holds_two(ticking):
    starts = list(itertools.islice(open_hours(ticking, "72", days=1), RIVALS))
    answers = at_once(*(partial(hold, ticking, start, None, "somebody") for start in starts))
    assert len(won(answers)) == 2
    assert {each.code.value for each in answers if isinstance(each, Refused)} == {"hold_limit"}


def test_of_eight_for_the_last_place_of_the_week_one_holds_it(ticking):
    Provider.objects.filter(pk=ticking.providers["72"].pk).update(weekly_new_patient_cap=1)
    starts = list(itertools.islice(open_hours(ticking, "72", days=1), RIVALS))
    answers = at_once(*(partial(hold, ticking, start, "72") for start in starts))
    assert len(won(answers)) == 1


def test_two_who_swap_their_times_do_not_wait_for_each_other(ticking):
    """Each lets one clinician's time go and takes the other's: locks are taken per provider, never in a tangle."""
    nine, ten = itertools.islice(open_hours(ticking, "71", "72", days=1), 2)
    for number in range(10):
        refs = [f"{number}-a", f"{number}-b"]
        first = hold(ticking, nine, "71", refs[0]), hold(ticking, nine, "72", refs[1])
        ticking.clock.forward(seconds=1)

        def swap(ref, old, provider):
            make_room(ref, actor=PUBLIC, now=ticking.clock())
            new = hold(ticking, ten, provider, ref)
            release_hold(old.hold, actor=PUBLIC, now=ticking.clock())
            return new

        answers = at_once(partial(swap, refs[0], first[0], "72"), partial(swap, refs[1], first[1], "71"))
        assert len(won(answers)) == 2, answers
        row_and_occupancy_agree()
        for each in answers:
            release_hold(each.hold, actor=PUBLIC, now=ticking.clock())
        ticking.clock.forward(seconds=1)
