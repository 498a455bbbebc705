"""The link to a video visit: what the port promises, and the way from the simulator over the worker to the page."""

from datetime import date, timedelta

import pytest

from moonlit.booking.join_queries import Joining, joining, where_to_join
from moonlit.booking.models import Appointment
from moonlit.booking.services import advance, read_join, sweep_joins
from moonlit.ehr.port import Rejected
from tests.contracts.worlds import ATTENDING, ROME
from tests.faults.athena_seed import ADA

FRIDAY = date(2026, 3, 6)
TODAY = {"day": date(2026, 3, 2), "at": "14:00"}


def why_no_link(world, visit_id):
    with pytest.raises(Rejected) as refused:
        world.ehr.join_url(visit_id)
    return refused.value.code


def test_on_its_day_a_video_visit_has_a_link_of_its_own_the_same_each_time(world):
    visits = [world.slot(**TODAY), world.slot(provider=ATTENDING, **TODAY)]
    for visit_id in visits:
        world.front_desk_books(visit_id)
    links = [world.ehr.join_url(visit_id) for visit_id in visits]
    assert len(set(links)) == 2
    assert all(link.startswith(("https://", "http://127.0.0.1:")) for link in links)
    assert [world.ehr.join_url(visit_id) for visit_id in visits] == links
    world.checked_in(visits[0])
    assert world.ehr.join_url(visits[0]) == links[0]


@pytest.mark.parametrize("where", [{}, {**TODAY, "department": ROME}], ids=["another day", "a clinic"])
def test_without_a_video_room_today_there_is_a_clear_no(world, where):
    visit_id = world.slot(**where)
    world.front_desk_books(visit_id)
    assert why_no_link(world, visit_id) == "no_room"


def test_a_visit_that_does_not_stand_has_no_link(world):
    visit_id = world.slot(**TODAY)
    assert why_no_link(world, visit_id) == "not_booked"
    world.front_desk_books(visit_id)
    world.front_desk_cancels(visit_id)
    assert why_no_link(world, visit_id) == "not_booked"
    assert why_no_link(world, "999999999") == "not_found"


def now_is(scene, moment):
    scene.clock.at = moment
    scene.control("POST", "clock", {"now": moment.isoformat()})


def test_the_vendor_gives_the_link_on_the_day_and_for_video_only(athena):
    athena.open(ADA, FRIDAY, "09:00")
    athena.sync()
    visit = athena.book(FRIDAY, "09:00", ADA).appointment
    advance(visit, clock=athena.clock)
    row = Appointment.objects.get(pk=visit)
    sweep_joins(row.start - timedelta(hours=3))
    assert athena.calls("video_room") == []
    now_is(athena, row.start - timedelta(hours=2))
    sweep_joins(athena.clock())
    athena.control("POST", "seed", {"departments": [{"id": "1", "name": "Video", "timezonename": row.time_zone}]})
    read_join(visit, clock=athena.clock)
    row.refresh_from_db()
    assert (row.join_problem, joining(visit, athena.clock())) == ("no_room", Joining.WAITING)
    athena.control(
        "POST",
        "seed",
        {"departments": [{"id": "1", "name": "Video", "timezonename": row.time_zone, "telehealth": True}]},
    )
    read_join(visit, clock=athena.clock)
    assert where_to_join(visit, athena.clock()).startswith(f"{athena.address}/room/")
    assert len(athena.calls("video_room")) == 2
