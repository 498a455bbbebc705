import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("booking", "0004_chart_writes")]
    operations = [
        migrations.CreateModel(
            name="RedecisionRun",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("facts_version", models.BigIntegerField()),
                ("day", models.DateField()),
                ("past", models.BooleanField(default=False)),
                ("cursor", models.UUIDField(null=True)),
                ("done", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="redecisionrun_one_row"),
                ],
            },
        ),
        migrations.CreateModel(
            name="VisitReview",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("proposal", "Proposal"), ("lost", "Lost"), ("past", "Past")], max_length=8
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("applied", "Applied"),
                            ("dismissed", "Dismissed"),
                            ("gone", "Gone"),
                        ],
                        default="open",
                        max_length=9,
                    ),
                ),
                ("before", models.JSONField()),
                ("after", models.JSONField(null=True)),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                ("found_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                ("settled_by", models.CharField(blank=True, max_length=64)),
                (
                    "appointment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="booking.appointment",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "open")), fields=["kind", "found_at"], name="visitreview_open"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")), fields=("appointment",), name="visitreview_one_open"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["proposal", "lost", "past"])), name="visitreview_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "applied", "dismissed", "gone"])),
                        name="visitreview_state_known",
                    ),
                ],
            },
        ),
    ]
