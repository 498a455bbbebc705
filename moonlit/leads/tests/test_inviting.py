"""When staff may invite a lead, and what the program leaves to them."""

from datetime import timedelta

import pytest

from moonlit.coverage.queries import facts
from moonlit.leads import services
from moonlit.leads.inviting import contacts_with_consent
from moonlit.leads.queries import lead_contact, list_leads, one_lead
from moonlit.leads.services import Result
from moonlit.leads.services.waiting import _is_news

pytestmark = pytest.mark.django_db


@pytest.fixture
def invite(scene, desk):
    def invited(lead):
        lead.refresh_from_db()
        return services.send_invitation_now(lead.pk, version=lead.version, actor=desk, now=scene.clock())

    return invited


@pytest.fixture
def stands(scene, desk):
    return lambda lead: one_lead(lead.pk, actor=desk, now=scene.clock()).invitation_stands


def test_an_invitation_stands_until_its_links_have_ended(scene, leave, desk, invite, stands):
    lead = leave(reason="minor", payer="basin")
    services.copy_link(lead.pk, actor=desk, now=scene.clock())
    scene.clock.forward(minutes=1)
    assert not stands(lead), "a link that was read out is no invitation"
    assert invite(lead) is Result.DONE
    assert stands(lead), "it is on its way"
    services.copy_link(lead.pk, actor=desk, now=scene.clock())
    assert stands(lead)
    scene.clock.forward(days=60)
    assert not stands(lead)
    assert invite(lead) is Result.DONE


def test_who_typed_an_insurance_is_invited_once_staff_have_said_which_it_is(scene, leave, desk, invite):
    lead = leave(reason="payer_unlisted", payer=None, payer_name="Basin")
    assert invite(lead) is Result.PAYER_NOT_NAMED
    lead.refresh_from_db()
    assert lead.invited_at is None
    services.name_payer(lead.pk, version=lead.version, payer="canyon", actor=desk, now=scene.clock())
    assert invite(lead) is not Result.PAYER_NOT_NAMED


@pytest.mark.parametrize(
    ("phone", "consent", "written"),
    [
        (None, {"email": True, "version": "1"}, ("quill@example.org", "")),
        ("801-555-0142", {"sms": True, "version": "1"}, ("", "+18015550142")),
        (None, {"sms": True, "version": "1"}, ("", "")),
        ("801-555-0142", {}, ("", "")),
    ],
)
def test_sending_inviting_and_the_list_agree_on_where_we_may_write(leave, desk, invite, phone, consent, written):
    lead = leave(reason="minor", payer="basin", phone=phone, consent=consent)
    found = lead_contact(lead.pk)
    assert contacts_with_consent(lead) == (found.email, found.sms) == written
    (row,), _ = list_leads(actor=desk)
    assert row.may_write is any(written)
    assert (invite(lead) is Result.DONE) is any(written)


def test_a_first_day_that_has_come_is_no_news_and_another_one_is(scene):
    known, now = facts(), scene.clock()
    today = now.date()
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)
    assert not _is_news(yesterday, today, now, known), "it opened yesterday, so it is open today"
    assert not _is_news(today, today, now, known)
    assert _is_news(tomorrow, today, now, known)
    assert _is_news(today, tomorrow, now, known)
    assert _is_news(yesterday, tomorrow, now, known)
    assert _is_news(None, today, now, known)
