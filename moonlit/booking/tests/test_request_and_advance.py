from datetime import date, timedelta

import pytest

from moonlit.audit.actor import PUBLIC
from moonlit.audit.models import AuditEvent
from moonlit.availability.models import CapCount, Occupancy
from moonlit.availability.queries import merged
from moonlit.booking.models import Appointment
from moonlit.booking.queries import status_by_token, visit_by_manage_token
from moonlit.booking.services import SlotTaken, advance, request_booking, sweep, write_supervision
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.ehr.port import AlreadyDone, EhrStatus, NotReached, PersonDetails, Rejected, Retry, Throttled, Unknown
from moonlit.people.models import Insurance, Patient, RoiContact
from moonlit.platform.models import OutboxEvent
from moonlit.worklist.models import Task
from tests.support.people import BY_VIDEO, a_request, patient

FRIDAY = date(2026, 3, 6)


def starts(scene, criteria=BY_VIDEO):
    found = merged(criteria, first_day=FRIDAY, last_day=FRIDAY, now=scene.clock())
    return [slot for day in found.days for slot in day.slots]


def book(scene, start=None, **changes):
    first = start or starts(scene)[0].start
    return request_booking(a_request(first, now=scene.clock(), **changes), actor=PUBLIC, now=scene.clock())


def row_of(accepted):
    return Appointment.objects.get(pk=accepted.appointment)


@pytest.fixture
def open_scene(scene):
    scene.open("71", FRIDAY, "09:00", "10:00")
    scene.open("72", FRIDAY, "09:00", "11:00")
    scene.sync()
    return scene


def test_a_request_takes_the_time_at_once_and_asks_the_ehr_nothing(open_scene):
    open_scene.ehr.calls.clear()
    accepted = book(open_scene)
    row = row_of(accepted)
    assert (row.state, row.route) == ("pending", "direct")
    assert open_scene.ehr.calls == []
    assert [len(slot.providers) for slot in starts(open_scene)] == [1, 1, 1]


def test_any_provider_picks_direct_before_supervised(open_scene):
    assert book(open_scene).provider == open_scene.providers["71"].pk


def test_a_direct_booking_is_booked_in_the_ehr_with_our_reference(open_scene):
    accepted = book(open_scene)
    advance(accepted.appointment, clock=open_scene.clock)
    row = row_of(accepted)
    assert row.state == "booked"
    seen = open_scene.ehr.appointment(row.athena_appt_id)
    assert (seen.status, seen.notes) == (EhrStatus.BOOKED, (f"Moonlit booking {row.pk}",))
    assert OutboxEvent.objects.filter(topic="appointment.booked", subject=str(row.pk)).count() == 1
    assert [entry.state for entry in row.history.order_by("id")] == ["pending", "submitting", "booked"]


def test_a_resident_is_seen_and_the_attending_stands_on_the_claim(open_scene):
    resident, attending = open_scene.providers["72"].pk, open_scene.providers["71"].pk
    accepted = book(open_scene, starts(open_scene)[2].start)
    assert (accepted.provider, accepted.supervisor, accepted.route.value) == (resident, attending, "supervised")
    advance(accepted.appointment, clock=open_scene.clock)
    write_supervision(accepted.appointment, clock=open_scene.clock)
    row = row_of(accepted)
    assert (row.rendering_provider_id, row.claim_mode) == (attending, "attending_rendering")
    assert row.supervision_write == "written"
    seen = open_scene.ehr.appointment(row.athena_appt_id)
    assert (seen.provider_id, seen.supervising_provider_id) == ("72", "71")


def test_a_supervision_that_is_not_echoed_ends_in_a_task_and_the_visit_stays_booked(open_scene):
    accepted = book(open_scene, starts(open_scene)[2].start)
    advance(accepted.appointment, clock=open_scene.clock)
    for _ in range(6):
        open_scene.ehr.fail_next("set_supervisor", Unknown("lost"))
        open_scene.clock.forward(hours=1)
        write_supervision(accepted.appointment, clock=open_scene.clock)
    row = row_of(accepted)
    assert (row.state, row.supervision_write) == ("booked", "failed")
    assert Task.objects.filter(kind="write_supervision_failed", state="open").count() == 1


