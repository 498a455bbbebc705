"""Whom to remind of a visit made in the EHR: as its chart says now, and no more than a reminder needs."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from moonlit.audit.actor import Actor
from moonlit.availability.tests.helpers import FRIDAY, at
from moonlit.booking.before_visit import before_visit
from moonlit.booking.models import Appointment
from moonlit.booking.services import (
    ask_for_contact,
    details_standing,
    import_visit,
    look_at,
    mint_link,
    read_contact,
    review_readiness,
    sign_consents,
)
from moonlit.booking.services.readiness import missing_for
from moonlit.booking.staff_queries import care_of
from moonlit.domain.consents import Signer
from moonlit.domain.refusals import Refused
from moonlit.ehr import port
from moonlit.ehr.port import ChartConsent, EhrAppointment, EhrStatus, PersonDetails
from moonlit.people.models import Consent, Patient
from moonlit.people.queries import reachable
from moonlit.people.topics import Topic
from moonlit.platform.testing import run_pending
from moonlit.worklist.models import Task

SYNC = Actor("system", "sync")
NINE = at(FRIDAY, "09:00")
ROSA = PersonDetails(
    "Rosa", "Lindqvist", date(1984, 5, 6), email="rosa@example.org", phone="+18015550144", state="UT", language="es"
)


@pytest.fixture
def chart(scene):
    return scene.ehr.add_patient(ROSA, consent=ChartConsent(sms=True, email=True))


@pytest.fixture
def bring(scene):
    def bring_in(patient_id, ehr_id="9001", start=NINE):
        found = EhrAppointment(
            id=ehr_id,
            status=EhrStatus.BOOKED,
            department_id="1",
            provider_id="71",
            start=start,
            time_zone="America/Denver",
            minutes=60,
            patient_id=patient_id,
            type_id="11",
        )
        import_visit(found, actor=SYNC, now=scene.clock())
        return Appointment.objects.get(athena_appt_id=ehr_id)

    return bring_in


def read(scene, row):
    read_contact(row.pk, clock=scene.clock)
    row.refresh_from_db()
    return row


def ways(row):
    found = reachable(row.pk, row.patient_id, topic=Topic.REMINDERS)
    return found.email, found.sms, found.language


def test_the_chart_names_whom_to_remind_and_how(scene, chart, bring):
    row = read(scene, bring(chart))
    assert ways(row) == (ROSA.email, ROSA.phone, "es")
    assert row.contact_read_at == scene.clock()
    patient = row.patient
    assert (patient.first_name, patient.state, patient.identity) == ("Rosa", "UT", "matched")
    assert (patient.sex, patient.address) == (None, None), "no more than a reminder needs"


@pytest.mark.parametrize(
    ("consent", "expected"),
    [
        (ChartConsent(sms=False, email=True), (ROSA.email, "")),
        (ChartConsent(sms=True, email=False), ("", ROSA.phone)),
        (ChartConsent(sms=False, email=False), ("", "")),
    ],
)
def test_nothing_is_sent_that_the_chart_does_not_allow(scene, bring, consent, expected):
    row = read(scene, bring(scene.ehr.add_patient(ROSA, consent=consent)))
    assert ways(row)[:2] == expected


def test_it_is_asked_in_the_background_and_by_a_job_of_its_own(scene, chart, bring):
    row = bring(chart)
    ask_for_contact(row.pk, now=scene.clock())
    run_pending()
    row.refresh_from_db()
    assert row.contact_asked_at == scene.clock()
    assert row.patient is not None


def test_two_visits_of_one_chart_are_one_person_whose_contacts_follow_the_chart(scene, chart, bring):
    first = read(scene, bring(chart))
    scene.ehr.charts.people[chart] = replace(ROSA, email="new@example.org")
    second = read(scene, bring(chart, "9002", NINE + timedelta(days=7)))
    assert first.patient_id == second.patient_id
    assert Patient.objects.get().email == "new@example.org"
    assert ways(first)[0] == "new@example.org"


def test_somebody_who_booked_here_keeps_his_own_contacts(scene, chart, bring):
    ours = Patient.objects.create(
        first_name="Rosa", last_name="Lindqvist", date_of_birth="1984-05-06", email="own@example.org",
        ehr_patient_id=chart, identity="matched", created_at=scene.clock(),
    )  # fmt: skip
    row = read(scene, bring(chart))
    ours.refresh_from_db()
    assert (ours.email, row.patient.email) == ("own@example.org", ROSA.email)


def test_a_stop_said_to_us_outlives_a_yes_on_the_chart(scene, chart, bring):
    row = read(scene, bring(chart))
    Consent.objects.filter(kind="sms").update(state="revoked", source="reply")
    assert ways(read(scene, row))[1] == ""


def test_a_no_on_the_chart_takes_an_earlier_yes_of_the_chart_away(scene, chart, bring):
    row = read(scene, bring(chart))
    scene.ehr.charts.consents[chart] = ChartConsent(sms=False, email=True)
    assert ways(read(scene, row))[1] == ""


@pytest.mark.parametrize("answer", [None, "no such chart"])
def test_a_chart_that_names_nobody_leaves_nobody_to_remind(scene, bring, answer):
    row = read(scene, bring("4711" if answer else scene.ehr.add_patient(None)))
    assert row.patient is None
    assert row.contact_read_at == scene.clock()


@pytest.mark.parametrize(
    "fault",
    [
        port.Retry("status 503"),
        port.NotReached("breaker"),
        port.Throttled("429"),
        port.Rejected("no", code="forbidden"),
    ],
)
def test_an_ehr_that_does_not_answer_changes_nothing(scene, chart, bring, fault):
    row = read(scene, bring(chart))
    before = row.contact_read_at
    scene.clock.forward(hours=8)
    scene.ehr.fail_next("patient", fault)
    assert read(scene, row).contact_read_at == before
    assert row.patient is not None


def test_a_visit_put_on_another_chart_is_nobodys_until_that_one_is_read(scene, chart, bring):
    row = read(scene, bring(chart))
    scene.clock.forward(minutes=5)
    other = scene.ehr.add_patient(replace(ROSA, email="other@example.org"))
    bring(other)
    row.refresh_from_db()
    assert (row.patient, row.contact_read_at) == (None, None)
    assert not Consent.objects.exists()
    assert ways(read(scene, row))[:2] == ("other@example.org", "")


def test_a_visit_moved_in_the_ehr_gets_a_version_of_its_own(scene, chart, bring):
    row = bring(chart)
    scene.clock.forward(minutes=5)
    bring(chart, start=NINE + timedelta(hours=2))
    row.refresh_from_db()
    assert row.version == 2


def test_nothing_else_is_asked_of_the_person_here(scene, chart, bring):
    """Readiness, forms and details are the EHR's affair for visits made there."""
    row = read(scene, bring(chart))
    scene.clock.at = row.start - timedelta(hours=20)
    review_readiness(now=scene.clock())
    assert not Task.objects.filter(kind="not_ready").exists()
    assert missing_for([row]) == {}
    left = before_visit(row.pk)
    assert (left.to_sign, left.member_id, left.address) == (False, False, False)
    assert details_standing(row.pk) is None
    assert care_of(row.pk) is None
    with pytest.raises(Refused):
        sign_consents(row.pk, {"treatment": "1"}, signer=Signer.PATIENT, actor=SYNC, now=scene.clock())


def test_sync_stays_quiet_about_a_visit_whose_patient_is_known(scene, chart, bring):
    row = read(scene, bring(chart))
    found = EhrAppointment(
        id="9001", status=EhrStatus.BOOKED, department_id="1", provider_id="71", start=NINE,
        time_zone="America/Denver", minutes=60, patient_id=chart, type_id="11",
    )  # fmt: skip
    assert look_at([found])[0].quiet
    row.refresh_from_db()
    assert row.patient is not None


def test_a_link_in_a_reminder_leads_to_it(scene, chart, bring):
    row = read(scene, bring(chart))
    assert mint_link(row.pk, "manage", actor=SYNC, now=scene.clock())
