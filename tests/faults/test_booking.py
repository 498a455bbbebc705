"""Every fault of the EHR, and the death of the worker, at every remote call and every statement of a booking.

Real HTTP against the Athena simulator. A sample runs always; the whole product with MOONLIT_LONG=1.
"""

from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from django.db import connection

from moonlit.booking.services import sweep
from moonlit.platform.vendor_models import VendorToken
from moonlit.worklist.models import Task
from tests.faults.athena_scene import Killed
from tests.faults.athena_seed import ADA, RUI
from tests.faults.invariants import check

FRIDAY = date(2026, 3, 6)
NOT_DONE = ["401", "429", "403_qps", "500", "503", "html", "html_200", "reset", "hang", "success_false", "unplugged"]
DONE_BUT_LOST = ["commit_then_timeout", "commit_then_500", "commit_then_reset"]
SLOW = {"hang", "commit_then_timeout"}
CALLS = {
    "token": ("find_patient", "token", NOT_DONE),
    "search": ("find_patient", "bestmatch", NOT_DONE),
    "chart": ("create_patient", "create_patient", [*NOT_DONE, *DONE_BUT_LOST]),
    "chart back": ("patient", "patient", NOT_DONE),
    "zone": ("book", "department", NOT_DONE),
    "book": ("book", "book", [*NOT_DONE, *DONE_BUT_LOST, "slot_taken"]),
    "look back": ("appointment", "appointment", NOT_DONE),
    "look back at notes": ("appointment", "notes", NOT_DONE),
    "supervisor": ("set_supervisor", "update_booked", [*NOT_DONE, *DONE_BUT_LOST]),
    "supervisor back": ("appointment", "appointment", NOT_DONE),
    "supervisor's notes back": ("appointment", "notes", NOT_DONE),
}
"""Each remote call of a booking: the port's method, the simulator's operation, what can go wrong with it."""
ENDS = {
    ("chart", "success_false"): "failed",  # staff are asked to see to it, nobody does, the notice limit comes
    ("book", "success_false"): "failed",
    ("book", "slot_taken"): "lost",
}
"""How it ends when it does not end booked."""
SAMPLE = {
    ("token", "503"),
    ("search", "401"),
    ("search", "html"),
    ("chart", "429"),
    ("chart", "success_false"),
    ("chart", "commit_then_reset"),
    ("chart back", "reset"),
    ("zone", "500"),
    ("book", "403_qps"),
    ("book", "hang"),
    ("book", "success_false"),
    ("book", "unplugged"),
    ("book", "slot_taken"),
    ("book", "commit_then_timeout"),
    ("book", "commit_then_500"),
    ("look back", "html_200"),
    ("look back", "unplugged"),
    ("look back at notes", "503"),
    ("supervisor", "commit_then_500"),
    ("supervisor", "success_false"),
    ("supervisor back", "429"),
}
CASES = [(call, kind) for call, (_, _, kinds) in CALLS.items() for kind in kinds]
STAYING = [(*case, any_provider) for case in CASES for any_provider in (False, True)]
STAYING_SAMPLE = {("look back", "503", True), ("supervisor", "401", False)}


@pytest.fixture
def practice(athena):
    """An attending and her resident with open time on Friday."""
    athena.open(ADA, FRIDAY, "10:00")
    athena.open(RUI, FRIDAY, "10:00", "11:00")
    athena.sync()
    return athena


def endure(scene, accepted, call, kind, rounds):
    """The booking's work while that call keeps failing; how often the fault struck."""
    method, op, _ = CALLS[call]
    more = {"kind": "html", "status": 200} if kind == "html_200" else {"kind": kind}
    if kind in SLOW:
        more["seconds"] = 20
    if call == "token":
        VendorToken.objects.all().delete()
    with scene.broken(method, op=op, **more) as fault:
        if call.startswith("look back"):
            scene.control("POST", "faults", {"op": "book", "kind": "commit_then_reset"})
        for _ in range(rounds):
            scene.work(accepted)
            scene.until_due()
            sweep(clock=scene.clock)
    return fault["hits"]


def marked(cases, sample):
    return [pytest.param(*case, marks=() if case in sample else pytest.mark.long) for case in cases]


@pytest.mark.parametrize(("call", "kind"), marked(CASES, SAMPLE))
def test_a_booking_outlives_a_fault_and_both_sides_agree(practice, matrix, call, kind):
    accepted = practice.book(FRIDAY, "10:00", RUI)
    hits = endure(practice, accepted, call, kind, rounds=1)
    assert hits or kind == "unplugged"
    row = practice.settle(accepted)
    matrix("booking", call, kind, row.state)
    assert row.state == ENDS.get((call, kind), "booked")
    assert row.supervision_write == ("written" if row.state == "booked" else "not_needed")
    check(practice, accepted)


