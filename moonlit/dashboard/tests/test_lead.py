"""One lead, and what staff do about it."""

from uuid import uuid4

import pytest

from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb
from moonlit.dashboard.tests.reading import page
from moonlit.leads.models import Lead, LeadMatch, LeadNote
from moonlit.leads.queries import lead_by_token
from moonlit.platform.policy import Role
from moonlit.staff.models import User
from moonlit.staff.testing import make_staff

CONSENT = {"email": True, "sms": False, "version": "2026-01"}


@pytest.fixture
def lead(leave):
    return leave(consent=CONSENT)


def change(client, lead, do, version=1, **typed):
    return client.post(f"/staff/leads/{lead}/change", {"do": do, "version": version, **typed})


def said(answer):
    return " ".join(answer.content.decode().replace("&#x27;", "'").split())


def me(client):
    return User.objects.get(pk=client.session["_auth_user_id"])


def test_one_lead_shows_every_answer_and_is_audited(staff, leave):
    lead = leave(
        payer="alpine",
        payer_name=None,
        for_someone_else=True,
        language="es",
        consent=CONSENT,
        criteria={"visit_type": "intake", "patient_state": "UT", "interpreter_accepted": True, "employer": "Weavers"},
    )
    text = page(staff, f"/staff/leads/{lead}")
    for told in (
        "Inés",
        "ines@example.org",
        "Language Spanish",
        "May we send e-mail yes",
        "May we send text messages no",
        "Agreed Mon, March 2, 2026, 9:00 AM MST on another page",
        "version of the words: 2026-01",
        "For somebody else",
        "Why it is a lead Out of network",
        "Insurance Alpine Health Plan",
        "Kind of visit intake",
        "Accepts an interpreter yes",
        "Employer Weavers",
        "Nothing can be booked with this yet",
        "What happened Left",
    ):
        assert told in text, told
    assert AuditEvent.objects.get(verb=Verb.LEAD_READ).subject == f"lead:{lead}"


def test_looking_changes_nothing(staff, lead):
    before = Lead.objects.values().get()
    page(staff, f"/staff/leads/{lead}")
    assert Lead.objects.values().get() == before


def test_a_lead_is_marked_as_contacted_in_one_press(staff, lead):
    assert change(staff, lead, "contacted")["Location"] == f"/staff/leads/{lead}"
    assert Lead.objects.get().status == "contacted"
    assert "Saved: the lead is now “Contacted”" in page(staff, f"/staff/leads/{lead}")
    row = AuditEvent.objects.get(verb=Verb.LEAD_CONTACTED)
    assert (row.actor_kind, row.subject) == ("staff", f"lead:{lead}")


def test_a_lead_is_closed_with_its_reason_and_taken_up_again(staff, lead):
    change(staff, lead, "close", because="not_interested")
    assert Lead.objects.get().closed_because == "not_interested"
    text = page(staff, f"/staff/leads/{lead}")
    assert "Closed No longer interested" in text
    assert "Mark as contacted" not in text
    change(staff, lead, "reopen", version=2)
    assert (Lead.objects.get().status, Lead.objects.get().closed_because) == ("pending", "")


def test_a_lead_is_not_closed_without_a_reason_of_the_list(staff, lead):
    for because in ("", "bored", "x" * 300):
        answer = change(staff, lead, "close", because=because)
        assert answer.status_code == 422, because
        assert "Please choose why the lead is closed" in said(answer)
    assert Lead.objects.get().status == "pending"


def test_who_takes_a_lead_is_chosen_in_one_press_or_from_the_list(staff, lead):
    change(staff, lead, "take")
    assert Lead.objects.get().assigned_to == me(staff)
    other = User.objects.get(pk=make_staff(Role.SCHEDULER).user_id)
    change(staff, lead, "assign", version=2, to=str(other.pk))
    assert Lead.objects.get().assigned_to == other
    change(staff, lead, "assign", version=3, to="")
    assert Lead.objects.get().assigned_to is None
    text = page(staff, f"/staff/leads/{lead}")
    assert "given to Odalys Fairbourne" in text
    assert "given to nobody" in text


def test_only_who_may_work_on_leads_can_be_chosen(staff, lead):
    auditor = make_staff(Role.AUDITOR).user_id
    assert f'value="{auditor}"' not in staff.get(f"/staff/leads/{lead}").content.decode()


