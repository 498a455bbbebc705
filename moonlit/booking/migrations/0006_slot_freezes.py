from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("booking", "0005_visit_reviews")]
    operations = []
