from datetime import timedelta

import time_machine

from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb
from moonlit.availability.models import DepartmentZone, MirrorState
from moonlit.booking.models import Appointment
from moonlit.booking.services import advance, write_supervision
from moonlit.dashboard.tests.reading import page, part
from moonlit.dashboard.tests.test_appointments import copies
from moonlit.ehr.port import Rejected, Retry, Unknown
from moonlit.leads.models import Lead
from moonlit.notifications.models import Message
from moonlit.notifications.port import get_sms
from moonlit.platform.policy import Role
from moonlit.platform.testing import run_pending
from moonlit.platform.vendor_models import VendorBreaker
from moonlit.practice.models import Practice
from moonlit.staff.testing import signed_in_client
from moonlit.sync.models import SyncWindow
from moonlit.sync.services import compare_all, follow_feed
from moonlit.worklist.models import Task


def test_a_quiet_day_says_that_nothing_is_the_matter(staff):
    text = page(staff, "/staff/")
    for told in (
        "Monday, March 2, 2026, 9:00 AM MST",
        "Nothing is open",
        "The EHR has answered every request",
        "No request was turned down without a call",
        "Every supervised visit names its supervisor",
        "Every message of the last seven days was sent",
        "Every text has been read",
        "Nobody waits for an answer",
        "No visit is booked for these days",
    ):
        assert told in text, told


def test_a_request_the_ehr_has_not_answered_waits_in_sight(staff, book):
    book()
    assert "Zoë" in part(staff, "waiting")
    assert "1 request waits for the EHR" in page(staff, "/staff/")


def test_a_request_that_was_turned_down_stays_until_somebody_called(desk, staff, book):
    lost = book()
    desk.ehr.fail_next("book", Rejected("gone", code="patient_refused"))
    advance(lost, clock=desk.clock)
    assert "The EHR refused the patient" in part(staff, "not-booked")
    task = Task.objects.get(kind="not_booked_call")
    staff.post(f"/staff/tasks/{task.pk}/close", {"outcome": "reached"})
    assert "Zoë" not in part(staff, "not-booked")


def test_a_supervisor_who_is_not_in_the_ehr_after_a_try_is_shown(desk, staff, book):
    supervised = book(11, confirmed=True)
    assert "Zoë" not in part(staff, "supervision")
    desk.ehr.fail_next("set_supervisor", Unknown("lost"))
    write_supervision(supervised, clock=desk.clock)
    assert "Not in the EHR yet" in part(staff, "supervision")
    write = desk.clock.at + timedelta(hours=1)
    desk.clock.at = write
    write_supervision(supervised, clock=desk.clock)
    assert "Zoë" not in part(staff, "supervision")


def test_messages_that_failed_this_week_are_shown_without_their_words(desk, staff, book):
    book(confirmed=True)
    run_pending(now=desk.clock())
    Message.objects.update(state="failed", error="too_long")
    assert "The text does not fit" in part(staff, "messages")
    assert "zoe@example.org" not in part(staff, "messages")
    Message.objects.update(created_at=desk.clock() - timedelta(days=8))
    assert "was sent, or still" in part(staff, "messages")


def test_leads_that_wait_are_shown(staff, leave):
    leave()
    assert "Inés" in part(staff, "leads")
    assert "1 lead waits" in page(staff, "/staff/")


def test_leads_whose_day_has_come_and_who_can_book_stand_first(desk, staff, leave):
    due, can_book = leave(preferred_name="Dora"), leave(preferred_name="Bruno", email="b@example.org")
    Lead.objects.filter(pk=due).update(follow_up_date="2026-03-01")
    Lead.objects.filter(pk=can_book).update(invitable_at=desk.clock())
    text = page(staff, "/staff/")
    assert "2 leads wait 1 follow-up due 1 can book now" in text
    assert "Follow-up is due" in text
    assert "Can book now: call or invite" in text


def test_a_vendor_that_is_ill_is_said_beside_the_messages(desk, staff):
    VendorBreaker.objects.create(vendor=get_sms().name, errors=10, open_until=desk.clock())
    assert "Text message: not reachable just now" in " ".join(part(staff, "messages").split())


def test_how_long_ago_the_ehr_was_heard_is_said(staff, desk):
    assert "Changes in the EHR read: never. All visits compared: never. Too long ago" in " ".join(
        part(staff, "calendars").replace('<span class="problem">', "").split()
    )
    follow_feed(clock=desk.clock)
    compare_all(clock=desk.clock)
    text = part(staff, "calendars")
    assert "Changes in the EHR read: just now. All visits compared: just now." in text
    assert "Too long ago" not in text


def test_fresh_calendars_say_when_they_were_refreshed(staff):
    text = part(staff, "calendars")
    assert "Video visit" in text
    assert "Behind" not in text
    assert "0 calendars to look at" in page(staff, "/staff/")


def test_a_calendar_behind_or_failing_is_named_with_its_error(desk, staff):
    desk.ehr.fail_next("open_slots", Retry("down"))
    desk.clock.forward(minutes=11)
    desk.sync()
    SyncWindow.objects.filter(kind="near").update(succeeded_at=desk.clock() - timedelta(minutes=11))
    with time_machine.travel(desk.clock.at, tick=False):
        text = part(staff, "calendars")
    assert "Behind" in text
    assert "The EHR answered with an error" in text
    assert MirrorState.objects.exclude(error="").exists()


def test_a_place_whose_zone_differs_says_that_its_times_are_withheld(staff):
    DepartmentZone.objects.filter(location__code="clinic").update(agrees=False, ehr_time_zone="America/Boise")
    text = part(staff, "calendars")
    assert "Withheld: the EHR's time zone differs" in text.replace("&#x27;", "'")
    assert "America/Boise" in text
    assert "1 calendar to look at" in page(staff, "/staff/")


def test_the_coming_days_are_shown_by_day_and_no_further(staff, book):
    book(confirmed=True)
    text = part(staff, "coming")
    assert "Friday, March 6" in text
    Appointment.objects.update(start="2026-03-09T07:00Z", end="2026-03-09T08:00Z")
    assert "No visit is booked for these days" in part(staff, "coming")


def test_whoever_was_shown_is_written_down(staff, book):
    kept = Appointment.objects.get(pk=book(confirmed=True))
    page(staff, "/staff/")
    shown = AuditEvent.objects.filter(verb=Verb.BOOKING_LISTED)
    assert [row.facts["patients"] for row in shown] == [[str(kept.patient_id)]]


def test_a_full_day_takes_no_more_queries_than_a_light_one(staff, book, leave, django_assert_max_num_queries):
    copies(book(9), 30, state="pending")
    copies_of_leads = [leave(email=f"p{number}@example.org") for number in range(10)]
    assert len(copies_of_leads) == 10
    with django_assert_max_num_queries(64):
        staff.get("/staff/")


def test_before_the_first_practice_file_the_page_stands(db):
    assert not Practice.objects.exists()
    assert "No location yet" in page(signed_in_client(Role.ADMIN), "/staff/")
