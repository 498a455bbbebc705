"""What is true and wanted is judged again each time a message is to leave (rules 4.11, 6.3, 6.4)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.audit.models import AuditEvent
from moonlit.booking.models import VisitReview
from moonlit.booking.queries import asked_again
from moonlit.leads.models import Lead
from moonlit.notifications.models import Message, StoppedContact
from moonlit.notifications.port import NotReached
from moonlit.notifications.services import (
    push,
    queue_lead_messages,
    queue_reply,
    queue_visit_message,
    resume_contact,
    stop_contact,
)
from moonlit.notifications.tests import scene
from moonlit.notifications.tests.scene import EMAIL, NOW, PHONE
from moonlit.people.models import Booker
from moonlit.people.services import email_index, phone_index
from moonlit.people.services.indexes import name_dob_index
from moonlit.practice.models import VisitType
from moonlit.worklist.models import Task

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def tell(visit, topic="appointment.booked", *, state="booked", now=NOW, **more):
    type(visit).objects.filter(pk=visit.pk).update(state=state)
    queue_visit_message(topic, visit.pk, 1, actor=SYSTEM, now=now, **more)
    return {row.channel: row.pk for row in Message.objects.all()}


def step(message_id, now=NOW):
    push(message_id, actor=SYSTEM, now=now)
    return Message.objects.get(pk=message_id)


def what_became(rows, now=NOW):
    return {(step(pk, now).state, step(pk, now).error) for pk in rows.values()}


def stop(channel, contact):
    stop_contact(channel, contact, StoppedContact.Reason.STAFF, "", actor=SYSTEM, now=NOW)


def nothing_left(vendors):
    return not any(vendor.calls for vendor in vendors.values())


def test_a_contact_that_was_stopped_meanwhile_gets_nothing(visit, vendors):
    rows = tell(visit)
    stop("sms", PHONE)
    stop("email", EMAIL)
    assert what_became(rows) == {("suppressed", "stopped_contact")}
    assert nothing_left(vendors)


def test_a_contact_that_was_changed_meanwhile_is_not_written_to_under_the_old_address(visit, vendors):
    rows = tell(visit)
    visit.patient.email, visit.patient.phone = "new@example.org", "+18015550199"
    visit.patient.save()
    assert what_became(rows) == {("suppressed", "recipient_changed")}
    assert nothing_left(vendors)


def test_who_booked_and_is_not_to_hear_any_more_hears_nothing(visit, vendors):
    Booker.objects.create(
        patient=visit.patient,
        appointment=visit.pk,
        kind="parent",
        name="Jo",
        email="jo@example.org",
        messages_to="booker",
    )
    rows = tell(visit)
    Booker.objects.update(messages_to="patient")
    assert what_became(rows) == {("suppressed", "recipient_changed")}


def test_a_request_that_was_answered_is_not_said_to_wait(visit, vendors):
    rows = tell(visit, "appointment.received", state="pending")
    type(visit).objects.update(state="booked")
    assert what_became(rows) == {("suppressed", "decided")}


def test_a_request_that_was_taken_back_is_not_said_to_wait(visit, vendors):
    rows = tell(visit, "appointment.received", state="submitting")
    type(visit).objects.update(withdrawn_at=NOW)
    assert what_became(rows) == {("suppressed", "superseded")}


def test_a_request_passed_on_to_another_clinician_still_waits(visit, vendors):
    rows = tell(visit, "appointment.received", state="pending")
    type(visit).objects.update(version=2)
    assert what_became(rows) == {("sent", "")}


@pytest.fixture
def intake():
    return VisitType.objects.create(
        code="intake",
        name={"en": "First visit"},
        family="medication",
        minutes=60,
        modalities=["telehealth"],
        new_patient=True,
    )


def ask_again(visit, visit_type, **more):
    """The same person asks once more, from scratch."""
    again = type(visit).objects.get(pk=visit.pk)
    again.pk, again.athena_appt_id, again.slot_ehr_id = uuid4(), None, "2"
    again.state, again.created_at, again.visit_type = "pending", NOW + MINUTE, visit_type
    person = visit.patient
    person.pk = uuid4()
    for name, value in more.items():
        setattr(person, name, value)
    person.save(force_insert=True)
    again.patient = person
    again.save(force_insert=True)
    return again


@pytest.fixture
def not_booked(visit, intake, vendors):
    """With the indexes by which a person is known again."""
    person = visit.patient
    person.name_dob_index = name_dob_index(person.first_name, person.last_name, person.date_of_birth)
    person.email_index = email_index(EMAIL)
    person.save()
    type(visit).objects.update(visit_type=intake)
    return tell(visit, "appointment.not_booked", state="lost", not_before=NOW + 10 * MINUTE)


def test_who_has_asked_again_meanwhile_is_not_told_of_the_first_try(visit, intake, not_booked, vendors):
    ask_again(visit, intake)
    assert what_became(not_booked, NOW + 10 * MINUTE) == {("suppressed", "rebooked")}
    assert nothing_left(vendors)


@pytest.mark.parametrize("other", [{"phone": "+18015550166"}, {"email": "mine@example.org"}, {"phone": None}])
def test_a_request_that_others_hear_of_leaves_the_first_one_true(visit, intake, not_booked, vendors, other):
    """Whoever knows a name, a birth date and one contact can ask in that name: the patient is told all the same."""
    known = {"email": email_index, "phone": phone_index}
    indexes = {f"{name}_index": known[name](value) if value else None for name, value in other.items()}
    ask_again(visit, intake, **other, **indexes)
    assert what_became(not_booked, NOW + 10 * MINUTE) == {("sent", "")}


def test_whoever_booked_both_is_not_told_of_the_first_try_but_another_booker_changes_nothing(
    visit, intake, not_booked, vendors
):
    again = ask_again(visit, intake)
    facts = {"kind": "case_manager", "name": "Jo", "email": "jo@example.org", "messages_to": "booker"}
    Booker.objects.create(patient=again.patient, appointment=again.pk, **facts)
    assert step(not_booked["sms"], NOW + 10 * MINUTE).state == "sent"
    Booker.objects.create(patient_id=type(visit).objects.get(pk=visit.pk).patient_id, appointment=visit.pk, **facts)
    assert asked_again(visit.pk)


def test_another_try_that_came_to_nothing_leaves_the_first_one_true(visit, intake, not_booked, vendors):
    again = ask_again(visit, intake)
    type(visit).objects.filter(pk=again.pk).update(state="failed")
    assert what_became(not_booked, NOW + 10 * MINUTE) == {("sent", "")}


def test_a_visit_of_another_kind_is_no_substitute(visit, not_booked, vendors):
    other = VisitType.objects.create(
        code="talk", name={"en": "Talk"}, family="talk", minutes=60, modalities=["telehealth"], new_patient=True
    )
    ask_again(visit, other)
    assert what_became(not_booked, NOW + 10 * MINUTE) == {("sent", "")}


def test_somebody_of_the_same_name_is_somebody_else(visit, intake, not_booked, vendors):
    others = {"email": "other@example.org", "email_index": email_index("other@example.org")}
    ask_again(visit, intake, **others, phone=None, phone_index=None)
    assert what_became(not_booked, NOW + 10 * MINUTE) == {("sent", "")}


def test_what_was_completed_meanwhile_is_not_asked_for(visit, vendors):
    rows = tell(visit, "appointment.to_complete")
    assert len(rows) == 2  # the address is missing
    visit.patient.address = {"line1": "1 Fictional Way", "city": "Provo", "state": "UT", "zip": "84601"}
    visit.patient.save()
    assert what_became(rows) == {("suppressed", "complete")}


def test_nobody_is_reminded_of_a_visit_that_is_being_cancelled_until_that_came_to_nothing(visit, vendors):
    rows = tell(visit, "appointment.tomorrow")
    type(visit).objects.update(change="cancel")
    row = step(rows["email"])
    assert (row.state, row.error, row.next_at) == ("queued", "being_changed", NOW + 10 * MINUTE)
    type(visit).objects.update(change="")
    assert step(rows["email"], NOW + 10 * MINUTE).state == "sent"
    type(visit).objects.update(state="cancelled")
    assert step(rows["sms"], NOW + 10 * MINUTE).error == "superseded"
    assert [vendor.calls for vendor in vendors.values()] == [1, 0]


def test_a_change_that_lasts_until_the_reminder_is_of_no_use_drops_it(visit, vendors):
    rows = tell(visit, "appointment.tomorrow")
    type(visit).objects.update(change="move")
    row = step(rows["email"], visit.start - 4 * HOUR - 5 * MINUTE)
    assert (row.state, row.error) == ("suppressed", "too_late")


def test_a_reminder_held_up_by_its_vendor_until_too_late_is_given_up_but_never_sent(visit, vendors):
    vendors["sendgrid"].script = [NotReached("connection_not_made")]
    rows = tell(visit, "appointment.tomorrow")
    assert step(rows["email"]).state == "queued"
    row = step(rows["email"], visit.start - 4 * HOUR)
    assert (row.state, row.error) == ("failed", "too_late")
    assert Task.objects.get().subject == f"appointment:{visit.pk}"
    assert not vendors["sendgrid"].taken


@pytest.mark.parametrize(("place", "home"), [("UT", "NY"), ("NY", "UT")])
def test_a_patient_who_lives_elsewhere_sleeps_there_too(visit, vendors, place, home):
    type(visit).objects.update(place_state=place)
    visit.patient.state = home
    visit.patient.save()
    evening = datetime(2026, 12, 2, 3, tzinfo=UTC)  # 20:00 in Denver, 22:00 in New York
    morning = datetime(2026, 12, 2, 15, tzinfo=UTC)  # 08:00 in Denver
    rows = tell(visit, now=evening)
    assert Message.objects.get(channel="sms").next_at == morning
    assert step(rows["email"], evening).state == "sent"
    Message.objects.update(next_at=evening)
    assert step(rows["sms"], evening).next_at == morning


def test_a_reminder_that_could_only_ring_at_night_is_dropped(visit, vendors):
    rows = tell(visit, "appointment.tomorrow")
    row = step(rows["sms"], datetime(2026, 12, 2, 5, tzinfo=UTC))  # 22:00; 8:00 would be beyond its window
    assert (row.state, row.error) == ("suppressed", "too_late")
    assert AuditEvent.objects.filter(verb="messages:message:withheld").count() == 1


@pytest.mark.parametrize(("state", "became"), [("open", ("sent", "")), ("dismissed", ("suppressed", "settled"))])
def test_a_patient_is_not_asked_about_what_staff_have_settled_meanwhile(visit, vendors, state, became):
    review = VisitReview.objects.create(appointment=visit, kind="lost", before={}, found_at=NOW, told_at=NOW)
    queue_visit_message("appointment.proposal", visit.pk, 1, actor=SYSTEM, now=NOW, occasion=review.pk)
    VisitReview.objects.update(state=state)
    assert what_became({row.channel: row.pk for row in Message.objects.all()}) == {became}


# leads


def lead_rows(lead, topic="lead.created", version=0):
    queue_lead_messages(topic, lead.pk, actor=SYSTEM, now=NOW, version=version)
    return {row.channel: row.pk for row in Message.objects.filter(audience="lead")}


@pytest.mark.parametrize("status", ["closed", "converted"])
@pytest.mark.parametrize("topic", ["lead.created", "lead.invitable"])
def test_a_lead_that_is_over_hears_nothing(practice, vendors, status, topic):
    rows = lead_rows(scene.lead(invited_at=NOW), topic)
    Lead.objects.update(status=status)
    assert what_became(rows) == {("suppressed", f"lead_{status}")}


def test_a_lead_that_took_its_consent_back_hears_nothing(practice, vendors):
    rows = lead_rows(scene.lead(invited_at=NOW), "lead.invitable")
    Lead.objects.update(consent={"email": False, "sms": False})
    assert what_became(rows) == {("suppressed", "no_consent")}


def test_an_invitation_whose_ground_is_gone_is_withheld_and_the_lead_goes_on_waiting(practice, vendors, monkeypatch):
    lead = scene.lead(invited_at=NOW, invitable_at=NOW)
    rows = lead_rows(lead, "lead.invitable")
    monkeypatch.setattr("moonlit.notifications.services.withhold.still_invitable", lambda *_: False)
    assert step(rows["email"]).error == "not_open"
    lead.refresh_from_db()
    assert lead.invited_at == NOW  # the text may still go
    assert step(rows["sms"]).error == "not_open"
    lead.refresh_from_db()
    assert (lead.invited_at, lead.invitable_at) == (None, None)
    assert nothing_left(vendors)


def test_an_invitation_that_one_channel_has_carried_counts(practice, vendors, monkeypatch):
    lead = scene.lead(invited_at=NOW)
    rows = lead_rows(lead, "lead.invitable")
    assert step(rows["email"]).state == "sent"
    monkeypatch.setattr("moonlit.notifications.services.withhold.still_invitable", lambda *_: False)
    assert step(rows["sms"]).error == "not_open"
    lead.refresh_from_db()
    assert lead.invited_at == NOW


def test_a_text_to_a_lead_that_comes_due_at_night_waits(practice, vendors):
    rows = lead_rows(scene.lead())
    night = datetime(2026, 12, 2, 5, tzinfo=UTC)
    assert step(rows["sms"], night).next_at == datetime(2026, 12, 2, 15, tzinfo=UTC)
    assert step(rows["email"], night).state == "sent"


# answers to a text


def answer(what, *, now=NOW):
    queue_reply(uuid4(), PHONE, what, "en", until=now + timedelta(hours=1), now=now)
    return Message.objects.get().pk


@pytest.mark.parametrize(("what", "state"), [("stopped", "sent"), ("help", "sent"), ("free", "suppressed")])
def test_a_stopped_number_is_told_that_it_is_and_whom_to_ask_and_nothing_else(practice, vendors, what, state):
    stop("sms", PHONE)
    row = step(answer(what), datetime(2026, 12, 1, 18, tzinfo=UTC))
    assert row.state == state


def test_who_said_start_after_stop_is_not_told_that_it_was_stopped(practice, vendors):
    stop("sms", PHONE)
    pk = answer("stopped")
    resume_contact("sms", PHONE, actor=SYSTEM, now=NOW)
    assert (step(pk).state, step(pk).error) == ("suppressed", "superseded")


def test_an_answer_rings_at_any_hour(practice, vendors):
    night = datetime(2026, 12, 2, 9, tzinfo=UTC)
    assert step(answer("help", now=night), night).state == "sent"
