"""Reminders found by looking at the visits: once for each start, in time or not at all (rules 6.2, 6.3)."""

import random
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from moonlit.booking.models import Appointment, AppointmentState
from moonlit.domain.reminders import Reminder, window
from moonlit.notifications.models import Message, Notice
from moonlit.notifications.services import remind, reminders
from moonlit.notifications.tests.scene import NOW
from moonlit.people.models import Patient
from moonlit.platform.crypto.fields import sealed

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
TOPICS = ["appointment.in_3_days", "appointment.tomorrow", "appointment.join"]


@pytest.fixture
def far(visit):
    """The visit, a video visit at 14:00 local ten days after it was booked."""
    return retime(visit, NOW + 10 * DAY + 4 * HOUR)


def retime(visit, start):
    visit.start, visit.end = start, start + HOUR
    visit.save(update_fields=["start", "end"])
    return visit


def told():
    """Topic -> outcome of its decision."""
    return {notice.event.partition(":")[0]: notice.outcome for notice in Notice.objects.all()}


def walk(*hours_before, start):
    for hours in hours_before:
        remind(now=start - timedelta(hours=hours))


def test_each_comes_once_in_its_hours_however_often_it_is_looked_for(far):
    walk(100, 73, start=far.start)
    assert told() == {}
    walk(72, 71.9, 50, start=far.start)
    assert told() == {"appointment.in_3_days": "promised"}
    walk(24, 23, 10, start=far.start)
    assert told() == dict.fromkeys(TOPICS[:2], "promised")
    walk(6, 5.9, 0.1, start=far.start)
    assert told() == dict.fromkeys(TOPICS, "promised")
    assert Message.objects.filter(channel="email").count() == 3


def test_what_an_outage_has_made_late_is_written_down_as_dropped(far):
    walk(3, start=far.start)
    assert told() == {
        "appointment.in_3_days": "too_late",
        "appointment.tomorrow": "too_late",
        "appointment.join": "promised",
    }


def test_nothing_is_said_about_a_visit_that_has_begun(far):
    walk(0, -1, start=far.start)
    assert told() == {}


def test_what_the_confirmation_has_just_told_is_not_repeated(visit):
    """Booked 23 hours before."""
    walk(23, 20, 1, start=visit.start)
    assert told() == {"appointment.in_3_days": "stale", "appointment.tomorrow": "stale", "appointment.join": "promised"}


def test_a_new_version_at_the_same_time_is_no_reason_to_remind_again(far):
    walk(70, start=far.start)
    Appointment.objects.update(version=2)
    walk(69, start=far.start)
    assert Notice.objects.count() == 1
    assert Message.objects.filter(channel="email").count() == 1


def test_a_visit_moved_in_place_is_reminded_of_its_new_time(far):
    walk(70, start=far.start)
    moved_at = far.start - 69 * HOUR
    retime(far, far.start + 5 * DAY)
    Appointment.objects.update(version=2)
    AppointmentState.objects.create(
        appointment=far, state="booked", problem="ehr_moved", actor_kind="system", at=moved_at
    )
    walk(71, start=far.start)
    assert sorted(Notice.objects.values_list("visit_start", flat=True)) == [far.start - 5 * DAY, far.start]


def test_the_hours_count_from_when_the_new_time_was_told(far):
    retime(far, NOW + 12 * DAY)
    told_at = far.start - 71 * HOUR
    AppointmentState.objects.create(
        appointment=far, state="booked", problem="ehr_moved", actor_kind="system", at=told_at
    )
    walk(70, start=far.start)
    assert told() == {"appointment.in_3_days": "stale"}


@pytest.mark.parametrize(
    "values",
    [
        {"state": "cancelled"},
        {"state": "moved"},
        {"state": "pending"},
        {"state": "checked_in"},
        {"change": "cancel"},
        {"change": "move"},
    ],
)
def test_nobody_is_reminded_of_what_will_not_be_or_is_being_changed(far, values):
    Appointment.objects.update(**values)
    walk(72, 24, 6, start=far.start)
    assert told() == {}


def test_the_link_is_for_video_visits_only(far):
    far.location.kind = "clinic"
    far.location.save()
    walk(72, 24, 6, start=far.start)
    assert set(told()) == set(TOPICS[:2])


@pytest.mark.parametrize("owner", ["ehr", "none"])
def test_reminders_of_another_owner_are_not_even_decided(far, practice, owner):
    practice.message_owners = {"reminder": owner}
    practice.save()
    walk(72, 24, 6, start=far.start)
    assert set(told()) == {"appointment.join"}


