"""Races over two server processes on one database, with real threads of real servers.

`python -m tests.races` runs 1,000 and prints what it measured.
"""

import pytest

from tests.races.installation import installation
from tests.races.rivals import Results, check_both_sides, run_races

pytestmark = [pytest.mark.xdist_group("system"), pytest.mark.timeout(1200)]

RIVALS = 8
RACES = 200
CROWD = 200


@pytest.mark.long  # test_booking.py runs the same race within one process every time
def test_of_all_who_ask_two_servers_for_one_slot_one_gets_it_and_the_others_a_clean_conflict(tmp_path):
    with installation(tmp_path) as made:
        races = run_races(made, RACES, rivals=RIVALS)
        assert (races.winners, races.losers) == (RACES, RACES * (RIVALS - 1))
        crowd = run_races(made, 1, rivals=CROWD, after=RACES)
        assert (crowd.winners, crowd.losers) == (1, CROWD - 1)
        check_both_sides(made, Results([*races.races, *crowd.races]), seconds=300)
