"""Rules 8: a lead becomes a visit through its own link, otherwise because staff say so."""

from datetime import date, timedelta

import pytest

from moonlit.audit.actor import PUBLIC
from moonlit.audit.models import AuditEvent
from moonlit.booking.models import Appointment
from moonlit.booking.services import advance, request_booking
from moonlit.ehr.port import PersonDetails
from moonlit.leads import services
from moonlit.leads.models import Lead, LeadLink, LeadMatch
from moonlit.leads.queries import one_lead
from moonlit.leads.services import Result, convert
from moonlit.leads.services.convert import MOST_MATCHES
from moonlit.people.inputs import BookerInput
from moonlit.platform.testing import run_pending
from moonlit.worklist.models import Task
from tests.support.people import a_request, patient

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 3, 6)
SOMEBODY = PersonDetails("Ira", "Elsewhere", date(1980, 1, 1), email="ira@example.org")


@pytest.fixture
def ask(scene, monkeypatch):
    """Asks for the nine o'clock on Friday; `through`: by the link of this lead."""
    from moonlit.platform import clock

    monkeypatch.setattr(clock, "now", scene.clock)
    scene.open("71", FRIDAY, "09:00", "10:00")
    scene.sync()

    def asked(through=None, hour=16, **changes):
        start = scene.clock().replace(day=6, hour=hour, minute=0)
        accepted = request_booking(a_request(start, now=scene.clock(), **changes), actor=PUBLIC, now=scene.clock())
        if through is not None:
            services.booked_through_link(through.pk, accepted.appointment, now=scene.clock())
        return accepted.appointment

    return asked


@pytest.fixture
def settle(scene):
    """Has the EHR answer, and everybody hear of it."""

    def settled(appointment):
        advance(appointment, clock=scene.clock)
        run_pending()

    return settled


def quill(**changes):
    return patient(email="quill@example.org", **changes)


def match_tasks(lead, state="open"):
    return Task.objects.filter(kind="lead_match", subject=f"lead:{lead.pk}", state=state)


def test_a_visit_booked_through_the_link_converts_the_lead_when_it_is_booked(scene, leave, ask, settle, desk):
    lead = leave()
    services.copy_link(lead.pk, actor=desk, now=scene.clock())
    services.follow_up(lead.pk, version=1, on=scene.clock().date(), actor=desk, now=scene.clock())
    services.open_follow_ups(now=scene.clock())
    visit = ask(through=lead, patient=quill())
    lead.refresh_from_db()
    assert lead.status == "pending", "nothing is booked yet"
    settle(visit)
    lead.refresh_from_db()
    assert (lead.status, lead.appointment) == ("converted", visit)
    assert not LeadLink.objects.filter(revoked_at=None).exists()
    assert not Task.objects.filter(subject=f"lead:{lead.pk}", state="open").exists()
    row = AuditEvent.objects.get(verb="leads:lead:converted")
    assert (row.subject, row.facts) == (f"lead:{lead.pk}", {"appointment": str(visit), "how": "link"})


def test_a_link_that_was_passed_on_is_a_question_for_staff_and_the_lead_waits(scene, leave, ask, settle, desk):
    lead = leave()
    visit = ask(through=lead, patient=patient(email="another@example.org"))
    settle(visit)
    services.appointment_booked(visit, now=scene.clock())
    lead.refresh_from_db()
    match = LeadMatch.objects.get()
    assert (lead.status, match.state, match.settled_at) == ("pending", "open", None)
    assert match_tasks(lead).count() == 1
    (row,) = one_lead(lead.pk, actor=desk).matches
    assert row.through_link
    assert services.confirm_match(match.pk, actor=desk, now=scene.clock()) is Result.DONE
    lead.refresh_from_db()
    assert (lead.status, lead.appointment) == ("converted", visit)


@pytest.mark.parametrize(
    "people",
    [
        {"patient": patient(email=None, phone="801-555-0199")},
        {"booked_by": BookerInput(kind="parent", name="Ora Quill", phone="801-555-0199", messages_to="booker")},
    ],
)
def test_either_contact_of_either_person_says_that_the_link_was_not_passed_on(leave, ask, settle, people):
    lead = leave(phone="801-555-0199")
    settle(ask(through=lead, **people))
    assert Lead.objects.get(pk=lead.pk).status == "converted"


