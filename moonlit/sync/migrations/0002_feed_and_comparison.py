import uuid

import django.db.models.deletion
from django.db import migrations, models

import moonlit.platform.columns
import moonlit.platform.crypto.fields


class Migration(migrations.Migration):
    dependencies = [
        ("practice", "0002_facts_version_numbers"),
        ("sync", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Comparison",
            fields=[
                (
                    "location",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="practice.location",
                    ),
                ),
                ("next_at", models.DateTimeField()),
                ("succeeded_at", models.DateTimeField(null=True)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=60)),
                ("visits", models.PositiveIntegerField(default=0)),
                ("added", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("cancelled", models.PositiveIntegerField(default=0)),
                ("differing", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Feed",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("next_at", models.DateTimeField()),
                ("subscribed_at", models.DateTimeField(null=True)),
                ("reading_since", models.DateTimeField(null=True)),
                ("read_at", models.DateTimeField(null=True)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=60)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="feed_is_one")],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("source", models.CharField(choices=[("feed", "Feed"), ("push", "Push")], max_length=4)),
                ("event_id", models.CharField(max_length=100, null=True, unique=True)),
                ("appointment_id", models.CharField(blank=True, max_length=40)),
                (
                    "raw",
                    moonlit.platform.crypto.fields.EncryptedJSON(data_class=moonlit.platform.columns.DataClass["PHI"]),
                ),
                ("received_at", models.DateTimeField()),
                ("applied_at", models.DateTimeField(null=True)),
                ("next_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=60)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("applied_at", None)), fields=["next_at"], name="notice_due"
                    ),
                    models.Index(fields=["applied_at"], name="notice_applied"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("source__in", ["feed", "push"])), name="notice_source_known"
                    )
                ],
            },
        ),
    ]
