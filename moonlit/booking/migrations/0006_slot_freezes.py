import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("booking", "0005_visit_reviews")]
    operations = [
        migrations.CreateModel(
            name='SlotFreeze',
            fields=[
                ('slot_ehr_id', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('thawed', 'Thawed'), ('freezing', 'Freezing'), ('frozen', 'Frozen'), ('thawing', 'Thawing')], default='thawed', max_length=8)),
                ('sure', models.BooleanField(default=False)),
                ('puts', models.PositiveSmallIntegerField(default=0)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('sent_at', models.DateTimeField(null=True)),
                ('next_at', models.DateTimeField(null=True)),
                ('hold', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='booking.appointment')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('next_at__isnull', False)), fields=['next_at'], name='slotfreeze_due'), models.Index(fields=['hold'], name='slotfreeze_by_hold')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['thawed', 'freezing', 'frozen', 'thawing'])), name='slotfreeze_state_known'), models.CheckConstraint(condition=models.Q(('state', 'thawed'), ('next_at__isnull', False), _connector='OR'), name='slotfreeze_is_never_forgotten')],
            },
        ),
    ]