def test_one_visit_that_cannot_be_told_does_not_silence_the_others(far, monkeypatch, lines):
    other = Appointment.objects.get(pk=far.pk)
    other.pk, other.slot_ehr_id, other.athena_appt_id = uuid4(), "2", "2"
    other.start, other.end = far.start + HOUR, far.end + HOUR
    other.save(force_insert=True)
    real = reminders.queue_visit_message

    def refuses_the_first(topic, appointment_id, *args, **more):
        if appointment_id == far.pk:
            raise RuntimeError("pat@example.org")
        return real(topic, appointment_id, *args, **more)

    monkeypatch.setattr(reminders, "queue_visit_message", refuses_the_first)
    walk(70, start=far.start)
    assert set(Notice.objects.values_list("subject", flat=True)) == {str(other.pk)}
    said = lines()
    assert "error" in {line["level"] for line in said}
    assert "pat@example.org" not in str(said)


@pytest.mark.parametrize("seed", [pytest.param(seed, marks=pytest.mark.long if seed > 2 else ()) for seed in range(24)])
def test_whatever_the_clock_does_no_reminder_comes_twice_or_outside_its_hours(far, seed):
    """Small steps, outages, and a clock that jumps forward and back over the whole week, a change of version at times."""
    random_walk = random.Random(seed)
    now = far.start - 5 * DAY
    for _ in range(40):
        now += random_walk.choice([timedelta(minutes=1), HOUR, 9 * HOUR, -26 * HOUR, 30 * HOUR, -3 * HOUR])
        if random_walk.random() < 0.1:
            Appointment.objects.update(version=random_walk.randint(1, 10_000))
        remind(now=now)
    decided = list(Notice.objects.all())
    assert len({each.event.partition(":")[0] for each in decided}) == len(decided)
    for each in decided:
        if each.outcome == Notice.Outcome.PROMISED:
            topic = each.event.partition(":")[0].removeprefix("appointment.")
            hours = window(Reminder(topic), far.start, far.time_zone)
            assert hours.opens <= each.decided_at < hours.closes
    assert Message.objects.filter(channel="email").count() <= 3


class TestVisitsMadeInTheEhr:
    @pytest.fixture
    def imported(self, far):
        columns = {"origin": "ehr", "patient": None, "booked_at": NOW - 20 * DAY}
        chart = sealed(Appointment, far.pk, ehr_patient_id="5001")
        Appointment.objects.update(**columns, **chart)
        far.refresh_from_db()
        return far

    @pytest.fixture
    def asked(self, monkeypatch):
        found = []

        def ask(visit, *, now):
            found.append((visit, now))
            Appointment.objects.filter(pk=visit).update(contact_asked_at=now)

        monkeypatch.setattr(reminders, "ask_for_contact", ask)
        return found

    def test_the_chart_is_asked_first_and_not_every_minute(self, imported, asked):
        walk(72, 71.99, 71.98, start=imported.start)
        assert [visit for visit, _ in asked] == [imported.pk]
        assert told() == {}
        walk(71.8, start=imported.start)
        assert len(asked) == 2, "no answer came: after a while it is asked again"

    def test_once_it_has_answered_they_are_reminded(self, imported, asked):
        walk(72, start=imported.start)
        read = imported.start - timedelta(hours=71.99)
        Appointment.objects.update(contact_read_at=read, patient=imported_patient())
        walk(71.98, start=imported.start)
        assert told() == {"appointment.in_3_days": "promised"}

    def test_for_the_next_reminder_it_is_asked_again(self, imported, asked):
        read = imported.start - timedelta(hours=71.99)
        Appointment.objects.update(contact_read_at=read, contact_asked_at=read, patient=imported_patient())
        walk(71.98, 24, start=imported.start)
        assert told() == {"appointment.in_3_days": "promised"}
        assert len(asked) == 1

    def test_a_clock_set_back_does_not_make_an_old_answer_a_fresh_one(self, imported, asked):
        later = imported.start + 20 * DAY
        Appointment.objects.update(contact_read_at=later, contact_asked_at=later, patient=imported_patient())
        walk(72, start=imported.start)
        assert len(asked) == 1

    def test_no_chart_is_asked_when_the_ehr_reminds_by_itself(self, imported, asked, practice):
        practice.message_owners = {"reminder": "ehr", "join_link": "ehr"}
        practice.save()
        walk(72, 24, 6, start=imported.start)
        assert asked == []

    def test_nor_for_a_reminder_that_is_too_late_or_not_wanted(self, imported, asked):
        Appointment.objects.update(booked_at=imported.start - 24 * HOUR)
        walk(23, start=imported.start)
        assert asked == []


def imported_patient():
    return Patient.objects.get()


def test_a_sweep_that_finds_nothing_takes_few_queries(far):
    with CaptureQueriesContext(connection) as alone:
        remind(now=far.start - 100 * HOUR)
    assert len(alone) <= 12
