"""The database's own limits on what a process may do.

The login owns the tables and migrates. `moonlit_app`, the role the web server and the worker take, reads and writes
rows, has no DDL, and can only add to the audit tables. `moonlit_viewer` reads the audit tables and nothing else.
"""

from django.db import DatabaseError, connection, transaction
from psycopg import sql

APP = "moonlit_app"
VIEWER = "moonlit_viewer"
AUDIT_PREFIX = "audit_"

_CREATE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role} NOLOGIN; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;  -- another process was quicker
END $$"""
_OUR_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v')"""


def create() -> bool:
    """Makes both roles and lets this login take them; False when the server does not permit it (a managed one may
    want them made by its own administrator, after which everything else works the same).
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for role in (APP, VIEWER):
                cursor.execute(_CREATE.format(role=role))
                cursor.execute("SELECT pg_has_role(%s, 'MEMBER')", [role])
                if not cursor.fetchone()[0]:
                    cursor.execute(f"GRANT {role} TO CURRENT_USER")
    except DatabaseError as refusal:
        if getattr(refusal.__cause__, "sqlstate", "") != "42501":
            raise
        return False
    return True


def grant() -> None:
    """Gives both roles exactly their rights on every table there is now; run after each migration."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        schema = sql.Identifier(cursor.fetchone()[0])
        cursor.execute(_OUR_TABLES)
        audit = [name for (name,) in cursor.fetchall() if name.startswith(AUDIT_PREFIX)]
        roles = sql.SQL(", ").join([sql.Identifier(APP), sql.Identifier(VIEWER)])
        app, viewer = sql.Identifier(APP), sql.Identifier(VIEWER)
        cursor.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA {} FROM PUBLIC, {}").format(schema, roles))
        cursor.execute(sql.SQL("REVOKE CREATE ON SCHEMA {} FROM PUBLIC, {}").format(schema, roles))
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, roles))
        cursor.execute(
            sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {} TO {}").format(schema, app),
        )
        cursor.execute(sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {} TO {}").format(schema, app))
        cursor.execute(sql.SQL("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {} TO {}").format(schema, app))
        for name in audit:
            table = sql.Identifier(name)
            cursor.execute(sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(table, app))
            cursor.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(table, viewer))
