"""Lists of messages stay quick when years of them are kept; so does the question whose number a text came from."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from moonlit.notifications import staff_queries
from moonlit.notifications.dead_letters import GIVEN_UP
from moonlit.notifications.models import Message, Notice
from moonlit.notifications.staff_queries import PILES, UNTOLD, Wanted, pile_counts, untold_count, vendor_health
from moonlit.notifications.tests.scene import NOW, PHONE
from moonlit.people.queries import people_with_number
from moonlit.people.services import phone_index

pytestmark = pytest.mark.django_db


def plan_of(rows):
    """How PostgreSQL would find them if reading a whole table were dear."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        return rows.explain()


def test_the_index_of_what_needs_a_hand_holds_just_that():
    (index,) = [each for each in Message._meta.indexes if each.name == "message_given_up"]
    assert index.condition == GIVEN_UP


@pytest.mark.parametrize("pile", ["hand", "withheld"])
def test_rare_messages_are_not_looked_for_among_all(pile):
    newest = Message.objects.filter(PILES[pile])
    index = {"hand": "message_given_up", "withheld": "message_withheld"}[pile]
    assert index in plan_of(newest)


def test_what_nobody_was_told_is_not_looked_for_among_all_notices():
    assert "notice_untold" in plan_of(Notice.objects.filter(UNTOLD))


def test_the_last_text_is_not_looked_for_among_all_messages(vendors):
    with CaptureQueriesContext(connection) as asked:
        vendor_health()
    last = [each["sql"] for each in asked if "MAX(" in each["sql"]]
    assert len(last) == 2
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {last[0]}")
        assert "message_last_sent" in str(cursor.fetchall())


def test_nobody_waits_until_everything_ever_sent_is_counted(monkeypatch):
    monkeypatch.setattr(staff_queries, "MOST_COUNTED", 2)
    for number in range(4):
        pk = uuid4()
        Message.objects.create(
            id=pk, event=f"appointment.booked:{pk}:1", kind="confirmation", channel="email", subject=str(pk),
            recipient="zoe@example.org", recipient_index=b"1", state="failed" if number else "sent", created_at=NOW,
        )  # fmt: skip
        Notice.objects.create(event=f"x:{pk}:1", kind="confirmation", subject=str(pk), outcome="nobody", decided_at=NOW)
    assert pile_counts(Wanted()) == {"hand": 3, "waiting": 0, "sent": 1, "withheld": 0}
    assert untold_count(Wanted()) == 3


def test_whose_number_it_is_is_asked_of_two_indexes(visit):
    with CaptureQueriesContext(connection) as asked:
        assert [each.pk for each in people_with_number(phone_index(PHONE))] == [visit.patient_id]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {asked.captured_queries[0]['sql']}")
        plan = str(cursor.fetchall())
    assert "Seq Scan" not in plan
    assert "patient_by_phone" in plan
    assert "confidentialcontact_by_address" in plan
