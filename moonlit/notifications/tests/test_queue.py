"""Which messages an event promises, to whom, and when they may ring (rules 6.2-6.4, 4.11)."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.notifications.models import Message, Notice
from moonlit.notifications.services import queue_lead_messages, queue_visit_message
from moonlit.notifications.tests.scene import EMAIL, NOW, PHONE
from moonlit.people.models import Booker, Consent
from moonlit.platform.outbox import emit
from moonlit.platform.testing import run_pending
from moonlit.worklist.models import Task

pytestmark = pytest.mark.django_db


def promised():
    return {(row.channel, row.recipient): row for row in Message.objects.all()}


def confirm(visit, *, version=1, now=NOW):
    queue_visit_message("appointment.booked", visit.pk, version, actor=SYSTEM, now=now)


def test_a_booked_visit_promises_one_email_and_one_text(visit):
    confirm(visit)
    assert set(promised()) == {("email", EMAIL), ("sms", PHONE)}
    for row in promised().values():
        assert (row.state, row.kind, row.subject, row.subject_version) == ("queued", "confirmation", str(visit.pk), 1)
        assert row.next_at == NOW


def test_the_same_event_promises_nothing_twice(visit):
    confirm(visit)
    confirm(visit)
    assert Message.objects.count() == 2


def test_a_new_version_is_a_new_promise(visit):
    confirm(visit)
    visit.version = 2
    visit.save()
    confirm(visit, version=2)
    assert Message.objects.count() == 4


@pytest.mark.parametrize("state", ["cancelled", "moved", "lost", "pending", "unknown"])
def test_nothing_is_promised_about_a_visit_that_is_not_booked(visit, state):
    visit.state = state
    visit.save()
    confirm(visit)
    assert not promised()


def test_nothing_is_promised_about_a_version_that_died(visit):
    confirm(visit, version=7)
    assert not promised()


@pytest.mark.parametrize("owner", ["ehr", "none"])
def test_a_kind_that_we_do_not_own_is_left_to_its_owner(visit, practice, owner):
    practice.message_owners = {"confirmation": owner}
    practice.save()
    confirm(visit)
    assert not promised()


@pytest.mark.parametrize("state", ["refused", "revoked", "to_be_signed"])
def test_there_is_no_text_without_consent(visit, state):
    Consent.objects.update(state=state)
    confirm(visit)
    assert set(promised()) == {("email", EMAIL)}


def test_a_booker_who_wants_the_messages_gets_them_and_nobody_else(visit):
    Booker.objects.create(
        patient=visit.patient,
        appointment=visit.pk,
        kind="case_manager",
        name="Jo",
        email="jo@example.org",
        messages_to="booker",
    )
    confirm(visit)
    assert set(promised()) == {("email", "jo@example.org")}
    Booker.objects.update(messages_to="both")
    Message.objects.all().delete()
    Notice.objects.all().delete()
    confirm(visit)
    assert set(promised()) == {("email", "jo@example.org"), ("email", EMAIL), ("sms", PHONE)}


def test_staff_are_asked_to_tell_somebody_whom_no_message_can_reach(visit):
    visit.patient.email = None
    visit.patient.save()
    Consent.objects.all().delete()
    confirm(visit)
    task = Task.objects.get()
    assert (task.kind, task.subject, task.team) == ("message_failed", f"appointment:{visit.pk}", "front_desk")


def test_a_text_booked_at_night_waits_for_the_morning_and_the_email_does_not(visit):
    night = datetime(2026, 12, 2, 5, tzinfo=UTC)  # 22:00 in Denver
    confirm(visit, now=night)
    rows = promised()
    assert rows["email", EMAIL].next_at == night
    assert rows["sms", PHONE].next_at == datetime(2026, 12, 2, 15, tzinfo=UTC)


def test_a_text_into_a_state_of_two_zones_waits_for_the_later_morning(visit):
    visit.place_state = "ID"
    visit.save()
    confirm(visit, now=datetime(2026, 12, 1, 15, 30, tzinfo=UTC))  # 8:30 in Boise, 7:30 in Coeur d'Alene
    assert promised()["sms", PHONE].next_at == datetime(2026, 12, 1, 16, tzinfo=UTC)


def test_the_event_of_a_booking_leads_to_both_messages(visit, vendors, clock_at_now):
    emit("appointment.booked", visit.pk, version=1)
    run_pending(NOW)
    assert {row.state for row in Message.objects.all()} == {"sent"}
    assert [len(vendor.taken) for vendor in vendors.values()] == [1, 1]


def test_a_lead_alerts_the_front_desk_once(practice):
    lead = uuid4()
    for _ in range(2):
        queue_lead_messages("lead.created", lead, actor=SYSTEM, now=NOW)
    row = Message.objects.get()
    assert (row.kind, row.recipient, row.subject) == ("lead_alert", "desk@example.org", str(lead))


def test_a_practice_without_a_front_desk_address_gets_no_alert(practice):
    practice.staff_emails = {}
    practice.save()
    queue_lead_messages("lead.created", uuid4(), actor=SYSTEM, now=NOW)
    assert not promised()
