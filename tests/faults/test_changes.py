"""Every fault of the EHR at every remote call of a cancel and of a move, once and again and again.

Real HTTP against the Athena simulator. A sample runs always; the whole product with MOONLIT_LONG=1.
"""

from datetime import date

import pytest

from moonlit.booking.models import Appointment
from moonlit.booking.services import sweep
from tests.faults.athena_seed import ADA, RUI
from tests.faults.invariants import check_change
from tests.faults.test_booking import DONE_BUT_LOST, NOT_DONE, SLOW, marked

FRIDAY = date(2026, 3, 6)
LOST = {"kind": "commit_then_reset"}
CALLS = {
    # what: port's method, simulator's operation, kinds, what must go wrong before so that the call is made at all
    ("cancel", "cancel"): ("cancel", "cancel", [*NOT_DONE, *DONE_BUT_LOST, "staff_cancelled", "staff_checked_in"], None),
    ("cancel", "look back"): ("appointment", "appointment", NOT_DONE, {"op": "cancel", **LOST}),
    ("cancel", "look back at notes"): ("appointment", "notes", NOT_DONE, {"op": "cancel", **LOST}),
    ("move", "reschedule"): ("reschedule", "reschedule", [*NOT_DONE, *DONE_BUT_LOST, "slot_taken"], None),
    ("move", "read back"): ("*", "appointment", NOT_DONE, None),
    ("move", "look back"): ("appointment", "appointment", NOT_DONE, {"op": "reschedule", **LOST}),
    ("move", "book instead"): ("book", "book", [*NOT_DONE, *DONE_BUT_LOST], {"op": "reschedule", "kind": "success_false"}),
    ("move", "cancel the old"): ("cancel", "cancel", [*NOT_DONE, *DONE_BUT_LOST], {"op": "reschedule", "kind": "success_false"}),
    ("move", "supervisor"): ("set_supervisor", "update_booked", [*NOT_DONE, *DONE_BUT_LOST], None),
}  # fmt: skip
"""Each remote call of a change."""
CASES = [(*call, kind) for call, (_, _, kinds, _) in CALLS.items() for kind in kinds]
SAMPLE = {
    ("cancel", "cancel", "hang"),
    ("cancel", "cancel", "commit_then_500"),
    ("cancel", "cancel", "success_false"),
    ("cancel", "cancel", "staff_checked_in"),
    ("cancel", "look back", "html"),
    ("move", "reschedule", "commit_then_timeout"),
    ("move", "reschedule", "reset"),
    ("move", "reschedule", "429"),
    ("move", "reschedule", "success_false"),
    ("move", "reschedule", "slot_taken"),
    ("move", "read back", "503"),
    ("move", "look back", "500"),
    ("move", "book instead", "commit_then_500"),
    ("move", "cancel the old", "commit_then_reset"),
}
STAYING_SAMPLE = {("cancel", "cancel", "503"), ("move", "reschedule", "commit_then_500")}
OTHERWISE = {
    ("cancel", "cancel", "staff_checked_in"): "booked",
    ("move", "reschedule", "slot_taken"): "booked",
    ("move", "book instead", "success_false"): "booked",
}
"""How the old visit ends when it does not end as was asked: nothing is told of a check-in before the sync reads it."""


@pytest.fixture
def booked(athena):
    """A booked visit of a resident's at ten, with her time at eleven and her attending's open."""
    athena.open(ADA, FRIDAY, "10:00", "11:00")
    athena.open(RUI, FRIDAY, "10:00", "11:00")
    athena.sync()
    accepted = athena.book(FRIDAY, "10:00", RUI)
    athena.work(accepted)
    athena.settle(accepted)
    return accepted


def change(scene, accepted, what):
    """Ask for it; the visits whose jobs there are now."""
    if what == "cancel":
        scene.cancel(accepted)
        return [accepted.appointment]
    return [scene.move(accepted, FRIDAY, "11:00", RUI), accepted.appointment]


def endure(scene, visits, call, kind, rounds):
    method, op, _, before = CALLS[call]
    more = {"kind": "html", "status": 200} if kind == "html_200" else {"kind": kind}
    if kind in SLOW:
        more["seconds"] = 20
    with scene.broken(method, op=op, **more) as fault:
        if before:
            scene.control("POST", "faults", before)
        for _ in range(rounds):
            for visit in visits:
                scene.work_on(visit)
            scene.until_due()
            sweep(clock=scene.clock)
    return fault["hits"]


@pytest.mark.parametrize(("what", "call", "kind"), marked(CASES, SAMPLE))
def test_a_change_outlives_a_fault_and_both_sides_agree(athena, booked, matrix, what, call, kind):
    visits = change(athena, booked, what)
    hits = endure(athena, visits, (what, call), kind, rounds=1)
    row = athena.settle(booked)
    new = Appointment.objects.get(pk=visits[0]) if what == "move" else None
    matrix(what, call, kind, row.state if new is None else f"{row.state} -> {new.state}")
    assert hits or kind == "unplugged" or call in {"cancel the old", "book instead", "supervisor"}
    check_change(athena, booked, new.pk if new else None)


@pytest.mark.parametrize(("what", "call", "kind"), marked(CASES, STAYING_SAMPLE))
def test_a_fault_that_stays_ends_in_the_truth(athena, booked, matrix, what, call, kind):
    visits = change(athena, booked, what)
    endure(athena, visits, (what, call), kind, rounds=9)
    row = athena.settle(booked)
    new = Appointment.objects.get(pk=visits[0]) if what == "move" else None
    outcome = row.state if new is None else f"{row.state} -> {new.state}"
    matrix(what, call, f"{kind}, nine rounds", outcome)
    check_change(athena, booked, new.pk if new else None)
