"""What staff see of leads: found by what they ask for, in a constant number of statements, and on record."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from moonlit.audit.models import AuditEvent
from moonlit.leads import services
from moonlit.leads.models import Lead, LeadMatch
from moonlit.leads.queries import Assignee, Sort, Wanted, lead_by_token, list_leads, one_lead

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)


@pytest.fixture
def found(desk):
    def names(**wanted):
        rows, total = list_leads(actor=desk, wanted=Wanted(**wanted))
        assert total == len(rows)
        return [row.name for row in rows]

    return names


@pytest.fixture
def three(scene, leave, desk, user):
    """Ada waits, is the desk's, due and invitable; Bea is contacted and Rae's; Cyd is closed."""
    rows = {}
    for number, name in enumerate(("Ada", "Bea", "Cyd")):
        rows[name] = leave(preferred_name=name, email=f"{name.lower()}@example.org", phone=f"801-555-010{number}")
        scene.clock.forward(minutes=1)
    version, now = {"version": 1, "actor": desk}, scene.clock()
    services.assign(rows["Ada"].pk, to=desk.id, now=now, **version)
    services.mark_contacted(rows["Bea"].pk, now=now, **version)
    services.close_lead(rows["Cyd"].pk, because="mistake", now=now, **version)
    Lead.objects.filter(pk=rows["Ada"].pk).update(follow_up_date=TODAY, invitable_at=now, opens_on=TODAY)
    Lead.objects.filter(pk=rows["Bea"].pk).update(
        assigned_to=user("Rae Reception"), payer_code="basin", reason="language_request", invitable_at=now,
        invited_at=now,
    )  # fmt: skip
    Lead.objects.filter(pk=rows["Cyd"].pk).update(follow_up_date=TODAY, invitable_at=now)
    return rows


WANTED = [
    ({}, ["Ada", "Bea", "Cyd"]),
    ({"status": "pending"}, ["Ada"]),
    ({"status": "waiting"}, ["Ada", "Bea"]),
    ({"status": "closed"}, ["Cyd"]),
    ({"reason": "language_request"}, ["Bea"]),
    ({"payer": "basin"}, ["Bea"]),
    ({"assignee": Assignee.ME}, ["Ada"]),
    ({"assignee": Assignee.NOBODY}, ["Cyd"]),
    ({"due_by": TODAY}, ["Ada"]),
    ({"due_by": TODAY - timedelta(days=1)}, []),
    ({"invitable": True}, ["Ada"]),
    ({"contact": "BEA@example.org "}, ["Bea"]),
    ({"contact": "(801) 555-0102"}, ["Cyd"]),
    ({"contact": "bea"}, []),
    ({"contact": "@"}, []),
    ({"sort": Sort.NEWEST}, ["Cyd", "Bea", "Ada"]),
    ({"sort": Sort.FOLLOW_UP}, ["Ada", "Cyd", "Bea"]),
    ({"sort": Sort.OPENS}, ["Ada", "Bea", "Cyd"]),
]


def test_staff_find_leads_by_what_they_ask_for(three, found):
    for wanted, names in WANTED:
        assert found(**wanted) == names, wanted


def test_a_list_costs_the_same_however_long_it_is(three, leave, desk):
    def statements():
        with CaptureQueriesContext(
            connection,
        ) as run:
            list_leads(actor=desk)
        return len(run)

    statements()
    before = statements()
    for number in range(5):
        leave(email=f"more{number}@example.org")
    assert statements() == before


def test_a_row_says_what_the_list_shows(three, desk):
    (ada, bea, _), _ = list_leads(actor=desk)
    assert (ada.assignee, ada.follow_up_date, ada.opens_on, ada.may_write) == ("Dana Desk", TODAY, TODAY, True)
    assert (ada.payer, ada.payer_code, ada.version, ada.invited_at) == ("Canyon Medicaid", "canyon", 2, None)
    assert (bea.assignee, bea.status, bea.has_open_match) == ("Rae Reception", "contacted", False)


def test_one_lead_shows_what_happened_and_who_did_it(scene, leave, desk, user):
    lead, rae = leave(), user("Rae Reception")
    services.assign(lead.pk, version=1, to=rae.pk, actor=desk, now=scene.clock())
    services.note(lead.pk, text="Called.", actor=desk, now=scene.clock())
    token = services.copy_link(lead.pk, actor=desk, now=scene.clock())
    LeadMatch.objects.create(lead=lead, appointment=lead.pk, found_at=scene.clock())
    one_lead(lead.pk, actor=desk)
    detail = one_lead(lead.pk, actor=desk, now=scene.clock())
    assert [(note.text, note.by) for note in detail.notes] == [("Called.", "Dana Desk")]
    assert [(step.verb, step.by) for step in detail.history] == [
        ("leads:lead:created", ""),
        ("leads:lead:changed", "Dana Desk"),
        ("leads:lead:noted", "Dana Desk"),
        ("leads:link:minted", "Dana Desk"),
    ]
    assert detail.history[1].names[detail.history[1].facts["assignee"]] == "Rae Reception"
    assert [(match.state, match.visit_date) for match in detail.matches] == [("open", None)]
    assert detail.row.has_open_match
    assert detail.link_until == scene.clock() + timedelta(days=60)
    assert AuditEvent.objects.filter(verb="leads:lead:read", subject=f"lead:{lead.pk}").count() == 2
    everything = " ".join(str(event.facts) for event in AuditEvent.objects.all())
    assert not any(secret in everything for secret in (token, "Called.", "quill"))


def test_a_link_opens_the_payer_and_nothing_about_the_person(scene, leave, desk):
    lead = leave(payer="basin", criteria={"self_pay": False, "patient_state": "UT"})
    token = services.copy_link(lead.pk, actor=desk, now=scene.clock())
    opened = lead_by_token(token, scene.clock())
    assert (opened.lead, opened.payer, opened.self_pay) == (lead.pk, "basin", False)
    assert lead_by_token(token[:-1] + "!", scene.clock()) is None
    scene.clock.forward(days=60)
    assert lead_by_token(token, scene.clock()) is None


def test_a_link_of_somebody_who_pays_himself_says_so(scene, leave, desk):
    lead = leave(payer=None, reason="no_times_available", criteria={"self_pay": True})
    token = services.copy_link(lead.pk, actor=desk, now=scene.clock())
    assert lead_by_token(token, scene.clock()).self_pay
