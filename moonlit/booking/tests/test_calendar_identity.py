"""One entry in a calendar for a visit and all its moves."""

import pytest

from moonlit.booking.calendar_identity import calendar_identity
from moonlit.booking.models import Appointment
from tests.support.visits import booked, carry_out, move, two_clinicians_on_friday


@pytest.fixture
def practice(scene):
    return two_clinicians_on_friday(scene)


def test_a_visit_is_the_same_entry_through_every_move_and_each_change_is_newer(practice):
    first = booked(practice)
    seen = [calendar_identity(first.pk)]
    move(practice, first, "14:00", "71")
    _, second = carry_out(practice, first)
    seen.append(calendar_identity(second.pk))
    move(practice, second, "11:00", "72")
    _, third = carry_out(practice, second)
    seen.append(calendar_identity(third.pk))
    Appointment.objects.filter(pk=third.pk).update(version=third.version + 1)
    seen.append(calendar_identity(third.pk))
    assert {uid for uid, _ in seen} == {f"{first.pk}@moonlit"}
    numbers = [number for _, number in seen]
    assert numbers == sorted(set(numbers)), "each newer than the one before"
    another = booked(practice, "10:00")
    assert calendar_identity(another.pk) == (f"{another.pk}@moonlit", another.version)
