"""What the front desk does in the EHR reaches us as notices: late, twice, in any order, by push and by feed.

Whatever the order, the same is true in the end on both sides, and the patient was told it once.
"""

import itertools
import os
from datetime import date, timedelta

import pytest
from django.db.models import Min

from moonlit.availability.models import Occupancy
from moonlit.booking.models import Appointment
from moonlit.platform.models import OutboxEvent
from moonlit.sync.models import Notice
from moonlit.sync.services import follow_feed, receive_push, take_in_due
from simulators.athena.bundles import Event, bundle
from simulators.athena.push import signature
from tests.faults.athena_scene import PUSH_SECRET
from tests.faults.athena_seed import ACCOUNT, ADA, RUI
from tests.faults.invariants import HOLDING

FRIDAY = date(2026, 3, 6)
DESK = {
    "cancelled": ["cancel"],
    "checked in": ["check_in"],
    "nobody came": ["no_show"],
    "moved": ["move"],
    "moved twice": ["move", "move"],
    "moved, then cancelled": ["move", "cancel"],
    "moved, then checked in": ["move", "check_in"],
    "cancelled, the time given to another": ["cancel", "book"],
}
"""What the front desk does with a visit of ours, one after another."""
FEEDS = ["never", "first", "last", "between"]
SAMPLE = {"moved twice"}
EVERY = 1 if os.environ.get("MOONLIT_LONG") == "1" else 6
"""Of all orders, every n-th."""


@pytest.fixture
def days(athena):
    """Days with open time at ten, eleven and twelve, of a resident and of her attending."""
    days = [FRIDAY + timedelta(days=number) for number in range(60)]
    for day, provider in itertools.product(days, (ADA, RUI)):
        athena.open(provider, day, "10:00", "11:00", "12:00")
    athena.sync()
    follow_feed(clock=athena.clock, now_too=True)  # the feed is asked for
    return iter(days)


def at_the_desk(athena, visit, acts):
    """Do it; the ids of the EHR's records that changed, in order."""
    changed = []
    for act in acts:
        if act == "cancel":
            reopened = athena.control("POST", "staff/cancel", {"appointmentid": visit})["reopened"]
        elif act == "no_show":
            athena.control("POST", "staff/cancel", {"appointmentid": visit, "no_show": True})
        elif act == "check_in":
            athena.control("POST", "staff/check_in", {"appointmentid": visit})
        elif act == "book":
            athena.control("POST", "staff/book", {"slotid": reopened})
            visit = reopened
        else:
            row = athena.control("GET", f"appointments/{visit}")
            query = f"slots?providerid={row['providerid']}&from={row['date']}&to={row['date']}"
            slots = athena.control("GET", query)["slots"]
            free = next(slot for slot in slots if slot["starttime"] > row["starttime"])
            athena.control("POST", "staff/move", {"appointmentid": visit, "slotid": free["id"]})
            changed.append(visit)
            visit = str(free["id"])
        changed.append(visit)
    return list(dict.fromkeys(changed))


def push(athena, number, event_id):
    """One delivery, signed as the EHR signs it, and what its job does."""
    topic = "appointment.update"
    event = Event(topic, "appointment", int(number), "2026-03-02T15:00:00Z", id=event_id)
    body = bundle("a-subscription", topic, ACCOUNT["practice_id"], [event])
    receive_push(signature=signature(PUSH_SECRET, body), body=body, now=athena.clock())
    take_in_due(clock=athena.clock)


def read_feed(athena):
    athena.clock.forward(minutes=2)
    follow_feed(clock=athena.clock, now_too=True)


def let_all_in(athena):
    """Until no notice waits for its turn any more."""
    for _ in range(20):
        athena.settle_all()
        due = Notice.objects.filter(applied_at=None).aggregate(at=Min("next_at"))["at"]
        if due is None:
            return
        athena.clock.at = max(athena.clock.at, due)
        take_in_due(clock=athena.clock)
    raise AssertionError("a notice is never taken in")


def check_all(athena):
    """Whoever made a visit, both sides have the same ones, at the same times."""
    visits = {visit["id"] for visit in athena.visits() if visit["status"] in HOLDING}
    rows = Appointment.objects.filter(state__in=["booked", "checked_in"])
    assert {row.athena_appt_id for row in rows} == visits
    assert set(Occupancy.objects.filter(live=True).values_list("appointment", flat=True)) == {row.pk for row in rows}


def true_in_the_end(accepted):
    """States of the visit and of those it was moved to, and what was told, without ids."""
    rows = [Appointment.objects.get(pk=accepted.appointment)]
    while moved := Appointment.objects.filter(moved_from=rows[-1]).last():
        rows.append(moved)
    told = OutboxEvent.objects.filter(subject__in=[str(row.pk) for row in rows]).values_list("topic", flat=True)
    return [row.state for row in rows], sorted(told)


@pytest.mark.parametrize(
    ("desk", "feed"),
    [
        pytest.param(desk, feed, marks=() if desk in SAMPLE and feed == "between" else pytest.mark.long)
        for desk in DESK
        for feed in FEEDS
    ],
)
def test_any_order_and_number_of_notices_ends_in_the_same_state(athena, days, matrix, desk, feed):
    ends = []
    orders = list(itertools.permutations(range(2 * len(DESK[desk]))))
    for order in (None, *orders[::EVERY]):
        accepted = athena.book(next(days), "10:00", RUI)
        athena.work(accepted)
        athena.settle(accepted)
        changed = at_the_desk(athena, athena.row(accepted).athena_appt_id, DESK[desk])
        if order is None or feed == "first":
            read_feed(athena)  # the plain case that all others must equal
        for place, each in enumerate(order or ()):
            if feed == "between" and place == len(order) // 2:
                read_feed(athena)
            number = changed[each % len(changed)]
            push(athena, number, f"{accepted.appointment}-{each // 2}-{number}")
        if feed == "last":
            read_feed(athena)
        let_all_in(athena)
        ends.append(true_in_the_end(accepted))
        matrix("notices", desk, f"any order, twice, feed {feed}", f"{' -> '.join(ends[-1][0])}")
        assert ends[-1] == ends[0]
    read_feed(athena)  # of the other visits the front desk made
    check_all(athena)
