from uuid import uuid4

import pytest

from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb
from moonlit.dashboard.paging import ROWS
from moonlit.dashboard.tests.reading import page
from moonlit.leads.models import Lead


def change(client, lead, old, new):
    return client.post(f"/staff/leads/{lead}/status", {"old": old, "new": new})


def test_the_list_says_who_waits_why_and_for_what(staff, leave):
    leave(phone="801-555-0177", insurance_effective_date="2026-05-01")
    text = page(staff, "/staff/leads")
    assert "Inés (801) 555-0177 ines@example.org Out of network Fri, May 1, 2026 Faraway Mutual" in text


def test_the_list_is_audited_with_the_leads_it_showed(staff, leave):
    lead = leave()
    page(staff, "/staff/leads")
    assert AuditEvent.objects.get(verb=Verb.LEAD_LISTED).facts == {"leads": [str(lead)], "status": "pending"}


def test_the_list_shows_who_waits_unless_told_otherwise(staff, leave):
    leave()
    Lead.objects.update(status="contacted")
    assert "Nobody waits for an answer" in page(staff, "/staff/leads")
    assert "Inés" in page(staff, "/staff/leads?status=contacted")
    assert "Inés" in page(staff, "/staff/leads?status=")
    assert "No lead has this status" in page(staff, "/staff/leads?status=closed")
    assert "There is no such status" in page(staff, "/staff/leads?status=lost")


def test_no_lead_at_all_is_said(staff):
    assert "Nobody has left a request yet" in page(staff, "/staff/leads?status=")


def test_a_long_list_comes_in_pages(staff, leave):
    for number in range(ROWS + 1):
        leave(email=f"p{number}@example.org")
    assert f"1 to {ROWS} of {ROWS + 1}" in page(staff, "/staff/leads")
    assert staff.get("/staff/leads?page=7")["Location"] == "/staff/leads?page=2"


def test_one_lead_shows_every_answer_and_is_audited(staff, leave):
    lead = leave(
        payer="alpine",
        payer_name=None,
        for_someone_else=True,
        language="es",
        consent={"email": True, "sms": False, "version": "2026-01"},
        criteria={"visit_type": "intake", "patient_state": "UT", "interpreter_accepted": True, "employer": "Weavers"},
    )
    text = page(staff, f"/staff/leads/{lead}")
    for told in (
        "Inés",
        "ines@example.org",
        "Language Spanish",
        "May we send e-mail yes",
        "May we send text messages no",
        "2026-01",
        "For somebody else",
        "Why it is a lead Out of network",
        "Insurance Alpine Health Plan",
        "Kind of visit intake",
        "Accepts an interpreter yes",
        "Employer Weavers",
        "Assigned to nobody",
    ):
        assert told in text, told
    assert AuditEvent.objects.get(verb=Verb.LEAD_READ).subject == f"lead:{lead}"


@pytest.mark.parametrize(("new", "verb"), [("contacted", Verb.LEAD_CONTACTED), ("closed", Verb.LEAD_CLOSED)])
def test_a_lead_is_set_in_one_press_and_the_page_says_so(staff, leave, new, verb):
    lead = leave()
    assert change(staff, lead, "pending", new)["Location"] == f"/staff/leads/{lead}"
    assert Lead.objects.get().status == new
    assert "Saved: the lead is now" in page(staff, f"/staff/leads/{lead}")
    row = AuditEvent.objects.get(verb=verb)
    assert (row.actor_kind, row.subject, row.facts) == ("staff", f"lead:{lead}", {"from": "pending", "to": new})


def test_a_closed_lead_can_be_taken_up_again(staff, leave):
    lead = leave()
    change(staff, lead, "pending", "closed")
    change(staff, lead, "closed", "contacted")
    assert Lead.objects.get().status == "contacted"


def test_who_comes_second_hears_it_and_overwrites_nothing(staff, leave):
    lead = leave()
    change(staff, lead, "pending", "closed")
    answer = change(staff, lead, "pending", "contacted")
    assert answer.status_code == 409
    assert "Somebody else changed this lead while you looked at it" in answer.content.decode()
    assert Lead.objects.get().status == "closed"
    assert not AuditEvent.objects.filter(verb=Verb.LEAD_CONTACTED).exists()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("pending", "converted"),
        ("pending", "pending"),
        ("converted", "closed"),
        ("pending", "gone"),
        ("", ""),
        ("x", "closed"),
    ],
)
def test_a_status_that_cannot_be_set_by_hand_is_refused(staff, leave, old, new):
    lead = leave()
    answer = change(staff, lead, old, new)
    assert answer.status_code == 422
    assert "cannot be set here" in answer.content.decode()
    assert Lead.objects.get().status == "pending"


def test_a_converted_lead_offers_no_button(staff, leave):
    lead = leave()
    Lead.objects.update(status="converted")
    assert "Mark as contacted" not in page(staff, f"/staff/leads/{lead}")


def test_a_lead_that_is_not_there_cannot_be_set(staff):
    assert change(staff, uuid4(), "pending", "closed").status_code == 404
