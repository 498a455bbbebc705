"""Rules 3.7: a fifth of the next 30 days coming or going in one cycle is told, and shown as the EHR shows it."""

from datetime import timedelta

import pytest

from moonlit.availability.tests.helpers import FRIDAY, times
from moonlit.worklist.kinds import TaskKind
from moonlit.worklist.models import Task

pytestmark = pytest.mark.django_db
HOURS = ("08:00", "09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00", "17:00")


@pytest.fixture
def full(scene):
    """Ten open times on a Friday, seen in an earlier cycle."""
    scene.ids = scene.open("71", FRIDAY, *HOURS)
    scene.sync()
    scene.clock.forward(minutes=10)
    return scene


def told(scene, provider="71"):
    return Task.objects.filter(kind=TaskKind.TEMPLATE_CHANGED, subject=f"provider:{scene.providers[provider].pk}")


def test_the_first_answer_of_the_ehr_is_no_change(full):
    assert not Task.objects.filter(kind=TaskKind.TEMPLATE_CHANGED).exists()


def test_half_the_times_vanishing_at_once_is_told_once_and_not_shown(full):
    for slot in full.ids[:5]:
        full.ehr.remove_slot(slot)
    full.sync()
    (task,) = told(full)
    assert "10 before, 5 vanished, 0 appeared" in task.note
    assert len(times(full)) == 5, "shown is what the EHR shows"
    full.sync()
    assert told(full).count() == 1


def test_times_taken_one_by_one_are_no_new_template(full):
    for slot in full.ids[:6]:
        full.ehr.remove_slot(slot)
        full.sync()
    assert not told(full).exists()


def test_many_new_times_at_once_are_told(full):
    full.open("71", FRIDAY + timedelta(days=3), *HOURS)
    full.sync()
    assert "0 vanished, 10 appeared" in told(full).get().note


def test_times_beyond_thirty_days_are_not_counted(full):
    full.open("71", FRIDAY + timedelta(days=60), *HOURS)
    full.sync()
    assert not told(full).exists()


def test_another_provider_is_not_blamed(full):
    for slot in full.ids:
        full.ehr.remove_slot(slot)
    full.sync()
    assert told(full).exists()
    assert not told(full, "73").exists()
