from django.db import migrations

from moonlit.audit import sql


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunSQL(sql.INSTALL, sql.REMOVE)]
