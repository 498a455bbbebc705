"""Taking over what the EHR shows: in any order, as often as you like, one state (rules 5)."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moonlit.availability.models import MirrorState, ProviderCalendar, Slot
from moonlit.availability.queries import merged
from moonlit.availability.services import mirror_failed, slot_gone
from moonlit.availability.tests.helpers import BASIN, FRIDAY, LAST_DAY, a_slot, at, mirrored, times
from moonlit.practice.models import Location
from tests.support.scene import MONDAY

NEAR_LAST = MONDAY + timedelta(days=14)
FAR = MONDAY + timedelta(days=40)
NINE = at(FRIDAY, "09:00")


@pytest.fixture
def scene(scene):
    scene.sync()
    return scene


def state_of(scene, provider="71"):
    return MirrorState.objects.get(provider=scene.providers[provider], location__code="video")


def open_now():
    rows = Slot.objects.filter(state="open").order_by("ehr_slot_id")
    return list(rows.values_list("ehr_slot_id", "provider__calendar_source_id", "start", "minutes"))


def calendars():
    rows = ProviderCalendar.objects.order_by("provider", "location").values_list("provider", "bits", "odd_starts")
    return [(provider, bytes(bits), odd) for provider, bits, odd in rows if bits or odd]


def test_what_is_new_appears_what_changed_moves_what_is_gone_disappears(scene):
    first = mirrored(scene, a_slot("1", NINE), a_slot("2", at(FRIDAY, "10:00")), a_slot("3", at(FRIDAY, "11:00")))
    assert (first.added, first.changed, first.removed) == (3, 0, 0)
    scene.clock.forward(minutes=1)
    second = mirrored(scene, a_slot("1", NINE), a_slot("2", at(FRIDAY, "10:30")), a_slot("4", at(FRIDAY, "13:00")))
    assert (second.added, second.changed, second.removed) == (1, 1, 1)
    assert set(times(scene)) == {"09:00", "10:30", "13:00"}


def test_the_same_answer_twice_gives_the_same_state(scene):
    slots = [a_slot("1", NINE), a_slot("2", at(FRIDAY, "10:07"), provider="73")]
    mirrored(scene, *slots)
    before = (open_now(), calendars())
    again = mirrored(scene, *slots)
    assert (again.added, again.changed, again.removed) == (0, 0, 0)
    assert (open_now(), calendars()) == before


def test_a_slot_that_comes_back_is_shown_again(scene):
    for slots in ([a_slot("1", NINE)], [], [a_slot("1", NINE)]):
        mirrored(scene, *slots)
        assert bool(times(scene)) is bool(slots)
        scene.clock.forward(minutes=1)


def test_a_slot_that_moves_to_another_provider_leaves_the_first(scene):
    for old, new in (("71", "73"), ("73", "71")):
        mirrored(scene, a_slot("1", NINE, provider=old))
        assert times(scene) == {"09:00": {old}}
        scene.clock.forward(minutes=1)
        mirrored(scene, a_slot("1", NINE, provider=new))
        assert times(scene) == {"09:00": {new}}
        scene.clock.forward(minutes=1)


def test_a_near_answer_leaves_later_days_alone(scene):
    mirrored(scene, a_slot("near", NINE), a_slot("far", at(FAR, "09:00")))
    scene.clock.forward(minutes=1)
    mirrored(scene, last=NEAR_LAST, whole_horizon=False)
    assert [slot for slot, *_ in open_now()] == ["far"]


def test_an_older_answer_does_not_overwrite_a_newer_one(scene):
    old, new = scene.clock(), scene.clock() + timedelta(minutes=2)
    scene.clock.forward(minutes=5)
    mirrored(scene, a_slot("2", at(FRIDAY, "10:00")), asked_at=new)
    result = mirrored(scene, a_slot("1", NINE), asked_at=old)
    assert (result.added, result.removed) == (0, 0)
    assert set(times(scene)) == {"10:00"}
    assert state_of(scene).as_of == new


def test_an_older_answer_still_fills_the_days_nobody_asked_about_later(scene):
    old, new = scene.clock(), scene.clock() + timedelta(minutes=2)
    scene.clock.forward(minutes=5)
    mirrored(scene, a_slot("2", at(FRIDAY, "10:00")), asked_at=new, last=NEAR_LAST, whole_horizon=False)
    mirrored(scene, a_slot("1", NINE), a_slot("far", at(FAR, "09:00")), asked_at=old)
    assert [slot for slot, *_ in open_now()] == ["2", "far"]
    state = state_of(scene)
    assert (state.as_of, state.near_as_of, state.near_to) == (old, new, NEAR_LAST)


@st.composite
def a_history(draw):
    """Answers of one department as an EHR that changes would give them: when asked, how far, what it showed.

    A slot keeps its time, as in Athena; it comes and goes, gets longer, changes hands.
    """
    starts = {"a": NINE, "b": at(FRIDAY, "09:07"), "c": at(FAR, "09:00"), "d": at(FAR, "09:00")}
    answers = []
    for number in range(draw(st.integers(2, 5))):
        shown = draw(
            st.dictionaries(
                st.sampled_from(list(starts)), st.tuples(st.sampled_from(["71", "73"]), st.sampled_from([60, 90]))
            )
        )
        slots = [a_slot(slot, starts[slot], provider=who, minutes=long) for slot, (who, long) in shown.items()]
        answers.append((number, draw(st.booleans()), slots))
    order = draw(st.permutations([*answers, *draw(st.lists(st.sampled_from(answers), max_size=2))]))
    return answers, order


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=a_history())
def test_any_order_and_repetition_of_answers_converges(scene, history):
    answers, order = history

    def final(sequence):
        with transaction.atomic():
            for number, whole, slots in sequence:
                last = LAST_DAY if whole else NEAR_LAST
                inside = [slot for slot in slots if slot.start < at(last, "23:59")]
                asked_at = scene.clock() + timedelta(minutes=1 + number)
                mirrored(scene, *inside, asked_at=asked_at, last=last, whole_horizon=whole)
            found = (open_now(), calendars(), state_of(scene).as_of, state_of(scene).near_as_of)
            transaction.set_rollback(True)
        return found

    assert final(order) == final(answers)


def test_slots_within_the_notice_of_the_ehr_disappear_as_it_shows_them(scene):
    tomorrow = MONDAY + timedelta(days=1)
    scene.open("71", tomorrow, "10:00")
    scene.open("71", FRIDAY, "10:00")
    scene.sync()
    scene.clock.forward(hours=2)
    scene.sync()
    assert len(open_now()) == 1


# Freshness (rules 3.5)


def look(first=FRIDAY, last=FRIDAY, *, scene):
    found = merged(BASIN, first_day=first, last_day=last, now=scene.clock())
    return found.as_of, found.partial


def test_as_of_is_the_oldest_data_used(scene):
    asked = scene.clock()
    mirrored(scene, a_slot("1", NINE), asked_at=asked)
    assert look(scene=scene) == (asked, False)
    scene.clock.forward(minutes=10)
    mirrored(scene, a_slot("1", NINE), last=NEAR_LAST, whole_horizon=False)
    assert look(scene=scene) == (scene.clock(), False)
    assert look(last=FAR, scene=scene) == (asked, False)


def test_stale_data_is_shown_and_said_to_be_partial(scene):
    mirrored(scene, a_slot("1", NINE))
    scene.clock.forward(minutes=45)
    assert look(scene=scene)[1] is False
    scene.clock.forward(minutes=1)
    assert look(scene=scene)[1] is True
    assert set(times(scene)) == {"09:00"}


def test_a_failed_refresh_hides_nothing_and_says_partial_until_the_next_success(scene):
    mirrored(scene, a_slot("1", NINE))
    video = Location.objects.get(code="video")
    mirror_failed(video, scene.providers.values(), error="Retry", now=scene.clock())
    assert look(scene=scene)[1] is True
    assert set(times(scene)) == {"09:00"}
    mirrored(scene, a_slot("1", NINE))
    assert look(scene=scene)[1] is False


def test_a_provider_never_asked_about_makes_the_answer_partial(scene):
    mirrored(scene, a_slot("1", NINE))
    MirrorState.objects.filter(provider=scene.providers["73"]).delete()
    assert look(scene=scene)[1] is True
    assert set(times(scene)) == {"09:00"}


def test_whoever_does_not_matter_to_the_criteria_does_not_make_it_partial(scene):
    mirrored(scene, a_slot("1", NINE))
    MirrorState.objects.filter(provider=scene.providers["72"]).delete()
    assert look(scene=scene)[1] is False


def test_an_answer_asked_for_before_a_slot_went_does_not_bring_it_back(scene):
    slot = a_slot("1", NINE)
    mirrored(scene, slot)
    scene.clock.forward(minutes=1)
    asked_at = scene.clock()
    scene.clock.forward(seconds=5)
    with transaction.atomic():
        slot_gone("1", now=scene.clock())
    mirrored(scene, slot, asked_at=asked_at)
    assert times(scene) == {}
    scene.clock.forward(minutes=1)
    mirrored(scene, slot)
    assert times(scene) == {"09:00": {"71"}}, "a later answer does"
