"""Facts change in one way: with an audit row and a new version, or not at all."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from moonlit.audit.actor import SYSTEM
from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb
from moonlit.practice.models import Location, Practice
from moonlit.practice.queries import practice, today
from moonlit.practice.services import changing_facts, lock_facts, save_rows
from moonlit.practice.versions import facts_version

pytestmark = pytest.mark.django_db


def change():
    return changing_facts(Verb.PRACTICE_CHANGED, actor=SYSTEM, subject="practice:1")


def test_facts_are_written_inside_a_change_only():
    with pytest.raises(RuntimeError):
        save_rows(Location, added=[{"code": "x", "name": "X", "kind": "clinic", "time_zone": "UTC"}])


@pytest.mark.django_db(transaction=True)
def test_facts_are_locked_in_a_transaction_only():
    with pytest.raises(transaction.TransactionManagementError):
        lock_facts()


def test_a_change_gives_a_new_version_once_however_deep_it_is():
    with change():
        before = facts_version()
        with change():
            save_rows(Location, added=[{"code": "x", "name": "X", "kind": "clinic", "time_zone": "UTC"}])
        assert facts_version() < 0 > before
    first = facts_version()
    assert first > 0
    with change(), change():
        pass
    assert facts_version() == first + 1
    assert AuditEvent.objects.count() == 4


def test_a_version_that_was_rolled_back_never_comes_again():
    with change():
        pass
    with transaction.atomic():
        with change():
            pass
        rolled_back = facts_version()
        transaction.set_rollback(True)
    with change():
        pass
    assert facts_version() > rolled_back


def test_a_change_that_fails_leaves_nothing():
    before = AuditEvent.objects.count()
    row = {"code": "x", "name": "X", "kind": "clinic", "time_zone": "UTC"}
    with pytest.raises(IntegrityError), change():
        save_rows(Location, added=[row, row])
    assert not Location.objects.exists()
    assert AuditEvent.objects.count() == before
    with pytest.raises(RuntimeError):
        save_rows(Location, added=[])


def make_practice() -> None:
    with change():
        Practice.objects.create(
            name="Moonlit Psychiatry",
            message_name="Moonlit",
            time_zone="America/Denver",
            phone="801-555-0100",
            states=["UT"],
            home_state="UT",
            published_languages={"es": {"reviewer": "Perpetua Oyelaran", "on": "2026-01-01"}},
            anchor=date(2026, 11, 23),
        )


def test_the_practice_is_read_as_it_is_stored():
    with pytest.raises(Practice.DoesNotExist):
        practice()
    make_practice()
    assert practice().message_name == "Moonlit"
    assert practice().published_languages == {"es"}


def test_the_practice_s_day_is_its_own_not_utc():
    make_practice()
    assert today(datetime(2026, 11, 23, 5, tzinfo=UTC)) == date(2026, 11, 22)
    assert today(datetime(2026, 11, 23, 7, tzinfo=UTC)) == date(2026, 11, 23)
