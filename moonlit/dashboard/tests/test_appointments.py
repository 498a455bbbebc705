from moonlit.audit.actor import SYSTEM
from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment
from moonlit.booking.services import write_supervision
from moonlit.dashboard.paging import ROWS
from moonlit.dashboard.tests.reading import page
from moonlit.platform.testing import run_pending
from moonlit.worklist.kinds import TaskKind, Team
from moonlit.worklist.services import open_task
from tests.support.people import patient


def rows(client, query=""):
    return client.get(f"/staff/appointments{query}").content.decode().count('<th scope="row">')


def copies(appointment, count, **changes):
    """More appointments like this one, a day apart each; made as rows, for long lists."""
    kept = Appointment.objects.get(pk=appointment)
    for number in range(count):
        Appointment.objects.create(
            state=changes.get("state", kept.state),
            provider_id=kept.provider_id,
            location_id=kept.location_id,
            patient_id=kept.patient_id,
            start=kept.start.replace(month=4, day=1 + number % 28),
            end=kept.end.replace(month=4, day=1 + number % 28),
            time_zone=kept.time_zone,
            athena_appt_id=f"copy-{number}",
            created_at=kept.created_at,
        )


def test_the_list_names_patient_clinicians_payer_route_state_and_ehr_id(desk, staff, book):
    supervised = book(11, confirmed=True)
    write_supervision(supervised, clock=desk.clock)
    text = page(staff, "/staff/appointments")
    assert "Zoë Ñandú-O'Leary Fri, March 6, 2026, 11:00 AM MST Video visit Rui Resident, MD Ada Attending, MD" in text
    assert "Alpine Health Plan Supervised Booked 17203061100" in text


def test_a_time_is_told_on_the_clock_of_the_visit_and_names_it(staff, book):
    moved = book(confirmed=True)
    Appointment.objects.filter(pk=moved).update(time_zone="America/Los_Angeles")
    assert "Fri, March 6, 2026, 8:00 AM PST" in page(staff, "/staff/appointments")


def test_who_was_shown_is_written_down_with_the_page(staff, book):
    kept = Appointment.objects.get(pk=book())
    page(staff, "/staff/appointments")
    shown = AuditEvent.objects.get(verb=Verb.BOOKING_LISTED)
    assert (shown.actor_kind, shown.facts) == ("staff", {"patients": [str(kept.patient_id)]})


def test_reading_one_appointment_is_a_read_of_its_patient(staff, book):
    kept = Appointment.objects.get(pk=book())
    page(staff, f"/staff/appointments/{kept.pk}")
    read = AuditEvent.objects.get(verb=Verb.PATIENT_READ)
    assert (read.subject, read.facts) == (f"patient:{kept.patient_id}", {"appointment": str(kept.pk)})


def test_an_empty_list_says_what_that_means(staff):
    assert "No appointment fits" in page(staff, "/staff/appointments")
    assert "Nobody has booked yet" in page(staff, "/staff/appointments?from=")
    assert not AuditEvent.objects.filter(verb=Verb.BOOKING_LISTED).exists()


def test_the_list_is_narrowed_by_state(staff, book):
    book(9)
    book(10, confirmed=True)
    assert (rows(staff), rows(staff, "?state=booked"), rows(staff, "?state=waiting")) == (2, 1, 1)
    assert rows(staff, "?state=cancelled") == 0


def test_the_list_starts_today_unless_told_otherwise(desk, staff, book):
    past = book(confirmed=True)
    Appointment.objects.filter(pk=past).update(start="2026-02-20T16:00Z", end="2026-02-20T17:00Z")
    assert (rows(staff), rows(staff, "?from=2026-02-20"), rows(staff, "?from=2026-02-21"), rows(staff, "?from=")) == (
        0,
        1,
        0,
        1,
    )


