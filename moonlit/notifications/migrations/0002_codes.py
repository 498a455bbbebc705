from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]

    operations = [
        migrations.AddField(model_name="message", name="asked_code", field=models.UUIDField(null=True)),
    ]
