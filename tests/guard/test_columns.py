"""Every column says what kind of data it holds, and patient data is encrypted."""

import pytest
from django.apps import apps
from django.db import models

from moonlit.platform.columns import DataClass
from moonlit.platform.crypto.fields import EncryptedBytes, EncryptedJSON, EncryptedText

ENCRYPTED = (EncryptedText, EncryptedJSON, EncryptedBytes)
OURS = [
    model
    for config in apps.get_app_configs()
    if config.name.startswith("moonlit.")
    for model in config.get_models(include_auto_created=True)
]


def fields(model):
    return {field.attname: field for field in model._meta.concrete_fields}


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_column_has_a_data_class_and_no_other_name_has(model):
    assert set(getattr(model, "column_classes", {})) == set(fields(model))


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_patient_data_is_encrypted_and_what_is_encrypted_says_the_same_of_itself(model):
    for name, field in fields(model).items():
        declared = model.column_classes[name]
        if declared is DataClass.PHI:
            assert isinstance(field, ENCRYPTED), name
        if isinstance(field, ENCRYPTED):
            assert field.data_class is declared, name


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_a_table_with_encrypted_columns_has_a_key_made_in_python(model):
    if any(isinstance(field, ENCRYPTED) for field in fields(model).values()):
        assert isinstance(model._meta.pk, models.UUIDField)
        assert callable(model._meta.pk.default)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_blind_indexes_are_bytes_and_never_text(model):
    for name, field in fields(model).items():
        if model.column_classes[name] is DataClass.BLIND_INDEX:
            assert isinstance(field, models.BinaryField), name


def test_there_are_models_to_look_at():
    assert len(OURS) > 5
