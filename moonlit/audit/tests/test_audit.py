import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from moonlit.audit import sql
from moonlit.audit.actor import PUBLIC, SYSTEM, Actor
from moonlit.audit.models import AuditEvent
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.platform.log import request_id


def write(**changes):
    given = {"actor": SYSTEM, "subject": "task:1", "facts": {"name": "Marisol"}, **changes}
    record(Verb.TASK_OPENED, **given)


def execute(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_row_says_who_did_what_to_whom_and_when(db):
    write(actor=Actor("staff", "7"), reason="patient asked", request_id="r-1")
    row = AuditEvent.objects.get()
    assert (row.actor_kind, row.actor_id, row.verb, row.subject) == ("staff", "7", "worklist:task:opened", "task:1")
    assert (row.facts, row.reason, row.request_id) == ({"name": "Marisol"}, "patient asked", "r-1")
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp(), pg_current_xact_id()::text::bigint")
        now, transaction_id = cursor.fetchone()
    assert 0 <= (now - row.at).total_seconds() < 60
    assert row.xid == transaction_id


def test_the_request_is_named_without_being_asked(db):
    token = request_id.set("r-2")
    write()
    request_id.reset(token)
    assert AuditEvent.objects.get().request_id == "r-2"


def test_facts_and_reasons_are_encrypted(db):
    write(reason="Marisol asked for it")
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_auditevent::text FROM audit_auditevent")
        row = cursor.fetchone()[0]
    assert b"Marisol".hex() not in row
    assert "Marisol" not in row


def test_rows_of_one_transaction_keep_their_order(db):
    for number in range(5):
        write(subject=f"task:{number}", actor=PUBLIC)
    ordered = AuditEvent.objects.order_by("xid", "at", "id").values_list("subject", flat=True)
    assert list(ordered) == [f"task:{number}" for number in range(5)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditevent SET subject = 'other'",
        "DELETE FROM audit_auditevent",
        "UPDATE audit_auditevent SET subject = 'other' WHERE false",
    ],
)
def test_the_log_cannot_be_changed_even_by_its_owner(db, statement):
    write()
    with pytest.raises(DatabaseError, match="append-only"):
        execute(statement)
    assert AuditEvent.objects.count() == 1


def test_the_log_cannot_be_emptied(db):
    write()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER audit_no_truncate")
        with pytest.raises(DatabaseError, match="append-only"):
            execute("TRUNCATE audit_auditevent")
        cursor.execute(sql.ALLOW_FLUSH)
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditevent SET subject = 'other'",
        "DELETE FROM audit_auditevent",
        "TRUNCATE audit_auditevent",
        "ALTER TABLE audit_auditevent DISABLE TRIGGER ALL",
        "DROP TABLE audit_auditevent",
    ],
)
def test_the_application_role_has_no_right_to_try(db, statement):
    write()
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"):
        execute(f"SET LOCAL ROLE moonlit_app; {statement}")


def test_the_application_role_writes_and_reads_the_log(db):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE moonlit_app")
        write()
        assert AuditEvent.objects.get().facts == {"name": "Marisol"}
        cursor.execute("RESET ROLE")


def test_an_actor_of_an_unknown_kind_is_refused(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        write(actor=Actor("robot", "1"))


@pytest.mark.django_db(transaction=True)
def test_a_row_needs_a_transaction():
    with pytest.raises(transaction.TransactionManagementError):
        write()


@pytest.mark.django_db(transaction=True)
def test_no_change_no_row():
    def write_and_fail():
        with transaction.atomic():
            write()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert not AuditEvent.objects.exists()


def test_verbs_are_unique_and_name_area_object_and_verb():
    assert len(set(Verb)) == len(Verb.__members__)
    assert all(len(verb.split(":")) == 3 and verb == verb.lower() for verb in Verb)