def test_every_part_of_the_request_is_kept(open_scene):
    accepted = book(open_scene)
    row = row_of(accepted)
    person = Patient.objects.get(pk=row.patient_id)
    assert (person.last_name, person.phone, person.date_of_birth) == ("Ñandú-O'Leary", "+18015550142", "1990-02-28")
    assert Insurance.objects.get(appointment=row.pk).member_id == "MX-100"
    assert RoiContact.objects.get(appointment=row.pk).name == "Bartholomew Quill"
    snapshot = row.decisions.get(version=1).snapshot
    assert (snapshot["route"], snapshot["place_of_service"]) == ("direct", "10")
    assert AuditEvent.objects.filter(subject=f"appointment:{row.pk}").exists()


def test_a_start_that_was_never_offered_is_refused_and_nothing_is_written(open_scene):
    never = starts(open_scene)[0].start + timedelta(minutes=30)
    with pytest.raises(Refused) as refused:
        book(open_scene, never)
    assert refused.value.code is RefusalCode.PROVIDER_NOT_BOOKABLE
    assert {reason.code for reason in refused.value.reasons} >= {"not_open"}
    assert not Appointment.objects.exists()
    assert not Patient.objects.exists()


def test_a_provider_the_payer_does_not_cover_is_refused_with_the_reason(open_scene):
    open_scene.open("73", FRIDAY, "09:00")
    open_scene.sync()
    with pytest.raises(Refused) as refused:
        book(open_scene, provider=open_scene.providers["73"].pk)
    assert refused.value.code is RefusalCode.PROVIDER_NOT_BOOKABLE
    assert refused.value.reasons[0].code == "no_contract"


def test_a_taken_start_is_refused_with_alternatives(open_scene):
    start = starts(open_scene)[1].start
    book(open_scene, start)
    with pytest.raises(SlotTaken) as taken:
        book(open_scene, start, patient=patient(first_name="Xiomara", email="x@example.org"))
    assert len(taken.value.alternatives) == 2
    assert Appointment.objects.count() == 1


def test_too_little_notice_is_refused(open_scene):
    start = starts(open_scene)[0].start
    open_scene.clock.at = start - timedelta(hours=23)
    with pytest.raises(Refused) as refused:
        book(open_scene, start)
    assert refused.value.code is RefusalCode.NOTICE_TOO_SHORT


def test_a_refused_connection_leaves_it_pending_and_the_next_try_books(open_scene):
    accepted = book(open_scene)
    open_scene.ehr.fail_next("book", NotReached("refused"))
    advance(accepted.appointment, clock=open_scene.clock)
    assert (row_of(accepted).state, row_of(accepted).puts) == ("pending", 0)
    open_scene.clock.forward(minutes=2)
    sweep(clock=open_scene.clock)
    assert row_of(accepted).state == "booked"


def test_a_lost_answer_is_looked_up_and_not_repeated(open_scene):
    accepted = book(open_scene)
    open_scene.ehr.fail_next("book", Unknown("lost"), stored=True)
    advance(accepted.appointment, clock=open_scene.clock)
    assert row_of(accepted).state == "unknown"
    open_scene.clock.forward(minutes=1)
    sweep(clock=open_scene.clock)
    row = row_of(accepted)
    assert (row.state, row.puts, open_scene.ehr.calls.count("book")) == ("booked", 1, 1)


def test_a_conflict_that_is_somebody_elses_gives_the_next_provider_and_names_him(open_scene):
    accepted = book(open_scene)
    stranger = open_scene.ehr.add_patient(None)
    open_scene.ehr.staff_book(row_of(accepted).slot_ehr_id, stranger)
    advance(accepted.appointment, clock=open_scene.clock)
    open_scene.clock.forward(minutes=1)
    sweep(clock=open_scene.clock)
    row = row_of(accepted)
    assert (row.state, row.provider_id) == ("booked", open_scene.providers["72"].pk)
    assert row.decisions.count() == 2


