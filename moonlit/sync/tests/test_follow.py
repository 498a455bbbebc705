"""A visit of ours that the front desk changes in the EHR (rules 5): we follow, and the patient is told."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from moonlit.audit.actor import PUBLIC
from moonlit.audit.models import AuditEvent
from moonlit.availability.models import Occupancy
from moonlit.availability.tests.helpers import FRIDAY, at, times
from moonlit.booking.models import Appointment, ManageLink
from moonlit.booking.services import (
    advance,
    advance_change,
    follow_visit,
    look_at,
    read_contact,
    request_booking,
    request_cancel,
    write_supervision,
)
from moonlit.ehr.port import EhrStatus, PersonDetails, Unknown
from moonlit.people.models import Consent, Insurance, Patient
from moonlit.platform.models import OutboxEvent
from moonlit.sync.models import Notice
from moonlit.sync.services import compare_all, follow_feed, receive_push, refresh_all, take_in_due
from moonlit.sync.services.take_in import SYNC, Shown, take_in
from moonlit.worklist.kinds import TaskKind
from moonlit.worklist.models import Task
from tests.support.people import BY_VIDEO, a_request

NINE, TEN, ELEVEN, TWO = at(FRIDAY, "09:00"), at(FRIDAY, "10:00"), at(FRIDAY, "11:00"), at(FRIDAY, "14:00")


@pytest.fixture
def office(scene):
    """Friday: Ada at nine and ten, her resident Rui at eleven, Bea at two; subscribed to the feed."""
    scene.open("71", FRIDAY, "09:00", "10:00")
    scene.open("72", FRIDAY, "11:00")
    scene.open("73", FRIDAY, "14:00")
    refresh_all(clock=scene.clock)
    follow_feed(clock=scene.clock)
    return scene


def ask(scene, start=NINE, **changes):
    return request_booking(a_request(start, now=scene.clock(), **changes), actor=PUBLIC, now=scene.clock()).appointment


def book(scene, start=NINE, **changes):
    found = ask(scene, start, **changes)
    advance(found, clock=scene.clock)
    write_supervision(found, clock=scene.clock)
    return row(found)


def row(found):
    return Appointment.objects.get(pk=getattr(found, "pk", found))


def follow(scene, **later):
    scene.clock.forward(**(later or {"minutes": 1}))
    return follow_feed(clock=scene.clock)


def told(topic):
    return list(OutboxEvent.objects.filter(topic=topic).values_list("subject", flat=True))


def open_tasks(kind=TaskKind.VISIT_DIFFERS):
    return list(Task.objects.filter(kind=kind, state="open").values_list("subject", flat=True))


def manage_links(visit):
    return ManageLink.objects.filter(appointment=visit, purpose="manage", revoked_at=None).count()


def live():
    return set(Occupancy.objects.filter(live=True).values_list("appointment", flat=True))


def test_our_own_booking_told_by_the_feed_is_nothing_new(office):
    visit = book(office)
    before = AuditEvent.objects.count()
    assert follow(office).failed == 0
    assert (row(visit).state, AuditEvent.objects.count()) == ("booked", before)
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize(
    ("does", "state"),
    [
        (lambda ehr, visit: ehr.staff_set(visit, EhrStatus.CHECKED_IN), "checked_in"),
        (lambda ehr, visit: ehr.staff_set(visit, EhrStatus.CHECKED_OUT), "completed"),
        (lambda ehr, visit: ehr.staff_cancel(visit, no_show=True), "no_show"),
    ],
)
def test_what_becomes_of_it_in_the_ehr_becomes_of_it_here(office, does, state):
    visit = book(office)
    does(office.ehr, visit.athena_appt_id)
    follow(office)
    assert row(visit).state == state
    assert list(visit.history.order_by("id").values_list("state", flat=True))[-2:] == ["booked", state]
    assert told("appointment.cancelled") == []


def test_cancelled_by_the_front_desk_the_patient_is_told_once_and_the_links_end(office):
    visit = book(office)
    office.ehr.staff_cancel(visit.athena_appt_id)
    follow(office)
    follow(office)
    assert (row(visit).state, told("appointment.cancelled"), live()) == ("cancelled", [str(visit.pk)], set())
    assert manage_links(visit) == 0
    verbs = AuditEvent.objects.filter(subject=f"appointment:{visit.pk}").values_list("verb", flat=True)
    assert "booking:appointment:cancelled" in verbs


def test_cancelled_inside_the_notice_period_it_is_a_late_cancel(office):
    visit = book(office)
    office.clock.at = NINE - timedelta(hours=23)
    office.ehr.staff_cancel(visit.athena_appt_id)
    follow(office)
    assert row(visit).state == "late_cancelled"


def test_moved_by_the_front_desk_the_new_visit_is_the_patients_with_everything(office):
    visit = book(office)
    (later,) = office.open("73", FRIDAY, "15:00")
    office.ehr.staff_move(visit.athena_appt_id, later)
    follow(office)
    old, new = row(visit), Appointment.objects.get(athena_appt_id=later)
    assert (old.state, new.state, new.moved_from, new.origin) == ("moved", "booked", old, "moonlit")
    assert (new.patient, new.start, new.provider) == (old.patient, at(FRIDAY, "15:00"), office.providers["73"])
    assert (new.criteria, new.route, new.end - new.start) == (old.criteria, old.route, old.end - old.start)
    assert new.decisions.get().snapshot["patient"] == old.decisions.get().snapshot["patient"]
    for model in (Insurance, Consent):
        assert model.objects.filter(appointment=new.pk).count() == model.objects.filter(appointment=old.pk).count() > 0
    assert (live(), told("appointment.followed"), told("appointment.cancelled")) == ({new.pk}, [str(new.pk)], [])
    assert manage_links(old) == 0
    assert open_tasks() == []


def test_moved_twice_before_we_looked_the_last_one_counts(office):
    visit = book(office)
    first, second = office.open("73", FRIDAY, "15:00", "16:00")
    office.ehr.staff_move(visit.athena_appt_id, first)
    office.ehr.staff_move(first, second)
    follow(office)
    between, last = Appointment.objects.get(athena_appt_id=first), Appointment.objects.get(athena_appt_id=second)
    assert (row(visit).state, between.state, last.state) == ("moved", "moved", "booked")
    assert (last.moved_from, between.moved_from, live()) == (between, visit, {last.pk})
    assert (last.patient, told("appointment.followed")) == (visit.patient, [str(last.pk)])


def test_the_new_visit_told_before_the_old_one_is_not_left_a_strangers(office, monkeypatch):
    visit = book(office)
    (later,) = office.open("73", FRIDAY, "15:00")
    follow(office)
    office.ehr.staff_move(visit.athena_appt_id, later)
    signature, body = office.ehr.push("appointment.schedule", later)
    receive_push(signature=signature, body=body, now=office.clock())
    take_in_due(clock=office.clock)
    stranger = Appointment.objects.get(athena_appt_id=later)
    assert (stranger.origin, stranger.patient) == ("ehr", None)
    follow(office)
    new = row(stranger)
    assert (row(visit).state, new.origin, new.patient, new.moved_from) == ("moved", "moonlit", visit.patient, visit)
    assert (new.ehr_patient_id, "payer_unknown" in new.flags, told("appointment.followed")) == (
        None,
        False,
        [str(new.pk)],
    )


def test_a_strangers_visit_whose_chart_was_read_becomes_ours_with_what_the_patient_told_us(office):
    """It was about to be reminded of; now the patient's own contacts and consents count."""
    visit = book(office)
    (later,) = office.open("73", FRIDAY, "15:00")
    follow(office)
    office.ehr.staff_move(visit.athena_appt_id, later)
    signature, body = office.ehr.push("appointment.schedule", later)
    receive_push(signature=signature, body=body, now=office.clock())
    take_in_due(clock=office.clock)
    stranger = Appointment.objects.get(athena_appt_id=later)
    read_contact(stranger.pk, clock=office.clock)
    assert row(stranger).patient not in (None, visit.patient)
    follow(office)
    new = row(stranger)
    assert (new.origin, new.patient, new.moved_from) == ("moonlit", visit.patient, visit)
    carried = Consent.objects.filter(appointment=visit.pk).values_list("kind", "state", "source")
    assert set(Consent.objects.filter(appointment=new.pk).values_list("kind", "state", "source")) == set(carried)