def test_a_lead_is_not_given_to_nobody_one_knows(staff, lead):
    for to in ("me", "17", "x" * 50, str(uuid4())):
        answer = change(staff, lead, "assign", to=to)
        assert answer.status_code == 422, to
        assert "Nobody of this name works here" in said(answer)


def test_a_day_to_come_back_to_it_is_set_and_taken_away(staff, lead):
    change(staff, lead, "follow_up", on="2026-03-09")
    assert "follow-up on March 9" in page(staff, f"/staff/leads/{lead}")
    assert "follow-up on Mon, March 9, 2026" in page(staff, f"/staff/leads/{lead}")
    change(staff, lead, "follow_up", version=2, on="")
    assert Lead.objects.get().follow_up_date is None
    assert "no follow-up" in page(staff, f"/staff/leads/{lead}")


def test_a_day_that_is_none_or_over_is_said_and_kept(staff, lead):
    for on, told in (("2026-03-01", "over already"), ("soon", "not a date"), ("2026-02-30", "not a date")):
        answer = change(staff, lead, "follow_up", on=on)
        assert answer.status_code == 422, on
        assert told in said(answer)
        assert f'value="{on}"' in said(answer)
    assert Lead.objects.get().follow_up_date is None


def test_notes_are_added_never_overwritten(staff, lead):
    change(staff, lead, "note", note="Called, no answer.\r\nTry mornings.")
    change(staff, lead, "note", note="Reached <her>.")
    text = page(staff, f"/staff/leads/{lead}")
    assert "Reached &lt;her&gt;." in text
    assert "Called, no answer. Try mornings." in text
    assert "Odalys Fairbourne, Mon, March 2, 2026" in text
    assert "no answer" not in str(AuditEvent.objects.filter(verb=Verb.LEAD_NOTED).values("facts"))


def test_an_empty_or_endless_note_is_said_and_kept(staff, lead):
    for note in ("", "   ", "x" * 2001):
        answer = change(staff, lead, "note", note=note)
        assert answer.status_code == 422, len(note)
        assert "at most 2000 characters" in said(answer)
        assert note.strip() in said(answer)
    assert not LeadNote.objects.exists()


def test_the_insurance_that_was_meant_is_said(staff, lead):
    assert "Which insurance is “Faraway Mutual”?" in page(staff, f"/staff/leads/{lead}")
    change(staff, lead, "payer", payer="alpine")
    assert Lead.objects.get().payer_code == "alpine"
    assert "Which insurance is" not in page(staff, f"/staff/leads/{lead}")


def test_an_insurance_that_is_none_of_ours_is_refused(staff, lead):
    assert "none of our insurances" in said(change(staff, lead, "payer", payer="nonsense"))


def test_who_comes_second_hears_it_overwrites_nothing_and_keeps_what_was_typed(staff, lead):
    change(staff, lead, "take")
    answer = change(staff, lead, "close", version=1, because="duplicate")
    assert answer.status_code == 409
    assert "Somebody else changed this lead while you looked at it" in said(answer)
    assert '<option value="duplicate" selected>' in said(answer)
    assert Lead.objects.get().status == "pending"
    assert not AuditEvent.objects.filter(verb=Verb.LEAD_CLOSED).exists()


def test_a_step_that_is_none_is_refused(staff, lead):
    for do in ("", "convert", "delete", "x" * 99):
        answer = change(staff, lead, do)
        assert answer.status_code == 422, do
        assert "Choose what to do with this lead" in said(answer)


def test_a_version_nobody_saw_changes_nothing(staff, lead):
    for version in ("", "0", "-1", "x", "٣", "9" * 30):
        assert change(staff, lead, "contacted", version=version).status_code == 409, version
    assert Lead.objects.get().status == "pending"


def test_what_cannot_be_done_with_a_lead_that_is_over_is_said(staff, lead):
    Lead.objects.update(status="converted")
    answer = change(staff, lead, "close", because="mistake")
    assert answer.status_code == 422
    assert "cannot be done with the lead as it stands" in said(answer)
    assert staff.post(f"/staff/leads/{lead}/link").status_code == 422


