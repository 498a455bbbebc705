from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from moonlit.audit.actor import SYSTEM, Actor
from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.models import Task
from moonlit.worklist.queries import open_tasks, tasks_about, team_loads
from moonlit.worklist.services import close_one, close_task, open_task

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
STAFF = Actor("staff", "7")


def a_task(kind=TaskKind.PENDING_TOO_LONG, subject="appointment:1", team=Team.FRONT_DESK, **more):
    given = {"due": None, "visit_date": None, "actor": SYSTEM, "now": NOW, **more}
    return open_task(kind, subject=subject, team=team, **given)


def close(kind=TaskKind.PENDING_TOO_LONG, subject="appointment:1", outcome=TaskOutcome.REACHED, now=NOW):
    return close_task(kind, subject=subject, outcome=outcome, actor=STAFF, now=now)


def verbs():
    return list(AuditEvent.objects.order_by("at").values_list("verb", flat=True))


def test_a_task_is_opened_with_everything_staff_need():
    due = NOW + timedelta(hours=2)
    task = a_task(due=due, visit_date=date(2026, 3, 9), note="asked for Marisol")
    stored = Task.objects.get(pk=task.pk)
    assert (stored.kind, stored.subject, stored.team) == ("pending_too_long", "appointment:1", "front_desk")
    assert (stored.due, stored.visit_date, stored.note) == (due, date(2026, 3, 9), "asked for Marisol")
    assert (stored.state, stored.outcome, stored.closed_at, stored.opened_at) == ("open", None, None, NOW)
    assert verbs() == [Verb.TASK_OPENED]


def test_one_task_is_open_per_kind_and_subject():
    first = a_task(note="first")
    assert a_task(note="second") == first
    assert Task.objects.get().note == "first"
    a_task(kind=TaskKind.IDENTITY_REVIEW)
    a_task(subject="appointment:2")
    assert Task.objects.count() == 3
    assert verbs() == [Verb.TASK_OPENED] * 3


def test_the_database_refuses_a_second_open_task():
    a_task()
    values = {"kind": TaskKind.PENDING_TOO_LONG, "subject": "appointment:1", "team": Team.CLINICAL, "opened_at": NOW}
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.create(**values)


def test_a_task_closes_once_with_an_outcome_and_can_be_opened_again():
    a_task()
    later = NOW + timedelta(hours=1)
    assert close(now=later)
    assert not close(now=later)
    closed = Task.objects.get()
    assert (closed.state, closed.outcome, closed.closed_at) == ("closed", "reached", later)
    assert verbs() == [Verb.TASK_OPENED, Verb.TASK_CLOSED]
    assert a_task().pk != closed.pk


def test_closing_what_was_never_open_does_nothing():
    assert not close(subject="appointment:404")
    assert verbs() == []


def test_an_open_task_has_no_outcome_and_a_closed_one_has():
    task = a_task()
    for wrong in ({"state": "closed"}, {"outcome": "done"}, {"state": "closed", "closed_at": NOW}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Task.objects.filter(pk=task.pk).update(**wrong)


def test_the_list_has_the_soonest_visit_first_then_the_earliest_due():
    a_task(subject="none")
    a_task(subject="due", due=NOW + timedelta(hours=1))
    a_task(subject="later visit", visit_date=date(2026, 3, 9), due=NOW)
    a_task(subject="next visit, no due", visit_date=date(2026, 3, 3))
    a_task(subject="next visit", visit_date=date(2026, 3, 3), due=NOW - timedelta(minutes=1), note="call")
    close_task(TaskKind.PENDING_TOO_LONG, subject="none", outcome=TaskOutcome.DONE, actor=STAFF, now=NOW)
    found = open_tasks(actor=STAFF, now=NOW)
    assert [task.subject for task in found] == ["next visit", "next visit, no due", "later visit", "due"]
    assert [task.overdue for task in found] == [True, False, False, False]
    assert (found[0].note, found[0].assignee, found[0].kind) == ("call", "", TaskKind.PENDING_TOO_LONG)


def test_a_team_sees_its_own_and_the_reading_is_recorded():
    a_task(team=Team.BILLING)
    a_task(team=Team.CLINICAL, subject="appointment:2")
    assert [task.subject for task in open_tasks(actor=STAFF, now=NOW, team=Team.CLINICAL)] == ["appointment:2"]
    row = AuditEvent.objects.get(verb=Verb.TASK_LISTED)
    assert (row.actor_id, row.subject, row.facts) == ("7", "tasks:clinical", {"count": 1})


def test_the_task_somebody_looked_at_is_closed_and_no_newer_one():
    seen = a_task()
    assert close()
    newer = a_task()
    assert not close_one(seen.pk, outcome=TaskOutcome.DONE, actor=STAFF, now=NOW)
    assert Task.objects.get(pk=newer.pk).state == "open"
    assert close_one(newer.pk, outcome=TaskOutcome.DONE, actor=STAFF, now=NOW)
    assert Task.objects.get(pk=newer.pk).outcome == "done"


def test_every_team_is_told_how_much_waits_and_how_much_is_late():
    a_task(subject="appointment:1", due=NOW - timedelta(minutes=1))
    a_task(subject="appointment:2", due=NOW)
    a_task(subject="appointment:3", team=Team.BILLING)
    close(subject="appointment:3")
    loads = {load.team: (load.open, load.overdue) for load in team_loads(NOW)}
    assert loads == {team: (2, 1) if team is Team.FRONT_DESK else (0, 0) for team in Team}


def test_what_was_ever_done_about_a_subject_is_kept_in_order():
    a_task()
    close()
    a_task(TaskKind.GOOD_FAITH_ESTIMATE, now=NOW + timedelta(minutes=1), due=NOW)
    a_task(subject="appointment:2")
    found = tasks_about("appointment:1", actor=STAFF, now=NOW + timedelta(hours=1))
    assert [(task.kind, task.outcome, task.overdue) for task in found] == [
        (TaskKind.PENDING_TOO_LONG, TaskOutcome.REACHED, False),
        (TaskKind.GOOD_FAITH_ESTIMATE, None, True),
    ]
    assert AuditEvent.objects.filter(verb=Verb.TASK_LISTED, subject="appointment:1").count() == 1
