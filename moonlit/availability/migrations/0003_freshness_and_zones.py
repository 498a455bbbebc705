"""How fresh the near days are, which facts the calendars were built with, and by which zone slots were read."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("availability", "0002_changed_stamps")]
    operations = [
        migrations.AddField("mirrorstate", "near_as_of", models.DateTimeField(null=True)),
        migrations.AddField("mirrorstate", "near_to", models.DateField(null=True)),
        migrations.AddField("mirrorstate", "facts_version", models.BigIntegerField(null=True)),
        migrations.AddField(
            "departmentzone", "time_zone", models.CharField(max_length=64, default=""), preserve_default=False
        ),
    ]