def test_a_lost_visit_with_a_chosen_provider_is_not_booked_and_staff_call(open_scene):
    accepted = book(open_scene, provider=open_scene.providers["71"].pk)
    open_scene.ehr.staff_book(row_of(accepted).slot_ehr_id, open_scene.ehr.add_patient(None))
    advance(accepted.appointment, clock=open_scene.clock)
    open_scene.clock.forward(minutes=1)
    sweep(clock=open_scene.clock)
    status = status_by_token(accepted.status_token, open_scene.clock())
    assert status.state == "not_booked"
    assert status.alternatives
    assert Task.objects.filter(kind="not_booked_call", state="open").exists()
    assert not Occupancy.objects.filter(live=True).exists()
    assert set(CapCount.objects.values_list("count", flat=True)) == {0}


def test_an_ehr_that_refuses_for_good_ends_it(open_scene):
    accepted = book(open_scene)
    open_scene.ehr.fail_next("book", Rejected("no", code="reason_refused"))
    advance(accepted.appointment, clock=open_scene.clock)
    assert row_of(accepted).state == "failed"


def test_an_open_slot_after_three_lost_puts_is_kept_in_quarantine_then_given_up(open_scene):
    accepted = book(open_scene)
    for _ in range(3):
        open_scene.ehr.fail_next("book", Unknown("lost"))
    advance(accepted.appointment, clock=open_scene.clock)
    for _ in range(3):
        open_scene.clock.forward(seconds=20)
        sweep(clock=open_scene.clock)
    row = row_of(accepted)
    assert (row.state, row.puts) == ("unknown", 3)
    assert Occupancy.objects.filter(appointment=row.pk, live=True).exists()
    open_scene.clock.forward(seconds=150)
    sweep(clock=open_scene.clock)
    assert row_of(accepted).state == "failed"


@pytest.mark.parametrize("fault", [NotReached("down"), Throttled("busy", retry_after=5), Retry("slow")])
def test_a_patient_search_that_fails_is_tried_again(open_scene, fault):
    accepted = book(open_scene)
    open_scene.ehr.fail_next("find_patient", fault)
    advance(accepted.appointment, clock=open_scene.clock)
    assert row_of(accepted).state == "pending"
    open_scene.clock.forward(minutes=2)
    sweep(clock=open_scene.clock)
    assert row_of(accepted).state == "booked"


def chart_of(scene, **changes):
    details = {
        "first_name": "Zoë",
        "last_name": "Ñandú-O'Leary",
        "date_of_birth": date(1990, 2, 28),
        "phone": "+18015550142",
        **changes,
    }
    return scene.ehr.add_patient(PersonDetails(**details))


def test_an_existing_chart_with_name_birth_date_and_phone_is_used(open_scene):
    known = chart_of(open_scene)
    accepted = book(open_scene)
    advance(accepted.appointment, clock=open_scene.clock)
    person = Patient.objects.get(pk=row_of(accepted).patient_id)
    assert (person.ehr_patient_id, person.identity) == (known, "matched")
    assert "create_patient" not in open_scene.ehr.calls


def test_name_and_birth_date_alone_make_a_chart_of_their_own(open_scene):
    known = chart_of(open_scene, phone="+18015550199")
    accepted = book(open_scene)
    advance(accepted.appointment, clock=open_scene.clock)
    person = Patient.objects.get(pk=row_of(accepted).patient_id)
    assert person.ehr_patient_id != known
    assert person.identity == "created"


def test_a_chart_the_ehr_hands_back_with_the_same_name_and_birth_date_is_unverified(open_scene, monkeypatch):
    known = chart_of(open_scene, phone="+18015550199")
    monkeypatch.setattr(type(open_scene.ehr), "create_patient", lambda *_args, **_kwargs: known)
    accepted = book(open_scene)
    advance(accepted.appointment, clock=open_scene.clock)
    row = row_of(accepted)
    assert (row.state, Patient.objects.get(pk=row.patient_id).identity) == ("booked", "unverified")
    assert Task.objects.filter(kind="identity_unverified", state="open").exists()


