from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("booking", "0002_changes_holds_imports")]
    operations = []
