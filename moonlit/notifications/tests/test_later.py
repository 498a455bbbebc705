"""What is told only when something has lasted: a request that waits, what is left to do, a time that was lost."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from moonlit.booking.models import Appointment
from moonlit.notifications.models import Message, Notice
from moonlit.notifications.services import later, tell_to_complete, tell_waiting
from moonlit.notifications.tests.scene import NOW
from moonlit.people.models import Consent
from moonlit.platform.outbox import emit
from moonlit.platform.testing import run_pending
from moonlit.practice.models import Document

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def waiting(visit):
    Appointment.objects.update(state="pending", athena_appt_id=None, booked_at=None)
    visit.refresh_from_db()
    return visit


def emails():
    return sorted(Message.objects.filter(channel="email").values_list("kind", flat=True))


def another(visit, **columns):
    copy = Appointment.objects.get(pk=visit.pk)
    copy.pk, copy.slot_ehr_id, copy.athena_appt_id = uuid4(), uuid4().hex[:8], uuid4().hex[:8]
    for name, value in columns.items():
        setattr(copy, name, value)
    copy.save(force_insert=True)
    return copy


class TestStillWaiting:
    def test_after_two_minutes_once(self, waiting):
        tell_waiting(now=NOW + 1.9 * MINUTE)
        assert emails() == []
        tell_waiting(now=NOW + 2 * MINUTE)
        tell_waiting(now=NOW + 3 * MINUTE)
        Appointment.objects.update(version=2, state="submitting")  # another clinician is tried
        tell_waiting(now=NOW + 4 * MINUTE)
        assert emails() == ["received"]

    @pytest.mark.parametrize("state", ["pending", "submitting", "unknown"])
    @pytest.mark.parametrize("blocked", ["", "restricted", "identity_review", "ehr_limits"])
    def test_whatever_it_waits_for_the_words_are_the_same(self, waiting, state, blocked):
        Appointment.objects.update(state=state, blocked=blocked)
        tell_waiting(now=NOW + 2 * MINUTE)
        assert emails() == ["received"]

    @pytest.mark.parametrize(
        "values", [{"state": "held", "expires_at": NOW + 60 * MINUTE}, {"state": "failed"}, {"withdrawn_at": NOW}]
    )
    def test_not_of_a_time_held_or_a_request_that_is_over(self, waiting, values):
        Appointment.objects.update(**values)
        tell_waiting(now=NOW + 2 * MINUTE)
        assert Notice.objects.count() == 0

    def test_a_move_under_way_is_told_when_it_is_over(self, waiting):
        old = another(waiting, state="booked", start=NOW + 900 * MINUTE, end=NOW + 960 * MINUTE)
        Appointment.objects.filter(pk=waiting.pk).update(moved_from=old)
        tell_waiting(now=NOW + 2 * MINUTE)
        assert Notice.objects.count() == 0

    def test_what_an_outage_of_days_left_behind_is_not_brought_up(self, waiting):
        Appointment.objects.update(start=NOW + timedelta(days=20), end=NOW + timedelta(days=21))
        tell_waiting(now=NOW + timedelta(days=2, minutes=1))
        assert Notice.objects.count() == 0

    def test_one_that_cannot_be_told_keeps_nobody_else_waiting(self, waiting, monkeypatch, lines):
        other = another(waiting, created_at=NOW - MINUTE)
        real = later.queue_visit_message

        def refuses(topic, visit, *args, **more):
            if visit == other.pk:
                raise RuntimeError("pat@example.org")
            return real(topic, visit, *args, **more)

        monkeypatch.setattr(later, "queue_visit_message", refuses)
        tell_waiting(now=NOW + 2 * MINUTE)
        assert list(Notice.objects.values_list("subject", flat=True)) == [str(waiting.pk)]
        said = lines()
        assert [line["level"] for line in said].count("error") == 1
        assert "pat@example.org" not in str(said)


class TestLeftToDo:
    @pytest.fixture
    def unsigned(self, visit):
        Document.objects.create(kind="treatment", version="1", url="https://example.org/treatment")
        start = NOW + timedelta(days=9)
        Appointment.objects.update(start=start, end=start + 60 * MINUTE)
        visit.refresh_from_db()
        return visit

    def test_an_hour_after_the_booking_once(self, unsigned):
        tell_to_complete(now=NOW + 59 * MINUTE)
        assert emails() == []
        tell_to_complete(now=NOW + 60 * MINUTE)
        Appointment.objects.update(version=3)
        tell_to_complete(now=NOW + 61 * MINUTE)
        assert emails() == ["to_complete"]

    def test_what_an_outage_of_two_days_left_behind_is_not_brought_up(self, unsigned):
        tell_to_complete(now=NOW + later.FORGET)
        assert Notice.objects.count() == 0
        tell_to_complete(now=NOW + later.FORGET - MINUTE)
        assert emails() == ["to_complete"]

    def test_nothing_left_is_written_down_and_not_looked_at_again(self, unsigned):
        Consent.objects.create(
            patient=unsigned.patient, appointment=unsigned.pk, kind="treatment", version="1", state="given",
            source="link", decided_at=NOW,
        )  # fmt: skip
        unsigned.patient.address = {"line1": "4 Canyon Rim", "city": "Provo", "state": "UT", "zip": "84601"}
        unsigned.patient.save()
        tell_to_complete(now=NOW + 60 * MINUTE)
        tell_to_complete(now=NOW + 70 * MINUTE)
        assert [(notice.outcome, notice.why) for notice in Notice.objects.all()] == [("stale", "complete")]

    def test_a_visit_that_was_moved_is_not_told_again(self, unsigned):
        tell_to_complete(now=NOW + 60 * MINUTE)
        Appointment.objects.update(state="moved")
        between = another(unsigned, state="moved", moved_from=unsigned)
        another(between, state="booked", moved_from=between, booked_at=NOW + 60 * MINUTE)
        tell_to_complete(now=NOW + 121 * MINUTE)
        assert emails() == ["to_complete"]
        assert Notice.objects.get(why="told_already").outcome == "stale"

    def test_a_visit_moved_before_the_hour_was_over_is_told_at_its_new_time(self, unsigned):
        Appointment.objects.update(state="moved")
        another(unsigned, state="booked", moved_from=unsigned, booked_at=NOW + 30 * MINUTE)
        tell_to_complete(now=NOW + 90 * MINUTE)
        assert emails() == ["to_complete"]

    @pytest.mark.parametrize("values", [{"origin": "ehr"}, {"change": "cancel"}, {"state": "cancelled"}])
    def test_not_of_what_was_made_in_the_ehr_or_will_not_be(self, unsigned, values):
        Appointment.objects.update(**values)
        tell_to_complete(now=NOW + 60 * MINUTE)
        assert Notice.objects.count() == 0


def test_a_lost_time_is_told_three_minutes_later_to_who_has_left_the_page(visit, clock_at_now):
    Appointment.objects.update(state="lost", athena_appt_id=None)
    with transaction.atomic():
        emit("appointment.not_booked", visit.pk, version=1)
    run_pending()
    (row,) = Message.objects.filter(channel="email")
    assert (row.kind, row.next_at, UUID(row.subject)) == ("not_booked", NOW + 3 * MINUTE, visit.pk)
