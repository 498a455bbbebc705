"""Staff settle visits whose coverage changed: before and after side by side, nothing changed without them."""

from datetime import date, timedelta

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment, VisitReview
from moonlit.booking.services import redecide_next
from moonlit.coverage.models import ProviderPayer, Supervision
from moonlit.dashboard.tests.reading import page
from moonlit.notifications.services import stop_contact
from moonlit.people.models import Patient
from moonlit.platform.policy import Role
from moonlit.platform.testing import run_pending
from moonlit.practice.services import changing_facts
from moonlit.staff.testing import signed_in_client

FRIDAY = date(2026, 3, 6)


def change(desk, queryset, **values):
    with changing_facts(Verb.COVERAGE_CHANGED, actor=SYSTEM, subject="contract:1"):
        queryset.update(**values)
    redecide_next(now=desk.clock())


@pytest.fixture
def ends(desk):
    """Ada's contract with the payer ends the day before the visits."""

    def end():
        contract = ProviderPayer.objects.filter(provider=desk.providers["71"], payer__code="alpine")
        change(desk, contract, end_date=FRIDAY - timedelta(days=1))

    return end


@pytest.fixture
def proposal(desk, book):
    """The resident's visit at eleven gets Bea as supervisor instead of Ada."""
    visit = book(11, confirmed=True)
    redecide_next(now=desk.clock())
    ada = ProviderPayer.objects.get(provider=desk.providers["71"], payer__code="alpine")
    ProviderPayer.objects.create(
        provider=desk.providers["73"], payer=ada.payer, status="active", effective_date=ada.effective_date,
        confirmed_by="letter", confirmed_on=ada.confirmed_on,
    )  # fmt: skip
    change(desk, Supervision.objects.all(), supervisor=desk.providers["73"])
    return VisitReview.objects.get(appointment=visit)


def test_without_changes_the_page_says_that_all_is_well(staff, desk):
    assert "Every booked visit is still covered." in page(staff, "/staff/changes")
    assert "Every booked visit is billed as the facts of today say." in page(staff, "/staff/changes?kind=proposal")


def test_a_lost_visit_is_shown_with_its_reasons_and_who_looked_is_written_down(desk, staff, book, ends):
    book(confirmed=True)
    redecide_next(now=desk.clock())
    ends()
    text = page(staff, "/staff/changes")
    assert "Zoë Ñandú-O'Leary" in text
    assert "The contract has ended by then." in text
    assert "Direct Alpine Health Plan renders: Ada Attending" in text
    assert AuditEvent.objects.filter(verb=Verb.BOOKING_LISTED, subject="reviews").count() == 1


def test_a_proposal_shows_before_and_after_and_is_applied_by_one_press(staff, proposal):
    text = page(staff, "/staff/changes")
    assert "supervises: Ada Attending" in text
    assert "supervises: Bea Second" in text
    answer = staff.post(f"/staff/changes/{proposal.pk}", {"do": "apply"}, follow=True)
    assert "billed the new way" in answer.content.decode()
    visit = Appointment.objects.get(pk=proposal.appointment_id)
    assert visit.supervisor.first_name == "Bea"
    again = staff.post(f"/staff/changes/{proposal.pk}", {"do": "apply"}, follow=True)
    assert "Nothing was changed" in again.content.decode()


def test_a_dismissed_proposal_leaves_the_visit_alone(staff, proposal):
    staff.post(f"/staff/changes/{proposal.pk}", {"do": "dismiss"})
    assert Appointment.objects.get(pk=proposal.appointment_id).supervisor.first_name == "Ada"
    assert "Every booked visit is billed" in page(staff, "/staff/changes?kind=proposal")


@pytest.mark.parametrize("do", ["", "burn"])
def test_an_unknown_wish_changes_nothing(staff, proposal, do):
    staff.post(f"/staff/changes/{proposal.pk}", {"do": do})
    proposal.refresh_from_db()
    assert proposal.state == "open"


def test_visits_already_held_are_reached_from_their_task(desk, staff, book, ends):
    book(confirmed=True)
    redecide_next(now=desk.clock())
    desk.clock.forward(days=7)
    redecide_next(now=desk.clock())
    ends()
    assert "/staff/changes?kind=past" in staff.get("/staff/tasks").content.decode()
    assert "Looked at" in page(staff, "/staff/changes?kind=past")


@pytest.mark.parametrize("role", [Role.PROVIDER, Role.AUDITOR])
def test_roles_without_the_verb_neither_see_nor_settle(proposal, role):
    client = signed_in_client(role)
    assert client.get("/staff/changes").status_code == 404
    assert client.post(f"/staff/changes/{proposal.pk}", {"do": "apply"}).status_code == 404
    proposal.refresh_from_db()
    assert proposal.state == "open"


class TestAskingThePatient:
    def test_one_press_asks_and_the_page_says_when(self, staff, proposal):
        assert "Ask the patient" in page(staff, "/staff/changes?kind=proposal")
        answer = staff.post(f"/staff/changes/{proposal.pk}", {"do": "ask"}, follow=True)
        assert "we write to the patient to call or choose another time" in answer.content.decode()
        text = page(staff, "/staff/changes?kind=proposal")
        assert "The patient was asked to call" in text
        assert "Ask the patient" not in text
        assert "Bill it this way" in text, "it is still to be settled"

    def test_a_lost_visit_too_but_none_already_held(self, desk, staff, book, ends):
        book(confirmed=True)
        redecide_next(now=desk.clock())
        ends()
        assert "Ask the patient" in page(staff, "/staff/changes?kind=lost")
        VisitReview.objects.update(kind="past")
        assert "Ask the patient" not in page(staff, "/staff/changes?kind=past")

    def test_a_second_press_and_a_patient_nobody_may_write_to_are_said(self, staff, proposal):
        Patient.objects.update(email=None, phone=None)
        answer = staff.post(f"/staff/changes/{proposal.pk}", {"do": "ask"}, follow=True)
        assert "Nothing was sent" in answer.content.decode()
        proposal.refresh_from_db()
        assert proposal.told_at is None

    def test_when_nobody_could_be_told_the_row_says_why(self, desk, staff, proposal):
        patient = proposal.appointment.patient
        for channel, contact in (("email", patient.email), ("sms", patient.phone)):
            stop_contact(channel, contact, "staff", "", actor=SYSTEM, now=desk.clock())
        staff.post(f"/staff/changes/{proposal.pk}", {"do": "ask"})
        run_pending(desk.clock())
        text = page(staff, "/staff/changes?kind=proposal")
        assert "Nothing is sent to this contact any more. The patient was told nothing: please call." in text
        assert "The patient was asked to call" not in text

    @pytest.mark.parametrize("role", [Role.PROVIDER, Role.AUDITOR])
    def test_only_who_may_settle_may_ask(self, proposal, role):
        assert signed_in_client(role).post(f"/staff/changes/{proposal.pk}", {"do": "ask"}).status_code == 404
        proposal.refresh_from_db()
        assert proposal.told_at is None
