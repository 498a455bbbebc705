from datetime import date, timedelta
from uuid import uuid4

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb
from moonlit.coverage.models import ProviderPayer
from moonlit.dashboard.paging import ROWS
from moonlit.dashboard.tests.reading import page
from moonlit.platform.policy import Role
from moonlit.staff.testing import signed_in_client
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.models import Task
from moonlit.worklist.services import close_task, open_task


@pytest.fixture
def task(desk):
    def opened(kind=TaskKind.IDENTITY_REVIEW, subject="appointment:x", team=Team.FRONT_DESK, **more):
        given = {"due": None, "visit_date": None, "actor": SYSTEM, "now": desk.clock(), **more}
        return open_task(kind, subject=subject, team=team, **given)

    return opened


def close(client, task_id, outcome="done", back="/staff/tasks"):
    return client.post(f"/staff/tasks/{task_id}/close", {"outcome": outcome, "back": back})


def test_tasks_stand_by_visit_then_due(desk, staff, task):
    task(TaskKind.BOOKING_STUCK, due=desk.clock() + timedelta(hours=3))
    task(TaskKind.GOOD_FAITH_ESTIMATE, visit_date=date(2026, 3, 9))
    task(TaskKind.IDENTITY_REVIEW, visit_date=date(2026, 3, 4))
    text = page(staff, "/staff/tasks")
    assert "Wed, March 4, 2026" in text
    assert "Mon, March 2, 2026, 12:00 PM MST" in text
    order = [text.index(words) for words in ("Check who", "Send a good faith", "Booking not confirmed")]
    assert order == sorted(order)


def test_tasks_are_shown_a_team_at_a_time(staff, task):
    task(TaskKind.IDENTITY_REVIEW, team=Team.FRONT_DESK)
    task(TaskKind.GOOD_FAITH_ESTIMATE, team=Team.BILLING)
    text = page(staff, "/staff/tasks?team=billing")
    assert "All teams 2 Front desk 1 Billing 1 Credentialing 0" in text
    assert "Send a good faith estimate" in text
    assert "Check who" not in text
    assert "There is no such team" in page(staff, "/staff/tasks?team=janitors")


def test_an_overdue_task_says_so_in_words(desk, staff, task):
    task(due=desk.clock() - timedelta(minutes=1))
    assert "Overdue" in page(staff, "/staff/tasks")
    assert "1 open task 1 overdue" in page(staff, "/staff/")


def test_an_empty_list_says_what_that_means(staff):
    assert "Nothing is open. Tasks appear by themselves" in page(staff, "/staff/tasks")
    assert "Nothing is open for this team" in page(staff, "/staff/tasks?team=billing")


def test_a_long_list_comes_in_pages(staff, task):
    for number in range(ROWS + 2):
        task(subject=f"appointment:{number}")
    assert f"{ROWS + 1} to {ROWS + 2} of {ROWS + 2}" in page(staff, "/staff/tasks?page=2")
    assert staff.get("/staff/tasks?page=3")["Location"] == "/staff/tasks?page=2"


def test_looking_at_tasks_is_written_down(staff, task):
    task(note="asked for Marisol")
    assert "asked for Marisol" in page(staff, "/staff/tasks")
    assert AuditEvent.objects.get(verb=Verb.TASK_LISTED).facts == {"count": 1}


def test_a_task_leads_to_its_subject_for_those_who_may_open_it(staff, task):
    subject = uuid4()
    task(subject=f"appointment:{subject}")
    task(subject=f"lead:{subject}")
    task(TaskKind.ZONE_MISMATCH, subject="location:clinic", team=Team.TECHNICAL)
    task(subject="appointment:not-an-id")
    html = staff.get("/staff/tasks").content.decode()
    assert html.count(f'href="/staff/appointments/{subject}"') == 1
    assert html.count(f'href="/staff/leads/{subject}"') == 1
    assert "location clinic" in html
    credentialing = signed_in_client(Role.CREDENTIALING).get("/staff/tasks").content.decode()
    assert str(subject) not in credentialing


