"""Every thing worth telling is decided once and written down, also when nobody is told (rules 6.2-6.4, 4.11)."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.notifications.models import Message, Notice, StoppedContact
from moonlit.notifications.services import (
    queue_lead_messages,
    queue_reply,
    queue_staff_alert,
    queue_visit_message,
    stop_contact,
)
from moonlit.notifications.staff_queries import Wanted, untold_count
from moonlit.notifications.tests import scene
from moonlit.notifications.tests.scene import EMAIL, NOW, PHONE
from moonlit.people.models import Booker, Consent
from moonlit.worklist.models import Task

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def tell(visit, topic="appointment.booked", *, version=1, now=NOW, **more):
    return queue_visit_message(topic, visit.pk, version, actor=SYSTEM, now=now, **more)


def promised():
    return {(row.audience, row.channel, row.recipient): row for row in Message.objects.all()}


def stop(channel, contact):
    stop_contact(channel, contact, StoppedContact.Reason.STAFF, "", actor=SYSTEM, now=NOW)


def decided(**which):
    row = Notice.objects.get(**which)
    return (row.outcome, row.why)


def test_a_promise_is_written_down_with_the_time_that_is_told(visit):
    assert tell(visit) == "promised"
    row = Notice.objects.get()
    assert (row.event, row.kind, row.subject) == (f"appointment.booked:{visit.pk}:1", "confirmation", str(visit.pk))
    assert (row.visit_start, row.outcome, row.decided_at) == (visit.start, "promised", NOW)
    assert {each.event for each in Message.objects.all()} == {row.event}


def test_what_was_decided_is_not_decided_again_whatever_has_changed(visit):
    Consent.objects.update(state="refused")
    tell(visit)
    Consent.objects.update(state="given")
    assert tell(visit) is None
    assert [row.channel for row in Message.objects.all()] == ["email"]


def test_the_hour_may_be_later(visit):
    tell(visit, not_before=NOW + HOUR)
    assert {row.next_at for row in Message.objects.all()} == {NOW + HOUR}
    assert {row.give_up_at for row in Message.objects.all()} == {NOW + 25 * HOUR}


def test_an_hour_that_has_passed_is_now(visit):
    tell(visit, not_before=NOW - HOUR)
    assert {row.next_at for row in Message.objects.all()} == {NOW}


def test_a_visit_that_has_begun_is_told_of_too_late(visit):
    assert tell(visit, now=visit.start) == "too_late"
    assert not promised()
    assert not Task.objects.exists()


def test_a_stopped_contact_is_promised_nothing_and_the_other_one_is(visit):
    stop("sms", PHONE)
    tell(visit)
    assert set(promised()) == {("patient", "email", EMAIL)}


def test_when_all_contacts_are_stopped_staff_are_asked_to_call(visit):
    stop("sms", PHONE)
    stop("email", EMAIL.upper())
    assert tell(visit) == "nobody"
    assert decided() == ("nobody", "stopped_contact")
    assert Task.objects.get().subject == f"appointment:{visit.pk}"


@pytest.mark.parametrize("topic", ["appointment.tomorrow", "appointment.join", "appointment.to_complete"])
def test_nobody_calls_for_a_reminder_that_reaches_nobody(visit, topic):
    stop("sms", PHONE)
    stop("email", EMAIL)
    assert tell(visit, topic) == "nobody"
    assert not Task.objects.exists()


def test_one_address_for_patient_and_booker_gets_one_message(visit):
    Booker.objects.create(
        patient=visit.patient, appointment=visit.pk, kind="parent", name="Jo", email=EMAIL.title(), messages_to="both"
    )
    tell(visit)
    assert set(promised()) == {("patient", "email", EMAIL), ("patient", "sms", PHONE)}


def test_who_booked_is_told_as_who_booked(visit):
    Booker.objects.create(
        patient=visit.patient,
        appointment=visit.pk,
        kind="case_manager",
        name="Jo",
        email="jo@example.org",
        messages_to="booker",
    )
    tell(visit)
    assert set(promised()) == {("booker", "email", "jo@example.org")}


def test_a_visit_made_in_the_ehr_without_contacts_is_nobodys_task(visit):
    type(visit).objects.update(patient=None)
    assert tell(visit) == "nobody"
    assert not Task.objects.exists()


@pytest.mark.parametrize(("language", "written_in"), [("es", "es"), ("es-MX", "es"), ("fr", "en"), ("en-US", "en")])
def test_the_page_language_is_spoken_once_its_words_are_published(visit, practice, language, written_in):
    visit.patient.language = language
    visit.patient.save()
    practice.published_languages = {"es": {"reviewer": "Perpetua Oyelaran", "on": "2026-12-01"}}
    practice.save()
    tell(visit)
    assert {row.language for row in Message.objects.all()} == {written_in}


def test_a_language_that_nobody_has_reviewed_is_not_spoken(visit, practice):
    visit.patient.language = "es"
    visit.patient.save()
    tell(visit)
    assert {row.language for row in Message.objects.all()} == {"en"}


# reminders


def remind(visit, topic, now):
    return queue_visit_message(topic, visit.pk, 1, actor=SYSTEM, now=now)


def test_a_reminder_whose_window_has_closed_is_dropped_in_everybodys_sight(visit):
    assert remind(visit, "appointment.in_3_days", NOW) == "too_late"
    assert decided() == ("too_late", "too_late")
    assert not promised()


def test_a_text_that_could_ring_only_after_its_window_is_written_down_as_withheld(visit):
    """The visit is at 9:00; at 22:00 the evening before the text would wait for 8:00, when the window has closed."""
    late = datetime(2026, 12, 2, 5, tzinfo=UTC)  # 22:00 in Denver, eleven hours before
    remind(visit, "appointment.tomorrow", late)
    text = Message.objects.get(channel="sms")
    assert (text.state, text.error, text.next_at) == ("suppressed", "too_late", None)
    assert Message.objects.get(channel="email").state == "queued"
    assert decided() == ("promised", "")


def test_when_that_was_all_there_was_the_decision_says_so(visit):
    visit.patient.email = None
    visit.patient.save()
    assert remind(visit, "appointment.tomorrow", datetime(2026, 12, 2, 5, tzinfo=UTC)) == "too_late"
    assert decided()[0] == "too_late"
    assert not Task.objects.exists()


@pytest.mark.parametrize("night", [datetime(2026, 11, 1, 5, tzinfo=UTC), datetime(2027, 3, 14, 5, tzinfo=UTC)])
def test_civil_hours_are_the_clocks_on_the_days_it_changes(visit, night):
    start = night + timedelta(days=2)
    type(visit).objects.update(start=start, end=start + HOUR)
    visit.refresh_from_db()
    tell(visit, now=night)
    rings = Message.objects.get(channel="sms").next_at
    assert rings.astimezone(scene.DENVER).hour == 8


# leads


def of_lead(lead, topic="lead.created", *, version=0, now=NOW):
    return queue_lead_messages(topic, lead.pk, actor=SYSTEM, now=now, version=version)


def test_a_lead_is_told_that_we_have_it_and_the_front_desk_that_it_waits(practice):
    lead = scene.lead()
    assert of_lead(lead) == "promised"
    assert of_lead(lead) is None
    assert {(row.kind, *key) for key, row in promised().items()} == {
        ("lead_alert", "staff", "email", "desk@example.org"),
        ("lead_received", "lead", "email", EMAIL),
        ("lead_received", "lead", "sms", PHONE),
    }


def test_a_lead_hears_only_over_channels_with_consent(practice):
    of_lead(scene.lead(consent={"email": False, "sms": True}))
    assert [row.channel for row in Message.objects.filter(kind="lead_received")] == ["sms"]


def test_a_lead_without_consent_is_left_to_the_front_desk(practice):
    lead = scene.lead(consent={})
    assert of_lead(lead) == "nobody"
    assert decided(kind="lead_received") == ("nobody", "no_consent")
    assert [row.kind for row in Message.objects.all()] == ["lead_alert"]
    assert not Task.objects.exists()


def test_texts_to_a_lead_wait_for_the_morning_of_its_state(practice):
    night = datetime(2026, 12, 2, 5, tzinfo=UTC)
    of_lead(scene.lead(criteria={"patient_state": "CA"}), now=night)
    assert Message.objects.get(channel="sms").next_at == datetime(2026, 12, 2, 16, tzinfo=UTC)  # 8:00 in California


def test_a_lead_that_may_be_invited_is_invited_once(practice):
    lead = scene.lead(invited_at=NOW)
    assert of_lead(lead, "lead.invitable", version=2) == "promised"
    assert of_lead(lead, "lead.invitable", version=2) is None
    assert {row.kind for row in Message.objects.all()} == {"lead_invitation"}
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"status": "closed"}, "lead_closed"),
        ({"status": "converted"}, "lead_converted"),
        ({"invited_at": None}, "not_open"),
    ],
)
def test_a_lead_that_waits_no_more_is_not_invited(practice, change, why):
    lead = scene.lead(**({"invited_at": NOW} | change))
    assert of_lead(lead, "lead.invitable", version=2) == "stale"
    assert decided() == ("stale", why)
    assert not promised()


def test_a_lead_that_can_be_booked_but_not_written_to_is_called(practice):
    lead = scene.lead(invited_at=NOW)
    stop("sms", PHONE)
    stop("email", EMAIL)
    assert of_lead(lead, "lead.invitable", version=2) == "nobody"
    assert Task.objects.get().subject == f"lead:{lead.pk}"


def test_a_lead_that_is_not_there_is_told_nothing(practice):
    assert queue_lead_messages("lead.invitable", uuid4(), actor=SYSTEM, now=NOW) == "stale"
    assert decided() == ("stale", "lead_gone")


def test_a_contact_hears_of_two_leads_a_day_and_the_front_desk_of_all(practice):
    outcomes = [of_lead(scene.lead(preferred_name=f"Nobody {number}")) for number in range(4)]
    assert outcomes == ["promised", "promised", "enough", "enough"]
    told = Message.objects.values_list("audience", "channel").order_by("audience", "channel")
    assert Counter(told) == {("lead", "email"): 2, ("lead", "sms"): 2, ("staff", "email"): 4}
    assert untold_count(Wanted()) == 2
    assert of_lead(scene.lead(), now=NOW + timedelta(hours=12)) == "promised"


def test_a_contact_that_has_room_is_told_beside_one_that_has_none(practice):
    for _ in range(2):
        of_lead(scene.lead(consent={"sms": True}))
    assert of_lead(scene.lead()) == "promised"
    assert Message.objects.filter(audience="lead", channel="email").count() == 1
    assert Message.objects.filter(audience="lead", channel="sms").count() == 2


def test_leads_left_for_a_stranger_do_not_eat_his_invitation_and_beyond_the_cap_he_is_called(practice):
    for _ in range(3):
        of_lead(scene.lead())
    invited = [scene.lead(invited_at=NOW) for _ in range(3)]
    assert [of_lead(lead, "lead.invitable", version=2) for lead in invited] == ["promised", "promised", "enough"]
    assert Task.objects.get(kind="message_failed").subject == f"lead:{invited[2].pk}"


# staff


def test_a_team_is_alerted_once_for_each_occasion(practice):
    practice.staff_emails = {"billing": "billing@example.org"}
    practice.save()
    assert queue_staff_alert("billing", "20261201T1700", now=NOW) == "promised"
    assert queue_staff_alert("billing", "20261201T1700", now=NOW) is None
    assert queue_staff_alert("billing", "20261201T1715", now=NOW) == "promised"
    assert [(row.kind, row.subject, row.recipient) for row in Message.objects.all()] == [
        ("staff_alert", "billing", "billing@example.org")
    ] * 2


def test_a_team_without_an_address_is_told_through_the_front_desk(practice):
    queue_staff_alert("clinical", "20261201T1700", now=NOW)
    assert Message.objects.get().recipient == "desk@example.org"


def test_a_practice_without_addresses_gets_no_alert_and_the_decision_says_so(practice):
    practice.staff_emails = {}
    practice.save()
    assert queue_staff_alert("clinical", "20261201T1700", now=NOW) == "nobody"
    assert decided() == ("nobody", "no_contact")


# answers to a text


def answer(what, *, reply=None, sender=PHONE, now=NOW):
    return queue_reply(reply or uuid4(), sender, what, "en", until=now + timedelta(hours=1), now=now)


def test_a_text_is_answered_once_at_any_hour(practice):
    reply, night = uuid4(), datetime(2026, 12, 2, 9, tzinfo=UTC)
    assert answer("help", reply=reply, now=night) == "promised"
    assert answer("help", reply=reply, now=night) is None
    row = Message.objects.get()
    assert (row.kind, row.audience, row.channel, row.recipient) == ("reply", "sender", "sms", PHONE)
    assert (row.subject, row.next_at) == (str(reply), night)


@pytest.mark.parametrize("what", ["free", "help", "started", "stopped"])
def test_two_machines_that_answer_each_other_come_to_an_end(practice, what):
    assert [answer(what) for _ in range(4)] == ["promised"] * 3 + ["enough"]
    assert answer("help" if what != "help" else "stopped") == "promised", "each has its own measure"
    assert answer(what, now=NOW + timedelta(hours=8)) == "promised"
    assert answer("free", sender="+18015550177") == "promised"
