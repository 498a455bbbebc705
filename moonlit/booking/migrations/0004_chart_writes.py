from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("booking", "0003_codes_and_sessions")]
    operations = []
