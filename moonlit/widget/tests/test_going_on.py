"""A visit that could not be booked keeps every answer and asks only for a new time (rules 4.6)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from moonlit.audit.actor import PUBLIC
from moonlit.booking.models import Appointment
from moonlit.booking.services import mint_status_link
from moonlit.platform import clock
from moonlit.widget import services
from moonlit.widget.journey import Choices
from moonlit.widget.models import Draft
from moonlit.widget.tests.test_sending import at_check, take  # noqa: F401  a fixture
from moonlit.widget.tests.visitor import SAME_ORIGIN
from moonlit.widget.way import Way

FIRST, SECOND = "2026-03-09T15:00:00Z", "2026-03-09T16:00:00Z"
THIRD = datetime(2026, 3, 9, 19, 0, tzinfo=UTC)


@pytest.fixture
def lost(at_check):  # noqa: F811
    """On the status page of a visit that somebody else was faster for; `before` is the token of its draft."""
    at_check.before = at_check.token
    at_check.press()
    at_check.status_path = at_check.path
    Appointment.objects.filter(state="pending").update(state="lost")
    return at_check.go(at_check.path)


def test_one_press_leads_back_to_the_times(lost):
    assert "Your answers are still here. You only need another time." in lost.text
    lost.press(f"{lost.path}/again")
    assert lost.page == "when"
    assert lost.token != lost.before
    lost.press(start=SECOND)
    assert lost.page == "check"
    assert "Zoë Ñandú-O'Leary" in lost.text
    lost.press()
    assert Appointment.objects.get(state="pending").start.isoformat() == "2026-03-09T16:00:00+00:00"


def test_a_press_on_a_near_time_leads_straight_to_the_check(lost):
    assert f'name="start" value="{SECOND}"' in lost.body
    lost.press(f"{lost.path}/again", start=SECOND)
    assert lost.page == "check"
    assert "Monday, March 9, 2026 at 10:00 AM" in lost.text
    assert "Zoë Ñandú-O'Leary" in lost.text


def test_a_near_time_that_has_gone_meanwhile_asks_for_another_one(lost):
    lost.press(f"{lost.path}/again", start="2026-03-09T15:30:00Z")
    assert lost.page == "when"
    assert "just been taken" in lost.text


def test_the_old_way_to_the_answers_is_dead(lost):
    lost.press(f"{lost.path}/again")
    assert lost.go(f"/book/d/{lost.before}/check").status == 404


def test_a_get_gives_nothing_away(lost):
    lost.go(f"{lost.path}/again")
    assert lost.path == lost.status_path
    assert lost.go(f"/book/d/{lost.before}/when").status == 200


@pytest.mark.parametrize("state", ["pending", "booked", "cancelled"])
def test_a_visit_that_may_be_had_gives_no_way_to_its_answers(lost, state):
    Appointment.objects.filter(state="lost").update(state=state, athena_appt_id="1")
    before = Draft.objects.get(identified=True).token_hash
    lost.press(f"{lost.status_path}/again")
    assert lost.path == lost.status_path
    assert Draft.objects.get(identified=True).token_hash == before
    assert "Zoë" not in lost.body


def test_a_draft_that_has_died_is_not_woken(lost, town):
    town.clock.forward(minutes=21)
    lost.go(lost.status_path)
    assert "what you typed is forgotten by now" in lost.text
    lost.press(f"{lost.path}/again")
    assert lost.path == lost.status_path


def test_once_the_next_visit_is_asked_for_the_page_of_the_first_leads_nowhere(lost):
    lost.press(f"{lost.path}/again", start=SECOND).press()
    assert "/book/s/" in lost.path
    assert lost.path != lost.status_path
    lost.press(f"{lost.status_path}/again")
    assert lost.path == lost.status_path
    assert "Your answers are still here" not in lost.text


def test_finish_and_clear_forgets_the_answers_of_a_lost_visit(lost):
    lost.press(f"{lost.path}/finish")
    assert not Draft.objects.filter(identified=True).exists()
    assert lost.client.post(f"{lost.status_path}/again", {}, headers=SAME_ORIGIN).status_code == 404


def test_the_way_back_lives_no_longer_than_the_draft(lost, town):
    Draft.objects.update(started_at=town.clock() - timedelta(hours=2))
    assert "Your answers are still here" not in lost.go(lost.status_path).text


def test_another_link_of_the_same_visit_reads_nobodys_answers(lost):
    with transaction.atomic():
        other = mint_status_link(Appointment.objects.get().pk, actor=PUBLIC, now=clock.now())
    lost.press(f"/book/s/{other}/again")
    assert lost.path == f"/book/s/{other}"
    assert "Zoë" not in lost.body


def test_a_draft_that_was_sent_in_another_tab_meanwhile_stays_sent(lost):
    """Each verb with the draft as it was read before the other tab sent it."""
    stale = Draft.objects.get(identified=True)
    lost.press(f"{lost.status_path}/again", start=SECOND).press()
    second = Draft.objects.get(identified=True)
    assert second.appointment != stale.appointment
    now = clock.now()
    assert services.give_back(stale, now=now) is None
    services.keep_answers(stale, {"first_name": "Other"}, now=now)
    services.keep_choices(stale, Choices(), actor=PUBLIC, now=now)
    way = Way("token", stale)
    services.choose_time(stale, "token", way.criteria, THIRD, None, actor=PUBLIC, now=now)
    after = Draft.objects.get(identified=True)
    same = ("token_hash", "answers", "choices", "start", "hold", "sent_at", "appointment")
    assert [getattr(after, name) for name in same] == [getattr(second, name) for name in same]
