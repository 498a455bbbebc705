"""What staff do with a lead: only what they saw, and every change is on record."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from django.db import connections

from moonlit.audit.models import AuditEvent
from moonlit.leads import services
from moonlit.leads.models import Lead, LeadLink, LeadNote
from moonlit.leads.services import Result
from moonlit.platform.tokens import token_hash
from moonlit.worklist.models import Task

TODAY = date(2026, 3, 2)


@pytest.fixture
def lead(leave):
    return leave()


@pytest.fixture
def do(scene, desk):
    """Calls a verb on a lead as it is now, or in the `version` given."""

    def done(verb, lead, *, version=None, **more):
        lead.refresh_from_db()
        if verb not in {services.note, services.copy_link}:
            more["version"] = version or lead.version
        result = verb(lead.pk, actor=desk, now=scene.clock(), **more)
        lead.refresh_from_db()
        return result

    return done


def verbs_of(lead):
    return list(AuditEvent.objects.filter(subject=f"lead:{lead.pk}").order_by("at").values_list("verb", flat=True))


def open_tasks(lead):
    return Task.objects.filter(kind="lead_follow_up", subject=f"lead:{lead.pk}", state="open")


VERBS = [
    (services.assign, {"to": None}),
    (services.follow_up, {"on": TODAY}),
    (services.name_payer, {"payer": "basin"}),
    (services.mark_contacted, {}),
    (services.close_lead, {"because": "not_reached"}),
    (services.send_invitation_now, {}),
]


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(lead, do):
    seen = lead.version
    assert do(services.follow_up, lead, on=TODAY + timedelta(days=3)) is Result.DONE
    before = (verbs_of(lead), lead.version)
    for verb, more in VERBS:
        assert do(verb, lead, version=seen, **more) is Result.CHANGED_MEANWHILE, verb.__name__
    assert (verbs_of(lead), lead.version) == before


def test_a_lead_that_is_not_there_or_over_is_not_changed(scene, desk, lead, do):
    do(services.close_lead, lead, because="not_interested")
    for verb, more in VERBS:
        assert verb(uuid4(), version=1, actor=desk, now=scene.clock(), **more) is Result.NOT_FOUND, verb.__name__
        assert do(verb, lead, **more) is Result.OVER, verb.__name__


def test_a_lead_is_given_to_somebody_and_taken_back(lead, do, user):
    dana = user("Rae Reception")
    assert do(services.assign, lead, to=dana.pk) is Result.DONE
    assert lead.assigned_to_id == dana.pk
    assert do(services.assign, lead, to=None) is Result.DONE
    assert lead.assigned_to_id is None
    assert verbs_of(lead).count("leads:lead:changed") == 2


def test_nobody_gets_work_who_is_not_here_any_more(lead, do, user):
    left = user("Ira Gone", is_active=False)
    assert do(services.assign, lead, to=left.pk) is Result.UNKNOWN_PERSON
    assert do(services.assign, lead, to=uuid4()) is Result.UNKNOWN_PERSON


def test_a_follow_up_lies_today_or_later(lead, do):
    assert do(services.follow_up, lead, on=TODAY - timedelta(days=1)) is Result.PAST_DATE
    assert do(services.follow_up, lead, on=TODAY) is Result.DONE
    assert lead.follow_up_date == TODAY


def test_a_follow_up_that_has_come_is_a_task_once(scene, lead, do):
    do(services.follow_up, lead, on=TODAY + timedelta(days=1))
    assert services.open_follow_ups(now=scene.clock()) == 0
    scene.clock.forward(days=1)
    assert services.open_follow_ups(now=scene.clock()) == 1
    assert services.open_follow_ups(now=scene.clock()) == 0
    task = open_tasks(lead).get()
    assert (task.team, task.assignee) == ("front_desk", None)
    Task.objects.filter(pk=task.pk).update(state="closed", outcome="done", closed_at=scene.clock())
    assert services.open_follow_ups(now=scene.clock()) == 0, "what staff have done does not come back"


def test_the_task_is_the_assignees_and_follows_the_lead(scene, lead, do, user):
    dana, rae = user("Dora Front"), user("Rae Reception")
    do(services.assign, lead, to=dana.pk)
    do(services.follow_up, lead, on=TODAY)
    services.open_follow_ups(now=scene.clock())
    assert open_tasks(lead).get().assignee == dana
    do(services.assign, lead, to=rae.pk)
    assert open_tasks(lead).get().assignee == rae


def test_the_task_closes_when_its_condition_is_gone(scene, lead, do):
    for verb, more in (
        (services.follow_up, {"on": TODAY + timedelta(days=5)}),
        (services.follow_up, {"on": None}),
        (services.close_lead, {"because": "helped_otherwise"}),
    ):
        do(services.follow_up, lead, on=TODAY)
        services.open_follow_ups(now=scene.clock())
        assert open_tasks(lead).exists()
        assert do(verb, lead, **more) is Result.DONE
        assert not open_tasks(lead).exists()
        services.open_follow_ups(now=scene.clock())
        assert not open_tasks(lead).exists()


def test_the_follow_up_day_is_the_practices(scene, lead, do):
    """18:30 in Denver is the next day in UTC: the task of tomorrow waits until tomorrow."""
    do(services.follow_up, lead, on=TODAY + timedelta(days=1))
    scene.clock.at = scene.clock.at.replace(day=3, hour=1, minute=30)  # 2 March, 18:30 in Denver
    assert services.open_follow_ups(now=scene.clock()) == 0
    assert do(services.follow_up, lead, on=TODAY) is Result.DONE


def test_notes_are_added_and_kept_sealed(scene, lead, do, desk):
    assert do(services.note, lead, text="  Called twice.\r\nLeft word.  ") is Result.DONE
    row = LeadNote.objects.get()
    assert (row.text, row.written_by_id, row.written_at) == (
        "Called twice.\nLeft word.",
        UUID(desk.id),
        scene.clock(),
    )
    assert "leads:lead:noted" in verbs_of(lead)
    for text in ("", "  \n ", "x" * (services.NOTE_LIMIT + 1)):
        with pytest.raises(ValueError, match="a note has"):
            do(services.note, lead, text=text)
    assert services.note(uuid4(), text="Hello", actor=desk, now=scene.clock()) is Result.NOT_FOUND


def test_from_pending_to_contacted_to_closed_and_back(lead, do):
    assert do(services.mark_contacted, lead) is Result.DONE
    assert lead.status == "contacted"
    assert do(services.mark_contacted, lead) is Result.OVER, "it is not pending any more"
    assert do(services.close_lead, lead, because="not_reached") is Result.DONE
    assert (lead.status, lead.closed_because) == ("closed", "not_reached")
    assert do(services.reopen_lead, lead) is Result.DONE
    assert (lead.status, lead.closed_because) == ("pending", "")
    assert do(services.reopen_lead, lead) is Result.OVER
    assert verbs_of(lead)[-3:] == ["leads:lead:contacted", "leads:lead:closed", "leads:lead:reopened"]


def test_a_lead_is_closed_for_a_reason_of_the_list(lead, do):
    for because in ("", "bored"):
        with pytest.raises(ValueError, match="reason"):
            do(services.close_lead, lead, because=because)


def test_closing_ends_its_links_and_reopening_does_not_bring_them_back(scene, lead, do):
    token = do(services.copy_link, lead)
    link = LeadLink.objects.get(token_hash=token_hash(token))
    assert link.expires_at == scene.clock() + timedelta(days=60)
    assert "leads:link:minted" in verbs_of(lead)
    do(services.close_lead, lead, because="duplicate")
    assert do(services.copy_link, lead) is Result.OVER
    do(services.reopen_lead, lead)
    link.refresh_from_db()
    assert link.revoked_at == scene.clock()


def test_a_payer_that_was_typed_can_be_named(lead, do):
    assert do(services.name_payer, lead, payer="nobody") is Result.UNKNOWN_PAYER
    assert do(services.name_payer, lead, payer="basin") is Result.DONE
    assert lead.payer_code == "basin"


def test_without_an_audit_row_nothing_changes(lead, do, monkeypatch):
    monkeypatch.setattr("moonlit.leads.services.worklist.record", lambda *_, **__: 1 / 0)
    for verb, more in ((services.mark_contacted, {}), (services.note, {"text": "Hello"})):
        with pytest.raises(ZeroDivisionError):
            do(verb, lead, **more)
    assert (Lead.objects.get().status, LeadNote.objects.count()) == ("pending", 0)


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_one_lead_one_wins(scene, lead, user):
    from moonlit.audit.actor import Actor

    start, people = Barrier(2), [user("Dora Front"), user("Rae Reception")]

    def press(person):
        try:
            start.wait(10)
            actor = Actor("staff", str(person.pk))
            return services.assign(lead.pk, version=1, to=person.pk, actor=actor, now=scene.clock())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(press, people))
    assert sorted(results) == [Result.CHANGED_MEANWHILE, Result.DONE]
    lead.refresh_from_db()
    assert lead.assigned_to_id == people[results.index(Result.DONE)].pk
