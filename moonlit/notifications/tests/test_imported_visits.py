"""A visit made in the EHR gets our reminders, through what its chart says that very hour (rules 6.2)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine

from moonlit.audit.actor import Actor
from moonlit.availability.tests.helpers import FRIDAY, at
from moonlit.booking.models import Appointment
from moonlit.booking.services import import_visit
from moonlit.ehr.port import ChartConsent, EhrAppointment, EhrStatus, PersonDetails, Retry
from moonlit.notifications.models import Message, Notice
from moonlit.notifications.services import remind
from moonlit.platform.testing import run_pending
from moonlit.worklist.models import Task

START = at(FRIDAY, "14:00") + timedelta(days=7)
ROSA = PersonDetails("Rosa", "Lindqvist", date(1984, 5, 6), email="rosa@example.org", phone="+18015550144", state="UT")


@pytest.fixture
def chart(scene):
    return scene.ehr.add_patient(ROSA, consent=ChartConsent(sms=True, email=True))


@pytest.fixture
def visit(scene, chart):
    found = EhrAppointment(
        id="9001",
        status=EhrStatus.BOOKED,
        department_id="1",
        provider_id="71",
        start=START,
        time_zone="America/Denver",
        minutes=60,
        patient_id=chart,
        type_id="11",
    )
    import_visit(found, actor=Actor("system", "sync"), now=scene.clock())
    return Appointment.objects.get(athena_appt_id="9001")


def a_minute_of_work(scene, now):
    """A sweep, what it enqueued, and the sweep after it."""
    scene.clock.at = now
    with time_machine.travel(now, tick=False):
        remind(now=now)
        run_pending()
        remind(now=now + timedelta(minutes=1))


def sent():
    return sorted(Message.objects.values_list("kind", "channel"))


def recipients():
    return {message.recipient for message in Message.objects.all()}


def test_each_reminder_reads_the_chart_anew(scene, chart, visit, vendors):
    a_minute_of_work(scene, START - timedelta(hours=72))
    with time_machine.travel(START - timedelta(hours=71.9), tick=False):
        run_pending()
    assert [letter.to for letter in vendors["sendgrid"].taken] == [ROSA.email]
    assert sent() == [("reminder", "email"), ("reminder", "sms")]
    assert recipients() == {ROSA.email, ROSA.phone}
    scene.ehr.charts.people[chart] = replace(ROSA, email="new@example.org")
    a_minute_of_work(scene, START - timedelta(hours=24))
    assert "new@example.org" in recipients()
    assert scene.ehr.calls.count("patient") == 2
    assert Message.objects.count() == 4


def test_between_reminders_no_chart_is_read(scene, chart, visit):
    for hours in (100, 72, 71, 60, 50, 31):
        a_minute_of_work(scene, START - timedelta(hours=hours))
    assert scene.ehr.calls.count("patient") == 1


def test_no_text_without_the_charts_consent(scene, chart, visit):
    scene.ehr.charts.consents[chart] = ChartConsent(sms=False, email=True)
    a_minute_of_work(scene, START - timedelta(hours=72))
    assert sent() == [("reminder", "email")]


def test_a_chart_without_a_way_to_its_patient_is_written_down_and_bothers_nobody(scene, chart, visit):
    scene.ehr.charts.people[chart] = replace(ROSA, email="", phone="")
    a_minute_of_work(scene, START - timedelta(hours=72))
    assert [notice.outcome for notice in Notice.objects.all()] == ["nobody"]
    assert not Task.objects.exclude(kind="import_breaks_rule").exists()


def test_an_ehr_that_is_down_delays_the_reminder_and_loses_none(scene, chart, visit):
    for minutes in (0, 11, 22):
        scene.ehr.fail_next("patient", Retry("status 503"))
        a_minute_of_work(scene, START - timedelta(hours=72) + timedelta(minutes=minutes))
    assert sent() == []
    a_minute_of_work(scene, START - timedelta(hours=71))
    assert sent() == [("reminder", "email"), ("reminder", "sms")]


def test_a_visit_moved_in_the_ehr_is_reminded_of_its_new_time_only(scene, chart, visit):
    a_minute_of_work(scene, START - timedelta(hours=72))
    scene.clock.at = START - timedelta(hours=70)
    later = START + timedelta(days=7)
    import_visit(
        EhrAppointment(
            "9001", EhrStatus.BOOKED, "1", "71", later, "America/Denver", 60, patient_id=chart, type_id="11"
        ),
        actor=Actor("system", "sync"),
        now=scene.clock(),
    )
    a_minute_of_work(scene, START - timedelta(hours=24))
    assert Notice.objects.count() == 1
    a_minute_of_work(scene, later - timedelta(hours=72))
    assert set(Notice.objects.values_list("visit_start", flat=True)) == {START, later}
