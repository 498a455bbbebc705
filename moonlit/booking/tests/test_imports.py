"""Visits made in the EHR (rules 4.1, 5): never refused, flagged when they break a rule, theirs is the time."""

from datetime import date, timedelta

import pytest

from moonlit.audit.actor import PUBLIC, Actor
from moonlit.audit.models import AuditEvent
from moonlit.availability.models import CapCount, Occupancy
from moonlit.availability.services import TimeTaken
from moonlit.availability.tests.helpers import FRIDAY, at, change, take
from moonlit.booking.models import Appointment, AppointmentState
from moonlit.booking.services import Outcome, import_visit, request_booking
from moonlit.domain.refusals import Refused
from moonlit.ehr.port import EhrAppointment, EhrStatus
from moonlit.practice.models import Absence, License, ProviderVisitType
from moonlit.worklist.models import Task
from tests.support.people import a_request

SYNC = Actor("system", "sync")
NINE = at(FRIDAY, "09:00")


def visit(ehr_id="9001", start=NINE, *, provider="71", department="1", minutes=60, **more):
    """A record of the EHR, booked unless told."""
    fields = {"status": EhrStatus.BOOKED, "patient_id": "5001", "type_id": "11", **more}
    return EhrAppointment(
        id=ehr_id,
        department_id=department,
        provider_id=provider,
        start=start,
        time_zone="America/Denver",
        minutes=minutes,
        **fields,
    )


@pytest.fixture
def bring(scene):
    def bring_in(*args, **more):
        return import_visit(visit(*args, **more), actor=SYNC, now=scene.clock())

    return bring_in


def the_visit(ehr_id="9001"):
    return Appointment.objects.get(athena_appt_id=ehr_id)


def flags(ehr_id="9001"):
    return the_visit(ehr_id).flags


def tasks():
    return set(Task.objects.filter(kind="import_breaks_rule", state="open").values_list("subject", flat=True))


def test_it_comes_in_as_it_is_with_its_chart_sealed(scene, bring):
    assert bring() is Outcome.ADDED
    row = the_visit()
    assert (row.origin, row.state, row.patient, row.start, row.end) == (
        "ehr",
        "booked",
        None,
        NINE,
        NINE + timedelta(hours=1),
    )
    assert row.ehr_patient_id == "5001"
    assert b"5001" not in bytes(Appointment.objects.values_list("ehr_patient_id", flat=True).get(pk=row.pk))
    assert AppointmentState.objects.get(appointment=row).state == "booked"
    assert AuditEvent.objects.get(verb="booking:appointment:imported").subject == f"appointment:{row.pk}"


def test_again_it_writes_nothing(bring):
    bring()
    before = (Appointment.objects.values().get(), AuditEvent.objects.count())
    assert bring() is Outcome.UNCHANGED
    assert (Appointment.objects.values().get(), AuditEvent.objects.count()) == before


def test_old_news_is_refused(scene, bring):
    bring()
    found = visit(status=EhrStatus.CANCELLED)
    assert import_visit(found, actor=SYNC, now=scene.clock() - timedelta(seconds=1)) is Outcome.STALE
    assert the_visit().state == "booked"


def test_an_open_time_is_no_visit(bring):
    assert bring(status=EhrStatus.OPEN) is Outcome.UNCHANGED
    assert not Appointment.objects.exists()


def test_without_a_payer_it_is_payer_unknown_and_never_uncovered(bring):
    bring()
    assert (flags(), tasks()) == (["payer_unknown"], set())


def test_with_a_payer_of_ours_the_route_is_judged(scene, bring):
    bring(provider="73")
    Appointment.objects.update(payer_code="alpine")
    scene.clock.forward(minutes=1)
    bring(provider="73", minutes=45)
    assert "no_contract" in flags()
    assert tasks() == {f"appointment:{the_visit().pk}"}


def test_with_somebody_absent_it_comes_in_flagged_and_a_person_is_told(scene, bring):
    Absence.objects.create(provider=scene.providers["71"], starts=FRIDAY, ends=FRIDAY, reason="leave")
    change(Absence.objects.all(), reason="away")
    bring()
    assert (flags(), tasks()) == (["payer_unknown", "absent"], {f"appointment:{the_visit().pk}"})


def test_the_task_closes_when_the_visit_is_cancelled(scene, bring):
    Absence.objects.create(provider=scene.providers["71"], starts=FRIDAY, ends=FRIDAY, reason="leave")
    change(Absence.objects.all(), reason="away")
    bring()
    bring(status=EhrStatus.CANCELLED)
    assert (the_visit().state, tasks()) == ("cancelled", set())


