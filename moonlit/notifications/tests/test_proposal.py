"""Staff ask the patient about a booked visit: one message for each review, of which nobody can tell why (rules 4.14)."""

import pytest

from moonlit.audit.actor import Actor
from moonlit.booking.models import VisitReview
from moonlit.booking.services import dismiss_review, tell_patient
from moonlit.notifications.models import Message
from moonlit.notifications.tests.scene import NOW
from moonlit.platform.testing import run_pending

pytestmark = pytest.mark.django_db
BILLER = Actor("staff", "biller")


def review(visit):
    return VisitReview.objects.create(appointment=visit, kind="lost", before={}, found_at=NOW)


def test_each_review_is_a_message_of_its_own_though_the_version_is_the_same(visit, clock_at_now):
    for _ in range(2):
        found = review(visit)
        assert tell_patient(found.pk, actor=BILLER, now=NOW)
        run_pending()
        dismiss_review(found.pk, actor=BILLER, now=NOW)
    messages = Message.objects.filter(channel="email")
    assert {(message.kind, message.subject, message.subject_version) for message in messages} == {
        ("proposal", str(visit.pk), visit.version)
    }
    assert messages.count() == 2


def test_it_says_nothing_of_money_coverage_or_people(visit, clock_at_now, vendors):
    tell_patient(review(visit).pk, actor=BILLER, now=NOW)
    run_pending()
    (letter,) = vendors["sendgrid"].taken
    words = (letter.subject + letter.text).casefold()
    assert not [word for word in ("cover", "insur", "bill", "pay", "quintero", "robin") if word in words]
