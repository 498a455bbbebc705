from django.db import migrations


class Migration(migrations.Migration):
    """The table of Django's database cache (`createcachetable` makes the same), where sign-in attempts are counted."""

    dependencies = [("staff", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE staff_cache (
                cache_key varchar(255) NOT NULL PRIMARY KEY,
                value text NOT NULL,
                expires timestamptz NOT NULL
            );
            CREATE INDEX staff_cache_expires ON staff_cache (expires);
            """,
            "DROP TABLE staff_cache",
        ),
    ]