@pytest.mark.parametrize(
    ("subject", "words", "page_of_it"),
    [
        ("reply:{id}", "the text", "/staff/replies/{id}"),
        ("message:{id}", "the message", "/staff/messages/{id}"),
        ("vendor:notifyre", "sending through Notifyre", "/staff/messages"),
        ("contact:{id}", "stopped contacts", "/staff/stopped"),
    ],
)
def test_a_task_about_messages_leads_to_them(staff, task, subject, words, page_of_it):
    key = uuid4()
    task(TaskKind.REPLY_TO_READ, subject=subject.format(id=key))
    html = staff.get("/staff/tasks").content.decode()
    assert f'<a href="{page_of_it.format(id=key)}">{words}</a>' in html
    assert (
        f'href="{page_of_it.format(id=key)}"'
        not in signed_in_client(Role.CREDENTIALING).get("/staff/tasks").content.decode()
    )


def test_a_task_about_a_contract_names_clinician_and_payer(staff, task):
    contract = ProviderPayer.objects.get(provider__calendar_source_id="73")
    task(TaskKind.START_UNCONFIRMED, subject=f"contract:{contract.pk}", team=Team.CREDENTIALING)
    task(TaskKind.START_DATE_MISSING, subject="contract:999999", team=Team.CREDENTIALING)
    text = page(staff, "/staff/tasks")
    assert "Contract start not confirmed Bea Second, MD · BasinCare" in text
    assert "a contract that is no more" in text


def test_a_task_is_closed_with_its_outcome(staff, task):
    opened = task()
    answer = close(staff, opened.pk, "reached", back="/staff/tasks?team=front_desk")
    assert answer["Location"] == "/staff/tasks?team=front_desk"
    assert "The task is closed: Patient reached." in page(staff, "/staff/tasks")
    stored = Task.objects.get()
    assert (stored.state, stored.outcome) == ("closed", "reached")
    assert AuditEvent.objects.get(verb=Verb.TASK_CLOSED).actor_kind == "staff"


def test_a_task_is_not_closed_without_an_outcome_people_can_give(staff, task):
    opened = task()
    for outcome in ("", "condition_gone", "nonsense"):
        close(staff, opened.pk, outcome)
        assert "Choose how the task ended" in page(staff, "/staff/tasks")
    assert Task.objects.get().state == "open"


def test_closing_what_is_closed_already_changes_nothing_and_says_so(desk, staff, task):
    opened = task()
    close(staff, opened.pk, "reached")
    close(staff, opened.pk, "not_reached")
    assert "already closed" in page(staff, "/staff/tasks")
    assert Task.objects.get().outcome == "reached"


def test_a_newer_task_of_the_same_kind_is_not_closed_in_its_place(desk, staff, task):
    seen = task()
    close_task(
        TaskKind(seen.kind), subject=seen.subject, outcome=TaskOutcome.CONDITION_GONE, actor=SYSTEM, now=desk.clock()
    )
    newer = task()
    close(staff, seen.pk)
    assert Task.objects.get(pk=newer.pk).state == "open"


@pytest.mark.parametrize(
    "back", ["https://attacker.example.org/", "//attacker.example.org/", "/\\attacker", "/book", ""]
)
def test_closing_leads_back_to_our_own_pages_only(staff, task, back):
    assert close(staff, task().pk, back=back)["Location"] == "/staff/tasks"


def test_a_patients_words_are_for_those_who_may_open_the_visit(staff, task):
    task(TaskKind.MOVE_REQUESTED, subject=f"appointment:{uuid4()}", note="Please not on Fridays")
    assert "Please not on Fridays" in page(staff, "/staff/tasks")
    text = page(signed_in_client(Role.CREDENTIALING), "/staff/tasks")
    assert "Patient asks to move a visit" in text
    assert "Fridays" not in text
