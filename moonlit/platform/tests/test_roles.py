import pytest
from django.db import DatabaseError, connection, transaction

from moonlit.platform import roles

pytestmark = pytest.mark.django_db


def as_role(role, statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")
        cursor.execute(statement)


def refused(role, statement):
    with pytest.raises(DatabaseError) as caught:
        as_role(role, statement)
    return caught.value.__cause__.sqlstate == "42501"


def tables(prefix):
    names = [name for name in connection.introspection.table_names() if name.startswith(prefix)]
    assert names
    return names


@pytest.mark.parametrize(
    "change",
    ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}", "ALTER TABLE {} DISABLE TRIGGER ALL", "DROP TABLE {}"],
)
def test_the_application_cannot_change_remove_or_unguard_audit_rows(change):
    for table in tables(roles.AUDIT_PREFIX):
        assert refused(roles.APP, change.format(table)), (table, change)


def test_the_refusal_is_the_roles_own_and_not_only_the_triggers():
    with connection.cursor() as cursor:
        for table in tables(roles.AUDIT_PREFIX):
            for right, held in {
                "SELECT": True,
                "INSERT": True,
                "UPDATE": False,
                "DELETE": False,
                "TRUNCATE": False,
            }.items():
                cursor.execute("SELECT has_table_privilege(%s, %s, %s)", [roles.APP, table, right])
                assert cursor.fetchone()[0] is held, (table, right)


def test_the_application_reads_the_audit_tables():
    for table in tables(roles.AUDIT_PREFIX):
        as_role(roles.APP, f"SELECT count(*) FROM {table}")


def test_the_application_works_on_every_other_table_but_cannot_change_its_shape():
    for table in tables("platform_") + tables("procrastinate_") + tables("staff_"):
        as_role(roles.APP, f"SELECT count(*) FROM {table}")
        as_role(roles.APP, f"DELETE FROM {table} WHERE false")
        assert refused(roles.APP, f"ALTER TABLE {table} ADD COLUMN x int")
    assert refused(roles.APP, "CREATE TABLE mine (x int)")


def test_the_viewer_reads_the_audit_tables_and_nothing_else():
    for table in tables(roles.AUDIT_PREFIX):
        as_role(roles.VIEWER, f"SELECT count(*) FROM {table}")
        assert refused(roles.VIEWER, f"DELETE FROM {table}")
    assert refused(roles.VIEWER, "SELECT count(*) FROM staff_user")


def test_a_login_that_may_not_make_roles_is_told_so_without_an_error():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE ROLE plain NOLOGIN")
        cursor.execute("SET LOCAL ROLE plain")
        assert roles.create() is False
        cursor.execute("RESET ROLE")


def test_a_managed_servers_administrator_without_superuser_may_make_them():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP OWNED BY {roles.APP}, {roles.VIEWER}")
        cursor.execute(f"ALTER ROLE {roles.APP} RENAME TO kept_app")
        cursor.execute(f"ALTER ROLE {roles.VIEWER} RENAME TO kept_viewer")
        cursor.execute("CREATE ROLE manager CREATEROLE NOLOGIN")
        cursor.execute("SET LOCAL ROLE manager")
        assert roles.create() is True
        cursor.execute(f"SET LOCAL ROLE {roles.APP}")
        transaction.set_rollback(True)


def test_giving_the_rights_again_changes_nothing():
    assert roles.create()
    roles.grant()
    roles.grant()
    as_role(roles.APP, "SELECT count(*) FROM staff_user")