def test_after_the_link_of_a_lead_that_is_over_nobody_is_asked_anything(scene, leave, ask, settle, desk):
    lead = leave()
    visit = ask(through=lead, patient=patient(email="another@example.org"))
    services.close_lead(lead.pk, version=1, because="duplicate", actor=desk, now=scene.clock())
    settle(visit)
    assert not match_tasks(lead).exists()


def test_a_visit_that_could_not_be_had_leaves_the_lead_waiting_and_the_next_one_converts_it(scene, leave, ask, settle):
    lead = leave()
    lost = ask(through=lead, patient=quill())
    scene.ehr.staff_book("17103060900", scene.ehr.add_patient(SOMEBODY))
    settle(lost)
    scene.clock.forward(minutes=3)  # the time is kept while a late request could still land (rules 4.5)
    settle(lost)
    lead.refresh_from_db()
    assert Appointment.objects.get(pk=lost).state == "lost"
    assert (lead.status, lead.appointment) == ("pending", None)
    second = ask(through=lead, hour=17, patient=quill())
    settle(second)
    lead.refresh_from_db()
    assert (lead.status, lead.appointment) == ("converted", second)


def test_the_same_contact_is_a_question_for_staff_and_no_answer(leave, ask, settle):
    lead, other = leave(), leave(email="rui@example.org")
    visit = ask(patient=quill())
    settle(visit)
    lead.refresh_from_db()
    match = LeadMatch.objects.get()
    assert (match.lead_id, match.appointment, match.state) == (lead.pk, visit, "open")
    assert lead.status == "pending"
    assert match_tasks(lead).count() == 1
    assert not match_tasks(other).exists()


@pytest.mark.parametrize(
    "people",
    [
        {"patient": patient(email=None, phone="801-555-0199")},
        {"booked_by": BookerInput(kind="case_manager", name="Ora Manager", phone="801-555-0199", messages_to="booker")},
    ],
)
def test_a_phone_number_and_the_person_who_books_count_as_well(leave, ask, settle, people):
    lead = leave(email=None, phone="801-555-0199", consent={})
    settle(ask(**people))
    assert match_tasks(lead).count() == 1


def test_of_many_leads_with_one_contact_staff_are_asked_about_the_first_few(scene, leave, ask, settle, monkeypatch):
    monkeypatch.setattr(convert, "MOST_MATCHES", 2)
    leads = []
    for name in ("Ada", "Bea", "Cyd"):
        leads.append(leave(preferred_name=name))
        scene.clock.forward(minutes=1)
    settle(ask(patient=quill()))
    assert [match_tasks(lead).count() for lead in leads] == [1, 1, 0], "who waits longest"
    assert 5 <= MOST_MATCHES <= 50, "a family at least, and what somebody can read through at most"


def test_told_twice_it_is_found_once(scene, leave, ask, settle):
    leave()
    visit = ask(patient=quill())
    settle(visit)
    services.appointment_booked(visit, now=scene.clock())
    assert (LeadMatch.objects.count(), Task.objects.filter(kind="lead_match").count()) == (1, 1)


def test_staff_confirm_and_the_lead_is_converted(scene, leave, ask, settle, desk):
    lead = leave()
    visit = ask(patient=quill())
    settle(visit)
    match = LeadMatch.objects.get()
    assert services.confirm_match(match.pk, actor=desk, now=scene.clock()) is Result.DONE
    assert services.confirm_match(match.pk, actor=desk, now=scene.clock()) is Result.CHANGED_MEANWHILE
    assert services.refuse_match(match.pk, actor=desk, now=scene.clock()) is Result.CHANGED_MEANWHILE
    lead.refresh_from_db()
    match.refresh_from_db()
    assert (lead.status, lead.appointment, match.settled_by) == ("converted", visit, desk.id)
    assert match_tasks(lead, "closed").get().outcome == "done"