def test_the_first_day_begins_at_midnight_of_the_practice(staff, book):
    late = book(confirmed=True)
    Appointment.objects.filter(pk=late).update(start="2026-03-07T04:00Z", end="2026-03-07T05:00Z")
    assert "Fri, March 6, 2026, 9:00 PM MST" in page(staff, "/staff/appointments?from=2026-03-06")
    assert rows(staff, "?from=2026-03-07") == 0


def test_a_filter_that_is_none_is_said_and_not_obeyed(staff, book):
    book()
    assert "There is no such state" in page(staff, "/staff/appointments?state=nonsense")
    for wrong in ("tomorrow", "2026-02-30", "0001-01-01", "9999-12-31", "%00"):
        assert "This is not a date" in page(staff, f"/staff/appointments?from={wrong}")


def test_a_long_list_comes_in_pages(staff, book):
    copies(book(confirmed=True), ROWS + 4)
    first, second = page(staff, "/staff/appointments"), page(staff, "/staff/appointments?page=2")
    assert f"1 to {ROWS} of {ROWS + 5} Next page" in first
    assert f"Previous page {ROWS + 1} to {ROWS + 5} of {ROWS + 5}" in second
    assert staff.get("/staff/appointments?state=booked&page=9")["Location"].endswith("?state=booked&page=2")
    for odd in ("0", "-1", "x", "9" * 30, "٣"):
        assert "Next page" in page(staff, f"/staff/appointments?state=booked&from=&page={odd}") or odd == "9" * 30


def test_a_longer_page_takes_no_more_queries(staff, book, django_assert_max_num_queries):
    copies(book(confirmed=True), ROWS)
    with django_assert_max_num_queries(20):
        staff.get("/staff/appointments")


def test_one_appointment_shows_everything_about_it(desk, staff, book):
    about = book(11, confirmed=True, patient=patient(preferred_name="Zo", address={"line1": "7 Example Row"}))
    write_supervision(about, clock=desk.clock)
    run_pending(now=desk.clock())
    subject = f"appointment:{about}"
    open_task(
        TaskKind.GOOD_FAITH_ESTIMATE,
        subject=subject,
        team=Team.BILLING,
        due=None,
        visit_date=None,
        note="asked by phone",
        actor=SYSTEM,
        now=desk.clock(),
    )
    text = page(staff, f"/staff/appointments/{about}")
    for told in (
        "Zoë Ñandú-O'Leary wants to be called Zo",
        "February 28, 1990",
        "(801) 555-0142",
        "7 Example Row",
        "MX-100",
        "Alpine Health Plan",
        "Bartholomew Quill",
        "Not signed yet: nothing may be said",
        "Text messages: Given",
        "Terms: Given version 1",
        "10, by video at home",
        "Rui Resident, MD the patient asked for anybody",
        "Ada Attending, MD Written to the EHR and read back",
        "The supervisor renders",
        "Waiting for the EHR Mon, March 2, 2026, 9:00 AM MST Patient",
        "Booked Mon, March 2, 2026, 9:00 AM MST Moonlit",
        "Send a good faith estimate",
        "asked by phone",
        "Confirmation E-mail z...@example.org to the patient",
        "Version 1, Mon, March 2, 2026, 9:00 AM MST",
        "covered through the supervisor",
        "What was told then Patient, first name Zoë",
    ):
        assert told in text, told


def test_an_imported_visit_without_patient_or_decision_is_shown_too(staff, book):
    kept = Appointment.objects.get(pk=book(confirmed=True))
    bare = Appointment.objects.create(
        state="booked",
        origin="ehr",
        provider_id=kept.provider_id,
        location_id=kept.location_id,
        start=kept.start.replace(day=9),
        end=kept.end.replace(day=9),
        time_zone=kept.time_zone,
        athena_appt_id="imported-1",
        created_at=kept.created_at,
    )
    text = page(staff, f"/staff/appointments/{bare.pk}")
    assert "Held time, no name yet" not in text
    assert "Visit of the EHR, no name here" in text
    assert "the visit came from the EHR" in text
    assert not AuditEvent.objects.filter(verb=Verb.PATIENT_READ).exists()
