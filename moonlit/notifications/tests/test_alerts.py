"""Teams are written to when something needs a hand: once for each task, at most every quarter of an hour."""

from datetime import timedelta

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.notifications.models import Message, Notice
from moonlit.notifications.services import alert_teams, alerts
from moonlit.notifications.tests.scene import NOW
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.models import Task
from moonlit.worklist.services import close_task, open_task

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def task(number, kind=TaskKind.BOOKING_STUCK, team=Team.TECHNICAL, *, now=NOW):
    return open_task(
        kind, subject=f"appointment:{number}", team=team, due=now, visit_date=None, note="Pat", actor=SYSTEM, now=now
    )


def alerts_sent():
    return list(Message.objects.filter(kind="staff_alert").order_by("created_at").values_list("subject", flat=True))


def test_one_for_all_that_is_new_to_a_team(practice):
    task(1)
    task(2)
    task(3, TaskKind.COVERAGE_LOST, Team.FRONT_DESK)
    alert_teams(now=NOW)
    assert sorted(alerts_sent()) == ["front_desk", "technical"]
    alert_teams(now=NOW + 60 * MINUTE)
    assert len(alerts_sent()) == 2, "each task is told of once"


def test_a_team_hears_at_most_every_quarter_of_an_hour_and_then_of_all_that_came_meanwhile(practice):
    task(1)
    alert_teams(now=NOW)
    task(2, now=NOW + MINUTE)
    alert_teams(now=NOW + 14 * MINUTE)
    assert len(alerts_sent()) == 1
    task(3, now=NOW + 14 * MINUTE)
    alert_teams(now=NOW + 15 * MINUTE)
    alert_teams(now=NOW + 31 * MINUTE)
    assert len(alerts_sent()) == 2


def test_a_clock_that_is_set_back_silences_nobody(practice):
    task(1)
    alert_teams(now=NOW)
    task(2, now=NOW - 300 * MINUTE)
    alert_teams(now=NOW - 299 * MINUTE)
    assert len(alerts_sent()) == 2


def test_what_can_wait_and_what_is_done_alerts_nobody(practice):
    task(1, TaskKind.LEAD_FOLLOW_UP, Team.FRONT_DESK)
    task(2)
    close_task(
        TaskKind.BOOKING_STUCK, subject="appointment:2", outcome=TaskOutcome.CONDITION_GONE, actor=SYSTEM, now=NOW
    )
    alert_teams(now=NOW)
    assert alerts_sent() == []
    assert not Task.objects.exclude(alerted_at=None).exists()


def test_it_goes_to_the_teams_own_address_else_to_the_front_desks(practice):
    practice.staff_emails = {"front_desk": "desk@example.org", "billing": "bills@example.org"}
    practice.save()
    task(1, TaskKind.INSURANCE_NOT_WRITTEN, Team.BILLING)
    task(2)
    alert_teams(now=NOW)
    sent = {message.subject: message.recipient for message in Message.objects.all()}
    assert sent == {"billing": "bills@example.org", "technical": "desk@example.org"}


def test_nobody_to_tell_is_logged_once_a_day_and_told_when_there_is_somebody(practice, lines):
    practice.staff_emails = {}
    practice.save()
    task(1)
    for hours in (0, 1, 5):
        alert_teams(now=NOW + hours * 60 * MINUTE)
    assert [line["event"] for line in lines()].count("staff_alert_without_address") == 1
    alert_teams(now=NOW + 25 * 60 * MINUTE)
    assert [line["event"] for line in lines()].count("staff_alert_without_address") == 1
    assert Notice.objects.count() == 0
    practice.staff_emails = {"technical": "tech@example.org"}
    practice.save()
    alert_teams(now=NOW + 26 * 60 * MINUTE)
    assert alerts_sent() == ["technical"]


def test_every_alerting_kind_has_a_reason():
    assert all(alerts.ALERTING.values())
    assert TaskKind.STOP_OR_CANCEL in alerts.ALERTING
    assert TaskKind.LEAD_FOLLOW_UP not in alerts.ALERTING
