from django.db import migrations


class Migration(migrations.Migration):
    """Two contracts of one provider with one payer never overlap; both ends are inclusive, no end means open.

    Written with `end_date + 1` so that a contract withdrawn before it began (it ends the day before) is an empty range,
    which overlaps nothing.
    """

    dependencies = [("coverage", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            ALTER TABLE coverage_providerpayer ADD CONSTRAINT providerpayer_no_overlap
            EXCLUDE USING gist (
                int8range(provider_id, provider_id, '[]') WITH &&,
                int8range(payer_id, payer_id, '[]') WITH &&,
                daterange(effective_date, end_date + 1, '[)') WITH &&
            ) WHERE (effective_date IS NOT NULL)
            """,
            "ALTER TABLE coverage_providerpayer DROP CONSTRAINT providerpayer_no_overlap",
        ),
    ]
