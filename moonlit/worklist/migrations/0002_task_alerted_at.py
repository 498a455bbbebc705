from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("worklist", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="task",
            name="alerted_at",
            field=models.DateTimeField(null=True),
        ),
    ]
