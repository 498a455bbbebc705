"""The link of an invitation: the insurance it carries, nothing about the person, and a booking that is the lead's."""

import re
from datetime import timedelta

import pytest

from moonlit.audit.actor import Actor
from moonlit.leads import services as leads
from moonlit.leads.inputs import LeadInput
from moonlit.leads.models import Lead, LeadMatch
from moonlit.leads.services import create_lead
from moonlit.leads.services.links import revoke_booking_links
from moonlit.platform.testing import run_pending
from moonlit.widget.models import Draft
from moonlit.widget.tests.test_about_and_check import TOWN_ZOE
from moonlit.widget.tests.test_booking_path import lantern  # noqa: F401  a fixture
from moonlit.widget.tests.visitor import WHO

STAFF = Actor("staff", "7")
ABOUT_QUILL = {
    "email": "quill@example.org",
    "preferred_name": "Bartholomew",
    "payer": "selecthealth",
    "reason": "credentialing_in_progress",
    "criteria": {"visit_type": "intake", "modality": "telehealth", "patient_state": "UT", "visit_language": "es"},
}


@pytest.fixture
def invited(town):
    """A lead, and the address of its link."""

    def made(**changes):
        given = LeadInput.model_validate(ABOUT_QUILL | changes)
        lead = create_lead(given, actor=STAFF, now=town.clock())
        token = leads.copy_link(lead, actor=STAFF, now=town.clock())
        return Lead.objects.get(pk=lead), f"/book/i/{token}"

    return made


def test_the_link_opens_with_the_insurance_chosen_and_creates_nothing(visitor, invited):
    _, link = invited()
    visitor.go(link)
    visitor.go(link)
    assert "You chose SelectHealth" in visitor.text
    assert "We take this insurance. We will check your plan before your visit." in visitor.text
    assert not Draft.objects.exists()
    assert visitor.response["X-Robots-Tag"] == "noindex, nofollow"


def test_a_forwarded_link_tells_nothing_about_the_person(visitor, invited):
    lead, link = invited()
    visitor.go(link)
    for secret in ("Bartholomew", "quill", "801-555-01", "Utah", "Spanish", str(lead.pk)):
        assert secret not in visitor.body.replace("801-555-0100", "")
    visitor.press(payer="selecthealth")
    assert visitor.page == "who"
    for secret in ("Bartholomew", "quill", str(lead.pk), link.rpartition("/")[2]):
        assert secret not in visitor.body


def test_what_is_booked_through_it_makes_the_lead_a_visit(visitor, invited):
    lead, link = invited()
    visitor.go(link).press(payer="selecthealth").press(**WHO)
    visitor.press(start=visitor.times()[0], provider="").press(**TOWN_ZOE)
    draft = Draft.objects.get(identified=True)
    assert draft.lead == lead.pk, "choosing a time leads on to a new draft"
    visitor.press()
    match = LeadMatch.objects.get()
    assert (match.lead_id, match.state, match.settled_by) == (lead.pk, "confirmed", "link")
    assert match.appointment == Draft.objects.get(identified=True).appointment
    assert Lead.objects.get(pk=lead.pk).status == "pending", "not yet booked"


def test_a_try_that_failed_keeps_the_lead(visitor, invited, town):
    from moonlit.widget import services

    lead, link = invited()
    visitor.go(link).press(payer="selecthealth").press(**WHO)
    visitor.press(start=visitor.times()[0], provider="")
    services.give_back(Draft.objects.get(identified=True), now=town.clock())
    assert Draft.objects.get(identified=True).lead == lead.pk


def test_another_insurance_or_none_may_be_chosen_there(visitor, invited):
    lead, link = invited()
    visitor.go(f"{link}?q=emi")
    assert "You chose" not in visitor.text
    visitor.press(link, payer="emi-health")
    assert visitor.page == "pay"
    assert Draft.objects.get().lead == lead.pk
    visitor.go(link).press(link, self_pay="1")
    assert visitor.page == "who"


def test_a_wrong_press_stays_on_the_page_and_keeps_what_was_chosen(visitor, invited):
    _, link = invited()
    visitor.go(link).press(payer="no-such-payer")
    assert visitor.status == 422
    assert "You chose SelectHealth" in visitor.text
    assert not Draft.objects.exists()


def test_self_pay_is_no_button_beside_medicaid(visitor, invited):
    _, link = invited(payer="weber-hs")
    assert "Pay myself" not in visitor.go(link).text
    assert "We cannot book visits with this insurance today." in visitor.text


