import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("booking", "0003_codes_and_sessions")]
    operations = [
        migrations.CreateModel(
            name='ChartWrite',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('insurance', 'Insurance'), ('privacy', 'Privacy')], max_length=9)),
                ('state', models.CharField(choices=[('to_write', 'To Write'), ('written', 'Written'), ('stopped', 'Stopped'), ('not_needed', 'Not Needed')], default='to_write', max_length=10)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_at', models.DateTimeField(null=True)),
                ('problem', models.CharField(blank=True, max_length=40)),
                ('written_at', models.DateTimeField(null=True)),
                ('appointment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='chart_writes', to='booking.appointment')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'to_write')), fields=['next_at'], name='chartwrite_due')],
                'constraints': [models.UniqueConstraint(fields=('appointment', 'kind'), name='chartwrite_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['insurance', 'privacy'])), name='chartwrite_kind_known'), models.CheckConstraint(condition=models.Q(('state__in', ['to_write', 'written', 'stopped', 'not_needed'])), name='chartwrite_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'to_write'), _negated=True), ('next_at__isnull', False), _connector='OR'), name='chartwrite_to_write_has_time')],
            },
        ),
    ]
