from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("booking", "0007_patient_note")]
    operations = [
        migrations.RemoveConstraint(model_name="chartwrite", name="chartwrite_kind_known"),
        migrations.AlterField(
            model_name="chartwrite",
            name="kind",
            field=models.CharField(
                choices=[("insurance", "Insurance"), ("privacy", "Privacy"), ("details", "Details"), ("note", "Note")],
                max_length=9,
            ),
        ),
        migrations.AddConstraint(
            model_name="chartwrite",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["insurance", "privacy", "details", "note"])), name="chartwrite_kind_known"
            ),
        ),
    ]