def test_a_strangers_chart_handed_back_books_nothing_and_keeps_the_time(open_scene, monkeypatch):
    stranger = chart_of(open_scene, first_name="Theodora")
    monkeypatch.setattr(type(open_scene.ehr), "create_patient", lambda *_args, **_kwargs: stranger)
    accepted = book(open_scene)
    advance(accepted.appointment, clock=open_scene.clock)
    row = row_of(accepted)
    assert (row.state, row.blocked) == ("pending", "identity_review")
    assert "book" not in open_scene.ehr.calls
    assert Occupancy.objects.filter(appointment=row.pk, live=True).exists()


def test_a_name_over_the_ehrs_limit_waits_for_staff_with_the_time_kept(open_scene):
    accepted = book(open_scene, patient=patient(first_name="Maximiliana-Alexandrina"))
    advance(accepted.appointment, clock=open_scene.clock)
    row = row_of(accepted)
    assert (row.state, row.blocked) == ("pending", "ehr_limits")
    assert Task.objects.filter(kind="ehr_name_too_long").exists()
    assert Occupancy.objects.filter(appointment=row.pk, live=True).exists()


def test_staff_are_alerted_after_fifteen_minutes_and_called_after_two_office_hours(open_scene):
    accepted = book(open_scene)
    for _ in range(40):
        open_scene.ehr.fail_next("find_patient", NotReached("down"))
    open_scene.clock.forward(minutes=16)
    sweep(clock=open_scene.clock)
    assert Task.objects.filter(kind="booking_stuck", state="open").count() == 1
    assert not Task.objects.filter(kind="pending_too_long").exists()
    open_scene.clock.forward(hours=2)
    sweep(clock=open_scene.clock)
    assert Task.objects.filter(kind="pending_too_long", state="open").count() == 1
    open_scene.ehr._faults.clear()
    open_scene.clock.forward(minutes=5)
    sweep(clock=open_scene.clock)
    assert row_of(accepted).state == "booked"
    assert not Task.objects.filter(state="open").exists()


def test_pending_ends_at_the_visits_notice_limit(open_scene):
    accepted = book(open_scene)
    open_scene.clock.at = row_of(accepted).notice_limit_at + timedelta(seconds=30)
    sweep(clock=open_scene.clock)
    assert row_of(accepted).state == "failed"


def test_booking_twice_the_same_appointment_by_two_workers_puts_once(open_scene):
    accepted = book(open_scene)
    advance(accepted.appointment, clock=open_scene.clock)
    advance(accepted.appointment, clock=open_scene.clock)
    assert open_scene.ehr.calls.count("book") == 1


def test_a_409_is_looked_at_because_it_may_be_our_own_success(open_scene):
    accepted = book(open_scene)
    open_scene.ehr.fail_next("book", AlreadyDone("conflict"), stored=True)
    advance(accepted.appointment, clock=open_scene.clock)
    assert row_of(accepted).state == "unknown"
    open_scene.clock.forward(minutes=1)
    sweep(clock=open_scene.clock)
    assert row_of(accepted).state == "booked"


def test_the_status_link_tells_the_truth_and_the_promise(open_scene):
    accepted = book(open_scene)
    pending = status_by_token(accepted.status_token, open_scene.clock())
    assert (pending.state, pending.promise is not None) == ("pending", True)
    assert status_by_token(accepted.manage_token, open_scene.clock()) is None
    advance(accepted.appointment, clock=open_scene.clock)
    assert status_by_token(accepted.status_token, open_scene.clock()).state == "booked"
    assert visit_by_manage_token(accepted.manage_token, open_scene.clock()).practice == "Lantern"


def test_a_link_ends_a_day_after_the_visit(open_scene):
    accepted = book(open_scene)
    late = accepted.end + timedelta(hours=24)
    assert status_by_token(accepted.status_token, late - timedelta(seconds=1)) is not None
    assert status_by_token(accepted.status_token, late) is None