def test_staff_refuse_and_the_lead_goes_on_waiting(scene, leave, ask, settle, desk):
    lead = leave()
    visit = ask(patient=quill())
    settle(visit)
    assert services.refuse_match(LeadMatch.objects.get().pk, actor=desk, now=scene.clock()) is Result.DONE
    lead.refresh_from_db()
    assert (lead.status, lead.appointment) == ("pending", None)
    assert not match_tasks(lead).exists()
    services.appointment_booked(visit, now=scene.clock())
    assert not match_tasks(lead).exists(), "the same visit is not asked about again"


def test_a_match_of_a_lead_that_is_over_can_not_be_confirmed_and_comes_back_with_the_lead(
    scene, leave, ask, settle, desk
):
    lead = leave()
    settle(ask(patient=quill()))
    match = LeadMatch.objects.get()
    services.close_lead(lead.pk, version=1, because="duplicate", actor=desk, now=scene.clock())
    assert not match_tasks(lead).exists()
    assert services.confirm_match(match.pk, actor=desk, now=scene.clock()) is Result.OVER
    match.refresh_from_db()
    assert match.state == "open"
    services.reopen_lead(lead.pk, version=2, actor=desk, now=scene.clock())
    assert match_tasks(lead).count() == 1
    assert services.confirm_match(match.pk, actor=desk, now=scene.clock()) is Result.DONE


def test_nobody_is_invited_while_staff_have_yet_to_answer(scene, leave, ask, settle, desk):
    lead = leave(payer="basin", reason="credentialing_in_progress")
    settle(ask(patient=quill(first_name="bartholomew")))
    services.judge_waiting(now=scene.clock())
    lead.refresh_from_db()
    assert (lead.invitable_at, lead.invited_at) == (scene.clock(), None)
    services.refuse_match(LeadMatch.objects.get().pk, actor=desk, now=scene.clock())
    scene.clock.forward(hours=1)
    services.judge_waiting(now=scene.clock())
    lead.refresh_from_db()
    assert lead.invited_at == scene.clock()


def test_a_visit_in_another_name_keeps_nobody_from_the_invitation(scene, leave, ask, settle):
    lead = leave(payer="basin", reason="credentialing_in_progress")
    settle(ask(patient=quill(first_name="Mallory", last_name="Planted")))
    services.judge_waiting(now=scene.clock())
    lead.refresh_from_db()
    assert lead.invited_at == scene.clock()
    assert match_tasks(lead).count() == 1


@pytest.mark.parametrize("name", ["Bartholomew", None])
def test_an_unanswered_question_keeps_nobody_waiting_for_longer_than_three_days(scene, leave, ask, settle, name):
    lead = leave(payer="basin", reason="credentialing_in_progress", preferred_name=name)
    settle(ask(patient=quill(first_name="Bartholomew")))
    first = scene.clock()
    scene.clock.forward(hours=71)
    settle(ask(patient=quill(first_name="Bartholomew", last_name="Again"), hour=17))
    services.judge_waiting(now=scene.clock())
    assert Lead.objects.get(pk=lead.pk).invited_at is None
    scene.clock.forward(hours=1)
    services.judge_waiting(now=scene.clock())
    assert Lead.objects.get(pk=lead.pk).invited_at == first + timedelta(hours=72), "another visit begins no new wait"


def test_a_converted_lead_is_neither_invited_nor_matched(scene, leave, ask, settle, desk):
    lead = leave(payer="basin", reason="credentialing_in_progress")
    settle(ask(through=lead, patient=quill()))
    settle(ask(patient=quill(last_name="Other"), hour=17))
    services.judge_waiting(now=scene.clock())
    lead.refresh_from_db()
    assert (lead.status, lead.invited_at) == ("converted", None)
    assert not LeadMatch.objects.filter(state="open").exists()
    assert services.send_invitation_now(lead.pk, version=lead.version, actor=desk, now=scene.clock()) is Result.OVER


def test_a_cancelled_visit_does_not_bring_the_lead_back(leave, ask, settle):
    lead = leave()
    visit = ask(through=lead, patient=quill())
    settle(visit)
    Appointment.objects.filter(pk=visit).update(state="cancelled")
    run_pending()
    assert Lead.objects.get(pk=lead.pk).status == "converted"
