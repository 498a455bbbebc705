"""Random histories of the whole: bookings, moves, cancels, a front desk, an EHR that loses answers, workers that die.

Hypothesis plays them against the real services on the real database and shrinks what breaks. Some always, 1,000 with
MOONLIT_LONG=1.
"""

import os

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from moonlit.availability.queries import snapshot
from tests.machine.check import check_now, check_settled, check_told
from tests.machine.ehr import LATEST_LANDING, READS, WRITES
from tests.machine.world import ADA, HOURS, RUI, World

LONG = os.environ.get("MOONLIT_LONG") == "1"
HISTORIES = 1_000 if LONG else 25
STEPS = 25

hours = st.sampled_from(HOURS)
whom = st.sampled_from([None, ADA, RUI])
any_of = st.integers(0, 5)
"""Some visit, slot or record: the n-th of those there are, counted round."""
seconds = st.sampled_from([1, 5, 30, 60, LATEST_LANDING])
writes = st.sampled_from(["lost", "dropped", "late", "unreached", "throttled", "refused", "slow"])
reads = st.sampled_from(["lost", "unreached", "throttled", "slow"])


class Practice(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self._sid = transaction.savepoint()
        snapshot.forget()
        self.world = World()
        self.told = 0

    def teardown(self) -> None:
        try:
            self.world.settle()
            self.nothing_is_wrong_at_any_moment()
            check_settled(self.world)
        finally:
            transaction.savepoint_rollback(self._sid)
            snapshot.forget()

    @initialize(hour=hours, whom=whom)
    def first(self, hour, whom):
        self.world.ask(hour, whom)

    @rule(hour=hours, whom=whom)
    def somebody_asks(self, hour, whom):
        self.world.ask(hour, whom)

    @precondition(lambda self: self.world.asked)
    @rule(which=any_of, late_ok=st.booleans())
    def a_patient_cancels(self, which, late_ok):
        self.world.cancel(self._visit(which), late_ok=late_ok)

    @precondition(lambda self: self.world.asked)
    @rule(which=any_of, hour=hours, whom=whom)
    def a_patient_moves(self, which, hour, whom):
        self.world.move(self._visit(which), hour, whom)

    @precondition(lambda self: self.world.asked)
    @rule(which=any_of)
    def a_worker_works(self, which):
        self.world.work(self._visit(which))

    @rule()
    def the_sweep_sweeps(self):
        self.world.sweep()

    @precondition(lambda self: self.world.asked)
    @rule(which=any_of, statement=st.integers(1, 25))
    def a_worker_dies(self, which, statement):
        self.world.dying(statement, lambda: self.world.work(self._visit(which)))

    @rule(statement=st.integers(1, 25))
    def the_sync_dies(self, statement):
        self.world.dying(statement, self.world.read_feed)

    @rule(time=st.sampled_from([3, 15, 60, 130, 900, 7200, 86_400]))
    def time_passes(self, time):
        self.world.wait(time)

    @rule(call=st.sampled_from(WRITES), kind=writes, seconds=seconds)
    def the_ehr_will_fail_a_write(self, call, kind, seconds):
        self.world.trouble(call, kind, seconds)

    @rule(call=st.sampled_from(READS), kind=reads, seconds=seconds)
    def the_ehr_will_fail_a_read(self, call, kind, seconds):
        self.world.trouble(call, kind, seconds)

    @precondition(lambda self: self.world.asked)
    @rule(
        call=st.sampled_from([*WRITES, *READS]),
        who=st.sampled_from(["sweep", "cancel", "move", "feed", "staff_book", "staff_cancel", "staff_move", "lease"]),
        which=any_of,
        hour=hours,
    )
    def somebody_will_act_during_a_call(self, call, who, which, hour):
        world, visit = self.world, self._visit(which)
        acts = {
            "sweep": world.sweep,
            "cancel": lambda: world.cancel(visit, late_ok=True),
            "move": lambda: world.move(visit, hour, None),
            "feed": world.read_feed,
            "staff_book": lambda: world.staff_book(which),
            "staff_cancel": lambda: world.staff_cancel(which, no_show=False),
            "staff_move": lambda: world.staff_move(which, hour),
            "lease": lambda: (world.wait(100), world.sweep()),
        }
        world.trouble(call, "meanwhile", 0, acts[who])

    @rule(which=any_of)
    def the_front_desk_books(self, which):
        self.world.staff_book(which)

    @rule(which=any_of, no_show=st.booleans())
    def the_front_desk_cancels(self, which, no_show):
        self.world.staff_cancel(which, no_show=no_show)

    @rule(which=any_of)
    def the_front_desk_checks_in(self, which):
        self.world.staff_check_in(which)

    @rule(which=any_of, slot=any_of)
    def the_front_desk_moves(self, which, slot):
        self.world.staff_move(which, slot)

    @rule()
    def the_feed_is_read(self):
        self.world.read_feed()

    @rule()
    def the_open_times_are_read(self):
        self.world.read_slots()

    @rule(which=any_of, again=st.booleans())
    def the_ehr_pushes(self, which, again):
        self.world.push(which, again=again)

    @rule(which=any_of)
    def a_reader_reads_and_sleeps(self, which):
        self.world.see(which)

    @rule(which=any_of)
    def a_reader_wakes_up(self, which):
        self.world.tell_old_news(which)

    @invariant()
    def nothing_is_wrong_at_any_moment(self):
        check_now(self.world)
        self.told = check_told(self.world, self.told)

    def _visit(self, which):
        return self.world.asked[which % len(self.world.asked)]


@pytest.fixture
def practice(scene, settings):
    """The open times are known to begin with: each history begins with the same ones."""
    settings.EHR_FACTORY = "tests.machine.world.current_ehr"
    World().read_slots()


def test_no_history_ends_in_a_double_booking_an_orphan_or_a_false_word(practice):
    run_state_machine_as_test(
        Practice,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=not LONG,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        ),
    )