def test_an_imported_visit_moved_in_the_ehr_stays_quiet_though_only_one_of_the_two_was_read(office):
    (slot, later) = office.open("73", FRIDAY, "15:00", "16:00")
    follow(office)
    office.ehr.staff_book(
        slot, office.ehr.add_patient(PersonDetails("Rosa", "Lind", date(1984, 5, 6), email="r@example.org"))
    )
    follow(office)
    read_contact(Appointment.objects.get(athena_appt_id=slot).pk, clock=office.clock)
    office.ehr.staff_move(slot, later)
    follow(office)
    assert Appointment.objects.get(athena_appt_id=slot).patient is not None
    assert all(look.quiet for look in look_at([office.ehr.appointment(slot), office.ehr.appointment(later)]))


def test_another_time_in_place_is_followed_and_told(office):
    visit = book(office)
    office.ehr.staff_edit(visit.athena_appt_id, start=TWO)
    follow(office)
    now = row(visit)
    assert (now.state, now.start, now.end, now.version) == ("booked", TWO, TWO + timedelta(hours=1), visit.version + 1)
    assert told("appointment.followed") == [str(visit.pk)]
    assert Occupancy.objects.get(appointment=visit.pk).during.lower == TWO
    assert times(office) == {"10:00": {"71"}, "14:00": {"73"}}


