"""Every row a reader keeps in memory is stamped with the transaction that wrote it (architecture, "Availability")."""

from django.db import migrations

TABLES = ("availability_providercalendar", "availability_capcount", "availability_mirrorstate")

FUNCTION = """
CREATE FUNCTION availability_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed := pg_current_xact_id();
  RETURN NEW;
END $$
"""
STAMP = """
ALTER TABLE {table} ADD COLUMN changed xid8 NOT NULL DEFAULT '0';
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION availability_stamp();
CREATE INDEX {table}_changed ON {table} (changed);
"""
UNSTAMP = """
DROP TRIGGER stamp ON {table};
ALTER TABLE {table} DROP COLUMN changed;
"""


class Migration(migrations.Migration):
    dependencies = [("availability", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION availability_stamp()"),
        *(migrations.RunSQL(STAMP.format(table=table), UNSTAMP.format(table=table)) for table in TABLES),
    ]
