from django.db import migrations, models

import moonlit.platform.columns
import moonlit.platform.crypto.fields


class Migration(migrations.Migration):
    dependencies = [
        ("booking", "0008_chart_write_details"),
    ]

    operations = [
        migrations.AddField(
            model_name="appointment",
            name="contact_asked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="appointment",
            name="contact_read_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="appointment",
            name="join_url",
            field=moonlit.platform.crypto.fields.EncryptedText(
                data_class=moonlit.platform.columns.DataClass["PHI"], null=True
            ),
        ),
        migrations.AddField(
            model_name="appointment",
            name="join_for",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="appointment",
            name="join_asked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="appointment",
            name="join_problem",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="appointment",
            name="join_given_up_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="visitreview",
            name="told_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(
                condition=models.Q(("origin", "moonlit"), ("state", "booked")),
                fields=["booked_at"],
                name="appointment_just_booked",
            ),
        ),
    ]
