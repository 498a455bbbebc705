from django.db import connection
from django.test.utils import CaptureQueriesContext

from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb
from moonlit.dashboard.paging import ROWS
from moonlit.dashboard.tests.reading import page
from moonlit.leads.models import Lead
from moonlit.people.services import email_index


def test_the_list_says_who_waits_why_and_for_what(staff, leave):
    leave(phone="801-555-0177", insurance_effective_date="2026-05-01")
    text = page(staff, "/staff/leads")
    assert "Inés (801) 555-0177 ines@example.org Out of network Fri, May 1, 2026 Faraway Mutual" in text


def test_the_list_is_audited_with_the_leads_it_showed(staff, leave):
    lead = leave()
    page(staff, "/staff/leads")
    assert AuditEvent.objects.get(verb=Verb.LEAD_LISTED).facts == {"leads": [str(lead)], "status": "waiting"}


def test_what_there_is_to_do_narrows_the_list(desk, staff, leave):
    lead = leave()
    for todo, when, words in (
        ("due", {"follow_up_date": "2026-03-02"}, "follow-up due since March 2"),
        ("book", {"invitable_at": desk.clock()}, "can book now"),
    ):
        assert "Inés" not in page(staff, f"/staff/leads?todo={todo}")
        Lead.objects.filter(pk=lead).update(**when)
        text = page(staff, f"/staff/leads?todo={todo}")
        assert "Inés" in text
        assert words in text


def test_a_follow_up_of_tomorrow_is_not_due(staff, leave):
    leave()
    Lead.objects.update(follow_up_date="2026-03-03")
    assert "No follow-up is due" in page(staff, "/staff/leads?todo=due")
    assert "follow-up on March 3" in page(staff, "/staff/leads")


def test_the_list_is_narrowed_to_mine_and_to_nobodys(staff, leave):
    leave()
    assert "Inés" in page(staff, "/staff/leads?assignee=nobody")
    assert "No lead fits" in page(staff, "/staff/leads?assignee=me")
    Lead.objects.update(assigned_to=staff.session["_auth_user_id"])
    assert "Inés" in page(staff, "/staff/leads?assignee=me")
    assert "No lead fits" in page(staff, "/staff/leads?assignee=nobody")


def test_the_list_stands_in_the_order_that_was_chosen(desk, staff, leave):
    leave(preferred_name="Anton")
    desk.clock.forward(minutes=1)
    leave(preferred_name="Berta", email="b@example.org")
    Lead.objects.filter(email_index=email_index("b@example.org")).update(follow_up_date="2026-03-09")
    orders = {
        order: page(staff, f"/staff/leads?sort={order}").index("Anton")
        < page(staff, f"/staff/leads?sort={order}").index("Berta")
        for order in ("oldest", "newest", "follow_up")
    }
    assert orders == {"oldest": True, "newest": False, "follow_up": False}


def test_somebody_is_found_by_the_exact_contact_only(staff, leave):
    leave(phone="801-555-0177")
    Lead.objects.update(status="closed")
    for typed in ("ines@example.org", " INES@example.org", "801-555-0177", "(801) 5550177"):
        answer = staff.post("/staff/leads", {"contact": typed})
        assert "Inés" in answer.content.decode(), typed
    assert "Nobody with this contact" in staff.post("/staff/leads", {"contact": "other@example.org"}).content.decode()


def test_what_is_no_contact_finds_nobody_and_says_so(staff, leave):
    leave()
    for typed in ("", "ines", "ines@", "555", "\x00", "x" * 500):
        answer = staff.post("/staff/leads", {"contact": typed})
        assert answer.status_code == 422, typed
        assert "whole e-mail address" in answer.content.decode()
        assert "Inés" not in answer.content.decode()


def test_a_filter_that_is_none_is_said_and_not_obeyed(staff, leave):
    leave()
    for name in ("status", "reason", "assignee", "todo", "sort"):
        text = page(staff, f"/staff/leads?{name}=x")
        assert "There is no such" in text, name
        assert "Inés" in text, name


def test_fifty_leads_take_no_more_queries_than_one(staff, leave, django_assert_num_queries):
    leave()
    with CaptureQueriesContext(connection) as few:
        staff.get("/staff/leads")
    for number in range(50):
        leave(email=f"p{number}@example.org")
    with django_assert_num_queries(len(few)):
        staff.get("/staff/leads")


def test_the_list_shows_who_waits_unless_told_otherwise(staff, leave):
    leave()
    Lead.objects.update(status="contacted")
    assert "Nobody waits for an answer" in page(staff, "/staff/leads?status=pending")
    assert "Inés" in page(staff, "/staff/leads")
    assert "Inés" in page(staff, "/staff/leads?status=contacted")
    assert "Inés" in page(staff, "/staff/leads?status=")
    assert "No lead has this status" in page(staff, "/staff/leads?status=closed")


def test_no_lead_at_all_is_said(staff):
    assert "Nobody has left a request yet" in page(staff, "/staff/leads?status=")


def test_a_long_list_comes_in_pages(staff, leave):
    for number in range(ROWS + 1):
        leave(email=f"p{number}@example.org")
    assert f"1 to {ROWS} of {ROWS + 1}" in page(staff, "/staff/leads")
    assert staff.get("/staff/leads?page=7")["Location"] == "/staff/leads?page=2"