def test_a_converted_lead_leads_to_its_visit_and_offers_no_button(staff, lead, book):
    Lead.objects.update(status="converted", appointment=(visit := book()))
    html = staff.get(f"/staff/leads/{lead}").content.decode()
    assert f'href="/staff/appointments/{visit}"' in html
    assert 'name="do"' not in html.replace('name="do" value="note"', "")


def test_a_booking_link_is_shown_once(desk, staff, lead):
    answer = staff.post(f"/staff/leads/{lead}/link")
    token = answer.content.decode().split("/book/i/")[1].split('"')[0]
    assert lead_by_token(token, desk.clock()).lead == lead
    assert "/book/i/" not in staff.get(f"/staff/leads/{lead}").content.decode()
    assert "A booking link of theirs works until" in page(staff, f"/staff/leads/{lead}")
    assert token not in str(list(AuditEvent.objects.values_list("facts", flat=True)))
    assert answer["Cache-Control"] == "no-store"


def test_an_invitation_is_sent_once_and_with_consent_only(staff, leave):
    ours = {"reason": "minor", "payer": "alpine", "payer_name": None}
    willing = leave(consent=CONSENT, **ours)
    assert "Send the invitation" in page(staff, f"/staff/leads/{willing}")
    assert change(staff, willing, "invite").status_code == 302
    assert Lead.objects.get(pk=willing).invited_at is not None
    assert "Send the invitation" not in page(staff, f"/staff/leads/{willing}")
    assert "an invitation that still works" in said(change(staff, willing, "invite", version=2))
    unwilling = leave(email="b@example.org", **ours)
    answer = change(staff, unwilling, "invite")
    assert answer.status_code == 422
    assert "did not agree to e-mail or texts" in said(answer)
    assert "Send the invitation" not in page(staff, f"/staff/leads/{unwilling}")


def test_who_typed_an_insurance_is_not_invited_before_staff_say_which_it_is(staff, lead):
    answer = change(staff, lead, "invite")
    assert answer.status_code == 422
    assert "say first which insurance is meant" in said(answer)
    assert Lead.objects.get().invited_at is None


def test_an_invitation_is_not_sent_where_nothing_can_be_booked(staff, leave):
    lead = leave(consent=CONSENT, payer="canyon", payer_name=None, reason="notify_when_open")
    answer = change(staff, lead, "invite")
    assert answer.status_code == 422
    assert "Nothing can be booked yet with this insurance" in said(answer)
    assert Lead.objects.get(pk=lead).invited_at is None


@pytest.mark.parametrize(
    ("do", "state", "status"), [("confirm", "confirmed", "converted"), ("refuse", "refused", "pending")]
)
def test_a_visit_that_may_be_theirs_is_decided_on(desk, staff, lead, book, do, state, status):
    match = LeadMatch.objects.create(lead_id=lead, appointment=book(), found_at=desk.clock())
    text = page(staff, f"/staff/leads/{lead}")
    assert "Somebody with the same contact booked a visit on Fri, March 6, 2026" in text
    assert "may have booked: please check" in page(staff, "/staff/leads")
    change(staff, lead, do, match=str(match.pk))
    assert LeadMatch.objects.get().state == state
    assert Lead.objects.get().status == status
    assert "Is this visit theirs?" not in page(staff, f"/staff/leads/{lead}")
    assert change(staff, lead, do, match=str(match.pk)).status_code == 409


def test_a_visit_through_a_link_that_was_passed_on_is_asked_about_as_such(desk, staff, lead, book):
    LeadMatch.objects.create(lead_id=lead, appointment=book(), found_at=desk.clock(), settled_by="link")
    text = page(staff, f"/staff/leads/{lead}")
    assert "booked through this lead's link" in text
    assert "Somebody with the same contact" not in text


def test_a_match_that_is_none_is_refused(staff, lead):
    assert [change(staff, lead, "confirm", match=match).status_code for match in ("", "17")] == [422, 422]


def test_a_lead_that_is_not_there_is_404(staff):
    for step in ("contacted", "take", "close", "reopen", "invite", "follow_up"):
        assert change(staff, uuid4(), step, because="mistake").status_code == 404, step
    assert change(staff, uuid4(), "note", note="x").status_code == 404
    assert staff.post(f"/staff/leads/{uuid4()}/link").status_code == 404