def test_who_pays_himself_goes_on_so(visitor, invited):
    lead, link = invited(payer=None, reason="no_times_available", criteria={"self_pay": True})
    assert "You pay yourself." in visitor.go(link).text
    visitor.press(self_pay="1")
    assert visitor.page == "who"
    assert Draft.objects.get().lead == lead.pk


def test_a_payer_that_was_only_typed_is_chosen_anew(visitor, invited):
    _, link = invited(payer=None, payer_name="Quill Family Plan", reason="payer_unlisted")
    visitor.go(link)
    assert "Quill" not in visitor.body
    assert "You chose" not in visitor.text


def test_in_spanish_it_is_the_same_link(visitor, invited):
    _, link = invited()
    visitor.go(f"/es{link}")
    assert '<html lang="es"' in visitor.body
    assert f'action="/es{link}"' in visitor.body
    assert not Draft.objects.exists()
    visitor.press(payer="selecthealth")
    assert visitor.path.startswith("/es/book/d/")


@pytest.mark.parametrize("end", ["expired", "wrong"])
def test_a_link_that_has_ended_leads_calmly_to_the_front_door(visitor, invited, town, end):
    _, link = invited()
    if end == "expired":
        town.clock.forward(days=60)
    else:
        link = "/book/i/nothing"
    visitor.go(link)
    assert visitor.status == 404
    assert "This link has ended" in visitor.text
    assert 'href="/book"' in visitor.body
    visitor.press(link, payer="selecthealth")
    assert (visitor.status, Draft.objects.count()) == (404, 0)


@pytest.mark.parametrize("over", [{"status": "closed"}, {"status": "converted"}])
def test_whoever_has_the_link_cannot_see_by_it_that_the_lead_is_over(visitor, invited, town, over):
    lead, link = invited()
    before = page_behind(visitor, link)
    Lead.objects.filter(pk=lead.pk).update(**over)
    revoke_booking_links(lead.pk, now=town.clock())
    assert page_behind(visitor, link) == before
    visitor.press(payer="selecthealth")
    assert visitor.page == "who"
    assert Draft.objects.get().lead is None, "it is no booking of the lead's any more"
    town.clock.forward(days=60)
    assert visitor.go(link).status == 404


def test_a_link_that_was_taken_back_stays_dead_when_the_lead_waits_again(visitor, invited, town):
    lead, link = invited()
    leads.close_lead(lead.pk, version=1, because="mistake", actor=STAFF, now=town.clock())
    leads.reopen_lead(lead.pk, version=2, actor=STAFF, now=town.clock())
    visitor.go(link).press(payer="selecthealth")
    assert Draft.objects.get().lead is None


def page_behind(visitor, link):
    """Status and body, without what is another for each request."""
    visitor.go(link)
    return visitor.status, re.sub(r'(value|nonce)="[A-Za-z0-9_+/=-]{20,}"', "", visitor.body)


def test_a_link_that_ends_while_somebody_types_lets_him_finish(visitor, invited, town):
    lead, link = invited()
    visitor.go(link).press(payer="selecthealth").press(**WHO)
    visitor.press(start=visitor.times()[0], provider="").press(**TOWN_ZOE)
    leads.close_lead(lead.pk, version=1, because="mistake", actor=STAFF, now=town.clock() + timedelta(minutes=1))
    visitor.press()
    assert "/book/s/" in visitor.path
    assert not LeadMatch.objects.exists()


def test_the_booking_that_the_ehr_took_converts_the_lead(lantern, monkeypatch):  # noqa: F811
    """The whole way, from the link to "booked"."""
    from moonlit.widget.tests.visitor import ZOE, Visitor

    lead = create_lead(
        LeadInput.model_validate(ABOUT_QUILL | {"payer": "alpine", "criteria": None, "email": ZOE["email"]}),
        actor=STAFF,
        now=lantern.clock(),
    )
    token = leads.copy_link(lead, actor=STAFF, now=lantern.clock())
    visitor = Visitor()
    visitor.go(f"/book/i/{token}").press(payer="alpine").press(**WHO)
    visitor.press(start=visitor.times()[0], provider="").press(**ZOE)
    visitor.press()
    run_pending()
    row = Lead.objects.get(pk=lead)
    assert (row.status, row.appointment) == ("converted", LeadMatch.objects.get().appointment)
    assert visitor.go(f"/book/i/{token}").status == 200
