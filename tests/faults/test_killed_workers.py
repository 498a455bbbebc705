"""Real worker processes, really killed: at each remote call and each commit, and while the EHR holds their request.

Whatever the moment, another process resolves the booking, the cancel or the move, and both sides agree.
"""

import itertools
from datetime import date, timedelta

import pytest

from moonlit.booking.models import Appointment
from moonlit.platform.vendor_models import VendorToken
from tests.faults.athena_seed import ADA, RUI
from tests.faults.invariants import check, check_change
from tests.faults.mortal import MOMENTS
from tests.system.demo import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

FRIDAY = date(2026, 3, 6)
REFUSED = {"op": "reschedule", "kind": "success_false"}
LIVES = {
    "booking": ("book", None),
    "booking, answer lost": ("book", {"op": "book", "kind": "commit_then_reset"}),
    "booking, put lost": ("book", {"op": "book", "kind": "reset"}),
    "booking, slot taken": ("book", {"op": "book", "kind": "slot_taken"}),
    "cancel": ("cancel", None),
    "cancel, answer lost": ("cancel", {"op": "cancel", "kind": "commit_then_reset"}),
    "cancel, put lost": ("cancel", {"op": "cancel", "kind": "reset"}),
    "move": ("move", None),
    "move, answer lost": ("move", {"op": "reschedule", "kind": "commit_then_reset"}),
    "move, slot taken": ("move", {"op": "reschedule", "kind": "slot_taken"}),
    "move, refused: book and cancel": ("move", REFUSED),
}
"""What is asked for, and what goes wrong in the EHR beside the death."""
SAMPLE = {"booking": 16, "cancel": 6, "move": 16}
"""Every n-th moment of these; all moments of all lives with MOONLIT_LONG=1."""


class Case:
    """One request on a time of its own; `visits` are those whose jobs there are."""

    def __init__(self, scene, hours, what):
        self.scene, self.new = scene, None
        day, start = next(hours)
        self.accepted = scene.book(day, start, RUI)
        self.visits = [self.accepted.appointment]
        if what == "book":
            return
        scene.work(self.accepted)
        scene.settle_all()
        if what == "cancel":
            scene.cancel(self.accepted)
        else:
            # Not the next hour: the EHR offers a cancelled time again, the calendars learn of it later.
            self.new = scene.move(self.accepted, *next(hours), RUI)
            self.visits = [self.new, *self.visits]

    def order(self, **death):
        """What a forked worker is told."""
        visits = [str(visit) for visit in self.visits]
        return {"address": self.scene.address, "now": self.scene.clock().isoformat(), "appointments": visits, **death}

    def live(self, fork, fault, **death):
        """One worker's life, from the request to its end or its death."""
        if fault:
            self.scene.control("POST", "faults", fault)
        found = fork.run(**self.order(**death))
        self.scene.control("DELETE", "faults")
        return found

    def check(self, matrix=None, *told):
        """Another process finishes it; both sides agree."""
        row = self.scene.settle(self.accepted)
        new = Appointment.objects.get(pk=self.new) if self.new else None
        if matrix:
            matrix(*told, row.state if new is None else f"{row.state} -> {new.state}")
        if len(self.visits) == 1 and row.state not in {"cancelled", "late_cancelled"}:
            check(self.scene, self.accepted)
        else:
            check_change(self.scene, self.accepted, self.new)


@pytest.fixture
def hours(athena):
    """Open hours of an attending and her resident, one after another."""
    days = [FRIDAY + timedelta(days=number) for number in range(28)]
    clock = [f"{hour:02}:00" for hour in range(7, 17)]
    for day, provider in itertools.product(days, (ADA, RUI)):
        athena.open(provider, day, *clock)
    athena.sync()
    return iter(list(itertools.product(days, clock)))


@pytest.mark.parametrize(
    ("life", "step"),
    [*SAMPLE.items(), *(pytest.param(life, 1, marks=pytest.mark.long) for life in LIVES)],
)
def test_a_worker_killed_at_any_call_or_commit_is_outlived_by_what_it_did(athena, fork, hours, matrix, life, step):
    what, fault = LIVES[life]
    whole = (first := Case(athena, hours, what)).live(fork, fault)
    assert not whole.killed
    first.check()
    moments = [
        (moment, number)
        for moment in MOMENTS
        for number in range(1, (len(whole.calls) if moment.endswith("call") else whole.commits) + 1)
    ]
    for moment, number in moments[::step]:
        case = Case(athena, hours, what)
        assert case.live(fork, fault, moment=moment, number=number).killed
        where = f"{moment} {whole.calls[number - 1]}" if moment.endswith("call") else moment
        case.check(matrix, life, where, "SIGKILL")


HELD = [
    ("book", "token", "hang"),
    ("book", "bestmatch", "hang"),
    ("book", "create_patient", "hang"),
    ("book", "create_patient", "commit_then_timeout"),
    ("book", "patient", "hang"),
    ("book", "book", "hang"),
    ("book", "book", "commit_then_timeout"),
    ("book", "update_booked", "hang"),
    ("book", "update_booked", "commit_then_timeout"),
    ("book", "appointment", "hang"),
    ("cancel", "cancel", "hang"),
    ("cancel", "cancel", "commit_then_timeout"),
    ("move", "reschedule", "hang"),
    ("move", "reschedule", "commit_then_timeout"),
]
HELD_SAMPLE = {case for case in HELD if case[2] == "commit_then_timeout" and case[1] != "update_booked"}


@pytest.mark.parametrize(
    ("what", "op", "kind"),
    [pytest.param(*case, marks=() if case in HELD_SAMPLE else pytest.mark.long) for case in HELD],
)
def test_a_worker_killed_while_the_ehr_holds_its_request_is_outlived_too(athena, fork, hours, matrix, what, op, kind):
    case = Case(athena, hours, what)
    if op == "token":
        VendorToken.objects.all().delete()
    athena.control("POST", "faults", {"op": op, "kind": kind, "seconds": 60})
    pid = fork.start(**case.order())
    assert eventually(lambda: athena.control("GET", "faults")["faults"], lambda waiting: not waiting) == []
    fork.kill(pid)
    assert fork.gone().killed
    stored = "stored" if kind == "commit_then_timeout" else "not stored"
    case.check(matrix, "booking" if what == "book" else what, f"during {op}", f"SIGKILL, {stored}")
