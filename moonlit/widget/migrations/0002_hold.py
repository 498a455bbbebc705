from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("widget", "0001_initial")]
    operations = [
        migrations.AddField(model_name="draft", name="hold", field=models.UUIDField(null=True)),
        migrations.AddField(model_name="draft", name="made_from", field=models.UUIDField(null=True)),
    ]
