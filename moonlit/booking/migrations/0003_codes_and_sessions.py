import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("booking", "0002_changes_holds_imports")]

    operations = [
        migrations.AddField(
            model_name='managelink',
            name='holder',
            field=models.CharField(blank=True, choices=[('', 'Unknown'), ('patient', 'Patient'), ('booker', 'Booker')], default='', max_length=7),
        ),
        migrations.CreateModel(
            name='ManageSession',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('token_hash', models.BinaryField(unique=True)),
                ('contact_index', models.BinaryField(null=True)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('link', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to='booking.managelink')),
            ],
        ),
        migrations.CreateModel(
            name='OneTimeCode',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('channel', models.CharField(choices=[('email', 'Email'), ('sms', 'Sms')], max_length=5)),
                ('asked_at', models.DateTimeField()),
                ('code_hash', models.BinaryField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('ended_at', models.DateTimeField(null=True)),
                ('link', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='codes', to='booking.managelink')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('link',), name='onetimecode_one_live_per_link'), models.CheckConstraint(condition=models.Q(('channel__in', ['email', 'sms'])), name='onetimecode_channel_known'), models.CheckConstraint(condition=models.Q(models.Q(('code_hash', None), ('expires_at', None)), models.Q(('code_hash__isnull', False), ('expires_at__isnull', False)), _connector='OR'), name='onetimecode_minted_expires')],
            },
        ),
    ]
