"""Facts change in one way: with an audit row and a new version, or not at all."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from moonlit.audit.actor import SYSTEM
from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb
from moonlit.practice.models import Location, Practice
from moonlit.practice.queries import is_published, practice, today
from moonlit.practice.services import allow_embedding, changing_facts, lock_facts, save_rows
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
    assert practice().published_languages == {"es": date(2026, 1, 1)}


def publish(**es: str) -> None:
    with change():
        Practice.objects.update(published_languages={"es": {"reviewer": "Perpetua Oyelaran", "on": "2026-03-01", **es}})


def test_a_language_is_published_from_its_day_on_at_the_practice():
    make_practice()
    publish()
    assert not is_published("es", datetime(2026, 3, 1, 6, tzinfo=UTC)), "28 February in Denver"
    assert is_published("es", datetime(2026, 3, 1, 8, tzinfo=UTC))


def test_a_language_without_a_reviewer_s_name_is_not_published():
    make_practice()
    publish(reviewer=" ")
    assert not is_published("es", datetime(2026, 3, 2, tzinfo=UTC))


def test_english_needs_nobody_and_another_language_needs_an_entry():
    assert is_published("en", datetime(2026, 3, 2, tzinfo=UTC))
    assert not is_published("es", datetime(2026, 3, 2, tzinfo=UTC)), "there is no practice yet"
    make_practice()
    assert not is_published("fr", datetime(2026, 3, 2, tzinfo=UTC))


def test_the_practice_s_day_is_its_own_not_utc():
    make_practice()
    assert today(datetime(2026, 11, 23, 5, tzinfo=UTC)) == date(2026, 11, 22)
    assert today(datetime(2026, 11, 23, 7, tzinfo=UTC)) == date(2026, 11, 23)


def test_a_site_is_allowed_to_embed_once_and_it_is_audited():
    make_practice()
    allow_embedding("http://localhost:8001", actor=SYSTEM)
    assert practice().embed_origins == ("http://localhost:8001",)
    said = [(row.verb, row.subject, row.facts) for row in AuditEvent.objects.all() if row.facts]
    assert said == [(Verb.PRACTICE_CHANGED, "practice:1", {"embed_origins": ["http://localhost:8001"]})]


def test_a_site_that_may_embed_already_changes_nothing():
    make_practice()
    allow_embedding("http://localhost:8001", actor=SYSTEM)
    version, rows = facts_version(), AuditEvent.objects.count()
    allow_embedding("http://localhost:8001", actor=SYSTEM)
    assert (facts_version(), AuditEvent.objects.count()) == (version, rows)
    assert practice().embed_origins == ("http://localhost:8001",)
