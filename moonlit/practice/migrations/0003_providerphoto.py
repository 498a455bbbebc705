import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('practice', '0002_facts_version_numbers'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProviderPhoto',
            fields=[
                ('provider', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='shown_photo', serialize=False, to='practice.provider')),
                ('name', models.CharField(db_index=True, max_length=64)),
                ('webp', models.BinaryField()),
            ],
        ),
    ]