def test_a_licence_that_ended_is_flagged_by_video_only_when_no_state_is_left(scene, bring):
    change(License.objects.filter(provider=scene.providers["71"]), ends=FRIDAY - timedelta(days=1))
    bring()
    assert flags() == ["payer_unknown", "license_expired"]


def test_what_we_only_would_not_offer_breaks_no_rule(scene, bring):
    change(ProviderVisitType.objects.all(), min_age=40)
    bring()
    assert flags() == ["payer_unknown"]


@pytest.mark.parametrize("first", [0, 1])
def test_two_that_overlap_are_both_flagged_whichever_came_first(scene, bring, first):
    both = [("9001", NINE), ("9002", NINE + timedelta(minutes=30))]
    bring(*both[first])
    bring(*both[1 - first])
    assert (flags("9001"), flags("9002")) == (["payer_unknown", "overlap"], ["payer_unknown", "overlap"])
    bring("9002", NINE + timedelta(minutes=30), status=EhrStatus.CANCELLED)
    assert (flags("9001"), tasks()) == (["payer_unknown"], set())


def test_it_is_not_refused_where_we_have_a_booking_and_is_flagged(scene, bring):
    take(scene, "71", NINE)
    assert bring(start=NINE + timedelta(minutes=30)) is Outcome.ADDED
    assert "overlap" in flags()
    assert Occupancy.objects.filter(live=True).count() == 2


def test_its_time_cannot_be_taken_by_a_booking_of_ours(scene, bring):
    bring(start=NINE + timedelta(minutes=30), department="2")
    with pytest.raises(TimeTaken):
        take(scene, "71", NINE)


def test_a_slot_it_took_is_refused_to_a_patient_who_still_sees_it(scene, bring):
    (slot,) = scene.open("71", FRIDAY, "09:00")
    scene.sync()
    bring(slot)
    with pytest.raises(Refused) as refused:
        request_booking(a_request(NINE, now=scene.clock()), actor=PUBLIC, now=scene.clock())
    assert refused.value.code.value == "slot_taken"


def test_a_new_patient_counts_against_the_weekly_cap(scene, bring):
    (slot,) = scene.open("71", FRIDAY, "09:00")
    scene.sync()
    bring(slot)
    assert the_visit(slot).visit_type.code == "intake"
    week = CapCount.objects.get(provider=scene.providers["71"], kind="week_new")
    assert (week.starts, week.count) == (date(2026, 3, 2), 1)
    bring(slot, status=EhrStatus.CANCELLED)
    week.refresh_from_db()
    assert week.count == 0


def test_a_type_we_do_not_know_is_no_visit_type_of_ours(scene, bring):
    (slot,) = scene.open("71", FRIDAY, "09:00")
    scene.sync()
    bring(slot, type_id="99")
    assert the_visit(slot).visit_type is None


def test_a_type_that_maps_to_one_visit_type_of_the_clinician_is_it(scene, bring):
    change(ProviderVisitType.objects.filter(provider=scene.providers["71"]), ehr_type_id="11")
    bring()
    assert the_visit().visit_type.code == "intake"


def test_who_keeps_the_template_is_whose_time_it_takes(scene, bring):
    bring(provider="71", scheduling_provider_id="72")
    assert the_visit().provider == scene.providers["72"]


def test_when_it_goes_to_a_clinician_we_do_not_know_the_time_is_free_and_a_person_is_told(scene, bring):
    bring()
    assert bring(provider="99") is Outcome.DIFFERS
    assert not Occupancy.objects.filter(live=True).exists()
    assert Task.objects.get(kind="visit_differs").subject == f"appointment:{the_visit().pk}"


def test_a_record_without_length_takes_a_little_time(bring):
    bring(minutes=0)
    assert the_visit().end - the_visit().start == timedelta(minutes=15)


def test_one_of_ours_is_left_to_be_followed(scene, bring):
    scene.open("71", FRIDAY, "09:00")
    scene.sync()
    ours = request_booking(a_request(NINE, now=scene.clock()), actor=PUBLIC, now=scene.clock()).appointment
    assert bring(Appointment.objects.get(pk=ours).slot_ehr_id) is Outcome.STALE
    assert Appointment.objects.count() == 1


def test_it_moves_in_place_with_the_clinician_and_the_time(scene, bring):
    bring()
    assert bring(provider="73", start=NINE + timedelta(hours=2)) is Outcome.CHANGED
    busy = Occupancy.objects.get()
    assert (busy.provider, busy.during.lower, busy.origin) == (scene.providers["73"], NINE + timedelta(hours=2), "ehr")


def test_a_chart_that_was_merged_in_the_record_is_taken_over(bring):
    bring()
    assert bring(patient_id="5002") is Outcome.CHANGED
    assert the_visit().ehr_patient_id == "5002"