@pytest.mark.parametrize(("call", "kind", "any_provider"), marked(STAYING, STAYING_SAMPLE))
def test_a_fault_that_stays_ends_in_the_truth(practice, matrix, call, kind, any_provider):
    accepted = practice.book(FRIDAY, "10:00", None if any_provider else RUI)
    endure(practice, accepted, call, kind, rounds=9)
    row = practice.settle(accepted)
    matrix("booking", call, f"{kind}, nine rounds", row.state)
    check(practice, accepted)


def test_a_slot_the_front_desk_takes_first_goes_to_another_clinician_and_he_is_named(practice):
    accepted = practice.book(FRIDAY, "10:00")
    with practice.broken("book", op="book", kind="slot_taken", match={"reasonid": "171"}):
        practice.work(accepted)
        practice.until_due()
        sweep(clock=practice.clock)
    row = practice.settle(accepted)
    assert (row.state, row.provider_id, row.version) == ("booked", practice.providers[RUI].pk, 2)
    check(practice, accepted)


def test_an_ehr_that_is_down_for_a_while_is_waited_for_and_staff_are_told(practice):
    accepted = practice.book(FRIDAY, "10:00", RUI)
    until = practice.clock() + timedelta(minutes=20)
    with practice.broken("find_patient", op="bestmatch", kind="503"):
        while practice.clock() < until:
            practice.work(accepted)
            practice.until_due()
            sweep(clock=practice.clock)
    assert Task.objects.filter(kind="booking_stuck", state="open").count() == 1
    assert practice.settle(accepted).state == "booked"
    check(practice, accepted)


def test_two_patients_in_turn_for_the_time_a_lost_answer_still_holds(practice):
    first = practice.book(FRIDAY, "11:00", RUI)
    with practice.broken("book", op="book", kind="commit_then_500"):
        practice.work(first)
    assert not practice.offers(FRIDAY, "11:00")
    assert practice.settle(first).state == "booked"
    check(practice, first)


@contextmanager
def dying_before(statement):
    """The process dies where it would send its n-th writing statement, a commit included; the value counts them.

    Between two of them nothing changes on our side, and every remote call is followed by one.
    """
    sent = [0]

    def count(execute, sql, params, many, context):
        sent[0] += not sql.lstrip().upper().startswith(("SELECT", "SAVEPOINT"))
        if sent[0] == statement:
            raise Killed
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield sent


LIVES = {
    "plain": None,
    "answer lost": {"op": "book", "kind": "commit_then_reset"},
    "put lost": {"op": "book", "kind": "reset"},
    "refused": {"op": "book", "kind": "success_false"},
    "taken": {"op": "book", "kind": "slot_taken"},
    "chart lost": {"op": "create_patient", "kind": "commit_then_reset"},
}


def live_until(scene, accepted, fault, statement):
    """One worker's whole work on a booking, killed at a statement; False when it finished before."""
    if fault:
        scene.control("POST", "faults", fault)
    try:
        with dying_before(statement) as sent:
            scene.work(accepted)
            scene.settle(accepted)
    except Killed:
        scene.control("DELETE", "faults")
        return True
    return sent[0] >= statement


@pytest.mark.parametrize(
    ("life", "any_provider", "first", "step"),
    [
        pytest.param("plain", False, 1, 2, id="plain"),
        pytest.param("answer lost", True, 5, 7, id="answer lost"),
        pytest.param("taken", True, 9, 8, id="taken"),
        *(
            pytest.param(
                life, any_provider, 1, 1, id=f"every statement: {life}, {any_provider}", marks=pytest.mark.long
            )
            for life in LIVES
            for any_provider in (False, True)
        ),
    ],
)
def test_a_worker_that_dies_anywhere_leaves_a_booking_another_one_finishes(
    athena, matrix, life, any_provider, first, step
):
    days = [FRIDAY + timedelta(days=number) for number in range(14)]
    hours = [f"{hour:02}:00" for hour in range(7, 17)]
    for day in days:
        athena.open(ADA, day, *hours)
        athena.open(RUI, day, *hours)
    athena.sync()
    statement = first
    for day in days:
        for hour in hours:
            accepted = athena.book(day, hour, None if any_provider else RUI)
            died = live_until(athena, accepted, LIVES[life], statement)
            row = athena.settle(accepted)
            matrix(f"booking, {life}", "any statement", "death", row.state)
            check(athena, accepted)
            if not died:
                return
            statement += step
    raise AssertionError("there were not enough slots to die at every statement")