def test_another_clinician_in_place_is_followed_though_the_time_is_taken_there(office):
    visit = book(office)
    other = book(office, TWO, criteria=replace(BY_VIDEO, payer="basin"))
    office.ehr.staff_edit(visit.athena_appt_id, provider_id="73", start=TWO)
    follow(office)
    assert (row(visit).provider, live()) == (office.providers["73"], {visit.pk, other.pk})


def test_a_clinician_who_is_not_ours_is_not_followed_a_person_looks(office):
    visit = book(office)
    office.ehr.staff_edit(visit.athena_appt_id, provider_id="99")
    follow(office)
    assert (row(visit).provider, open_tasks()) == (office.providers["71"], [f"appointment:{visit.pk}"])


def test_a_supervisor_changed_by_hand_is_not_overwritten(office):
    visit = book(office, ELEVEN)
    assert visit.supervision_write == "written"
    office.ehr.staff_edit(visit.athena_appt_id, supervising_provider_id="73")
    follow(office)
    assert (row(visit).supervision_write, open_tasks()) == ("written", [f"appointment:{visit.pk}"])
    assert office.ehr.appointment(visit.athena_appt_id).supervising_provider_id == "73"


def test_a_supervised_visit_that_was_moved_gets_its_supervisor_again(office):
    visit = book(office, ELEVEN)
    (later,) = office.open("72", FRIDAY, "15:00")
    office.ehr.staff_move(visit.athena_appt_id, later)
    follow(office)
    new = Appointment.objects.get(athena_appt_id=later)
    assert new.supervision_write == "to_write"
    write_supervision(new.pk, clock=office.clock)
    assert row(new).supervision_write == "written"


def test_a_visit_the_ehr_shows_booked_again_is_booked_and_a_person_looks(office):
    visit = book(office)
    office.ehr.staff_cancel(visit.athena_appt_id, no_show=True)
    follow(office)
    office.ehr.staff_set(visit.athena_appt_id, EhrStatus.BOOKED)
    follow(office)
    assert (row(visit).state, live(), open_tasks()) == ("booked", {visit.pk}, [f"appointment:{visit.pk}"])


# Writes of ours under way


def test_our_own_write_seen_before_its_answer_is_no_stranger(office):
    found = ask(office)
    office.ehr.fail_next("book", Unknown("answer lost"), stored=True)
    advance(found, clock=office.clock)
    assert row(found).state == "unknown"
    follow_feed(clock=office.clock, now_too=True)
    assert Appointment.objects.count() == 1
    assert row(found).next_look_at <= office.clock(), "its machine looks now"
    advance(found, clock=office.clock)
    assert row(found).state == "booked"
    follow(office)
    assert (Notice.objects.filter(applied_at=None).count(), Appointment.objects.count()) == (0, 1)


def test_somebody_else_in_the_slot_we_wait_for_comes_in_once_ours_is_lost(office):
    found = ask(office)
    slot = row(found).slot_ehr_id
    office.ehr.staff_book(slot, office.ehr.add_patient(None))
    follow(office)
    assert Appointment.objects.filter(origin="ehr").count() == 0
    while row(found).state not in {"lost", "failed"}:
        office.clock.at = max(office.clock.at, row(found).next_look_at or office.clock.at)
        advance(found, clock=office.clock)
    follow(office, minutes=15)
    assert Appointment.objects.get(origin="ehr").athena_appt_id == slot


def test_a_cancel_of_ours_under_way_is_settled_by_its_own_machine(office):
    visit = book(office)
    request_cancel(visit.pk, note="", actor=PUBLIC, now=office.clock(), late_ok=True)
    office.ehr.staff_cancel(visit.athena_appt_id)
    follow(office)
    assert (row(visit).state, row(visit).change) == ("booked", "cancel")
    advance_change(visit.pk, clock=office.clock)
    follow(office, minutes=16)
    assert (row(visit).state, told("appointment.cancelled")) == ("cancelled", [str(visit.pk)])
    assert Notice.objects.filter(applied_at=None).count() == 0


