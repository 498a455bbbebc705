from django.db import migrations


class Migration(migrations.Migration):
    """A rate bucket is worth nothing after a crash: its table need not be in the write-ahead log."""

    dependencies = [("platform", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE platform_ratebucket SET UNLOGGED",
            "ALTER TABLE platform_ratebucket SET LOGGED",
        ),
    ]
