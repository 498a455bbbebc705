from django.db import migrations


class Migration(migrations.Migration):
    """A sequence never gives a number twice, not even after a rollback: a cache cannot take one state for another."""

    dependencies = [("practice", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE practice_facts_number OWNED BY practice_factsversion.version",
            "DROP SEQUENCE practice_facts_number",
        ),
    ]