def test_what_the_front_desk_did_instead_of_our_cancel_is_followed(office):
    """The patient cancels while the front desk moves the visit: the new time is the patient's, whoever tells us."""
    visit = book(office)
    (later,) = office.open("73", FRIDAY, "15:00")
    request_cancel(visit.pk, note="", actor=PUBLIC, now=office.clock(), late_ok=True)
    office.ehr.staff_move(visit.athena_appt_id, later)
    advance_change(visit.pk, clock=office.clock)
    while row(visit).change:
        office.clock.at = max(office.clock.at, row(visit).change_next_at)
        advance_change(visit.pk, clock=office.clock)
    follow(office, minutes=16)
    new = Appointment.objects.get(athena_appt_id=later)
    assert (row(visit).state, new.patient) == ("moved", visit.patient)


def test_a_visit_the_ehr_booked_though_we_gave_it_up_is_told_to_a_person(office):
    found = ask(office)
    slot = row(found).slot_ehr_id
    Appointment.objects.filter(pk=found).update(state="failed", next_look_at=None)
    chart = office.ehr.add_patient(None)
    office.ehr.staff_edit(slot, status=EhrStatus.BOOKED, patient_id=chart, notes=(f"API. Moonlit booking {found}",))
    follow(office)
    assert (Appointment.objects.get(origin="ehr").athena_appt_id, open_tasks()) == (slot, [f"appointment:{found}"])


# Charts


def test_a_merged_chart_is_followed_by_the_visit_that_shows_it(office):
    visit = book(office)
    old = row(visit).patient.ehr_patient_id
    new = office.ehr.add_patient(PersonDetails("Zoë", "Ñandú-O'Leary", visit.start.date()))
    office.ehr.merge_patients(old, new)
    follow(office)
    assert Patient.objects.get(pk=visit.patient_id).ehr_patient_id == new
    assert AuditEvent.objects.filter(verb="people:chart:merged", subject=f"patient:{visit.patient_id}").count() == 1
    assert (open_tasks(), row(visit).state) == ([], "booked")


def test_a_merge_that_is_pushed_is_followed_for_imports_too(office):
    book(office)
    chart, other = office.ehr.add_patient(None), office.ehr.add_patient(None)
    (slot,) = office.open("73", FRIDAY, "15:00")
    office.ehr.staff_book(slot, chart)
    follow(office)
    office.ehr.merge_patients(chart, other)
    signature, body = office.ehr.push("patient.merge", chart)
    receive_push(signature=signature, body=body, now=office.clock())
    take_in_due(clock=office.clock)
    assert Appointment.objects.get(origin="ehr").ehr_patient_id == other


def test_a_visit_on_another_persons_chart_is_told_to_a_person_and_nothing_is_moved(office):
    visit = book(office)
    stranger = office.ehr.add_patient(None)
    office.ehr.staff_edit(visit.athena_appt_id, patient_id=stranger)
    follow(office)
    assert open_tasks() == [f"appointment:{visit.pk}"]
    assert Patient.objects.get(pk=visit.patient_id).ehr_patient_id != stranger


def test_the_same_visit_seen_again_by_the_nightly_compare_changes_nothing(office):
    visit = book(office)
    office.ehr.staff_edit(visit.athena_appt_id, start=TWO)
    follow(office)
    before, audit = row(visit), AuditEvent.objects.count()
    done = compare_all(clock=office.clock)
    assert (done.added, done.changed, done.cancelled, done.differing) == (0, 0, 0, 0)
    assert (row(visit).version, AuditEvent.objects.count()) == (before.version, audit)


# Old news


def test_a_list_is_not_believed_about_a_visit_of_ours_the_record_itself_is_asked(office):
    """What a list shows may be minutes old, and may leave out the supervisor."""
    visit = book(office, ELEVEN)
    seen = office.ehr.appointment(visit.athena_appt_id)
    listed = replace(seen, status=EhrStatus.CANCELLED, supervising_provider_id="")
    assert take_in(Shown(listed, office.clock()), office.clock) == "unchanged"
    assert (row(visit).state, open_tasks()) == ("booked", [])


def test_an_answer_asked_for_before_our_row_changed_is_old_news(office):
    before = office.clock()
    office.clock.forward(minutes=1)
    visit = book(office)
    cancelled = replace(office.ehr.appointment(visit.athena_appt_id), status=EhrStatus.CANCELLED)
    assert follow_visit(cancelled, actor=SYNC, now=before) == "stale"
    assert row(visit).state == "booked"
    assert take_in(Shown(cancelled, before, alone=True), office.clock) == "unchanged", "it is read once more"
    assert follow_visit(cancelled, actor=SYNC, now=office.clock()) == "cancelled"
