from django.db import migrations, models

import moonlit.platform.columns
import moonlit.platform.crypto.fields


class Migration(migrations.Migration):
    dependencies = [("booking", "0006_slot_freezes")]
    operations = [
        migrations.AddField("appointment", "patient_note", moonlit.platform.crypto.fields.EncryptedText(data_class=moonlit.platform.columns.DataClass['PHI'], null=True)),
        migrations.RemoveConstraint("chartwrite", "chartwrite_kind_known"),
        migrations.AlterField("chartwrite", "kind", models.CharField(choices=[('insurance', 'Insurance'), ('privacy', 'Privacy'), ('note', 'Note')], max_length=9)),
        migrations.AddConstraint("chartwrite", models.CheckConstraint(condition=models.Q(('kind__in', ['insurance', 'privacy', 'note'])), name='chartwrite_kind_known')),
    ]
