"""The tables are what the models say, and each app's migrations form one line."""

from collections import Counter
from io import StringIO

from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader


def test_no_model_has_changed_without_a_migration(db):
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())


def test_each_app_has_one_latest_migration(db):
    heads = Counter(app for app, _name in MigrationLoader(connection).graph.leaf_nodes())
    assert {app: count for app, count in heads.items() if count > 1} == {}


def test_every_app_with_models_has_migrations(db):
    migrated = {app for app, _name in MigrationLoader(connection).graph.leaf_nodes()}
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("moonlit.") and config.models}
    assert ours <= migrated
