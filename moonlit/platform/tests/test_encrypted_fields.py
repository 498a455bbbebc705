import copy
import pickle
import uuid
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from django.core.exceptions import FieldError, ValidationError
from django.db import connection, models
from django.db.utils import IntegrityError
from django.test.utils import isolate_apps

from moonlit.platform.columns import DataClass
from moonlit.platform.crypto.fields import Ciphertext, EncryptedBytes, EncryptedJSON, EncryptedText, sealed
from moonlit.platform.crypto.seal import CannotDecryptError
from moonlit.platform.models import IdempotencyKey


@pytest.fixture
def people(db):
    with isolate_apps("moonlit.platform"):

        class Person(models.Model):
            id = models.UUIDField(primary_key=True, default=uuid.uuid4)
            plain = models.CharField(max_length=20, default="")
            name = EncryptedText(max_length=30, data_class=DataClass.PHI)
            nick = EncryptedText(null=True)
            facts = EncryptedJSON(default=dict)
            body = EncryptedBytes(null=True)
            objects: ClassVar = models.Manager()

            class Meta:
                app_label = "platform"
                db_table = "test_person"

        with connection.schema_editor() as editor:
            editor.create_model(Person)
        yield Person


def stored(person, column="name"):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM test_person WHERE id = %s", [person.pk])
        return cursor.fetchone()[0]


def test_values_come_back_as_they_were_written(people):
    made = people.objects.create(name="Marisol Ñandú", facts={"a": [1, None]}, body=b"\x00\xff")
    found = people.objects.get(pk=made.pk)
    assert (found.name, found.nick, found.facts, found.body) == ("Marisol Ñandú", None, {"a": [1, None]}, b"\x00\xff")


def test_the_database_holds_ciphertext_and_a_different_one_each_time(people):
    one, two = people.objects.create(name="Marisol"), people.objects.create(name="Marisol")
    assert b"Marisol" not in stored(one)
    assert stored(one) != stored(two)


def test_null_stays_null_and_an_empty_text_is_encrypted(people):
    person = people.objects.create(name="")
    assert stored(person, "nick") is None
    assert len(stored(person)) > 16
    assert people.objects.get(pk=person.pk).name == ""


def test_a_column_that_may_not_be_null_refuses_none(people):
    with pytest.raises(IntegrityError):
        people.objects.create(name=None)


def test_a_ciphertext_moved_to_another_row_or_column_does_not_open(people):
    one, two = people.objects.create(name="Marisol"), people.objects.create(name="Teodora")
    people.objects.filter(pk=two.pk).update(name=Ciphertext(stored(one)))
    people.objects.filter(pk=one.pk).update(nick=Ciphertext(stored(one)))
    with pytest.raises(CannotDecryptError) as refusal:
        _ = people.objects.get(pk=two.pk).name
    assert str(two.pk) not in str(refusal.value)
    with pytest.raises(CannotDecryptError):
        _ = people.objects.get(pk=one.pk).nick


def test_a_damaged_ciphertext_does_not_open(people):
    person = people.objects.create(name="Marisol")
    damaged = bytearray(stored(person))
    damaged[-1] ^= 1
    people.objects.filter(pk=person.pk).update(name=Ciphertext(bytes(damaged)))
    with pytest.raises(CannotDecryptError):
        _ = people.objects.get(pk=person.pk).name


def test_reading_a_row_decrypts_nothing_until_the_attribute_is_asked_for(people, monkeypatch):
    people.objects.create(name="Marisol", nick="Mari")
    opened = []
    real = EncryptedText.open
    monkeypatch.setattr(
        EncryptedText, "open", lambda self, pk, value: opened.append(self.name) or real(self, pk, value)
    )
    person = people.objects.get()
    assert opened == []
    assert (person.name, person.name) == ("Marisol", "Marisol")
    assert opened == ["name"]


def test_bulk_create_encrypts_each_row_for_itself(people):
    people.objects.bulk_create([people(name=f"Person {n}") for n in range(3)])
    assert sorted(person.name for person in people.objects.all()) == ["Person 0", "Person 1", "Person 2"]


def test_a_plain_value_never_reaches_update(people):
    person = people.objects.create(name="Marisol")
    for value in ("Teodora", b"Teodora", {"a": 1}):
        with pytest.raises(TypeError, match="encrypted"):
            people.objects.filter(pk=person.pk).update(name=value)
    person.name = "Teodora"
    with pytest.raises(TypeError, match="encrypted"):
        people.objects.bulk_update([person], ["name"])


def test_a_conditional_update_takes_sealed_values(people):
    person = people.objects.create(name="Marisol", plain="old", nick="Mari")
    values = sealed(people, person.pk, name="Teodora", facts={"n": 2}, nick=None)
    assert people.objects.filter(pk=person.pk, plain="old").update(plain="new", **values) == 1
    person.refresh_from_db()
    assert (person.plain, person.name, person.facts, person.nick) == ("new", "Teodora", {"n": 2}, None)


def test_sealed_values_refuse_a_wrong_type(people):
    with pytest.raises(TypeError):
        sealed(people, uuid.uuid4(), name=5)
    with pytest.raises(TypeError):
        people.objects.create(name="Marisol", body="text")


def test_searching_is_refused_except_for_null(people):
    people.objects.create(name="Marisol")
    for lookup in ("name", "name__icontains", "name__in"):
        with pytest.raises(FieldError):
            list(people.objects.filter(**{lookup: "Marisol"}))
    assert people.objects.filter(nick__isnull=True).count() == 1


def test_deferred_columns_load_on_access(people):
    people.objects.create(name="Marisol", nick="Mari")
    assert people.objects.defer("name").get().name == "Marisol"
    only = people.objects.only("nick").get()
    assert only.get_deferred_fields() == {"plain", "name", "facts", "body"}
    assert (only.nick, only.name) == ("Mari", "Marisol")


def test_saving_after_defer_leaves_the_deferred_column_alone(people):
    person = people.objects.create(name="Marisol")
    before = stored(person)
    light = people.objects.defer("name").get()
    light.plain = "changed"
    light.save()
    assert stored(person) == before


def test_copies_hold_the_same_values(db):
    values = {"scope": b"s", "key": b"k", "body_hash": b"h", "reserved_at": datetime(2026, 1, 5, tzinfo=UTC)}
    row = IdempotencyKey.objects.get(pk=IdempotencyKey.objects.create(**values, response=b"answer").pk)
    twin, cold = copy.deepcopy(row), pickle.loads(pickle.dumps(row))
    assert (twin.response, cold.response, row.response) == (b"answer", b"answer", b"answer")


def test_a_row_saved_under_a_new_key_is_encrypted_for_that_key(people):
    person = people.objects.get(pk=people.objects.create(name="Marisol").pk)
    assert person.name == "Marisol"
    person.pk, person._state.adding, person.facts, person.nick = uuid.uuid4(), True, {}, None
    person.body = None
    person.save()
    assert people.objects.get(pk=person.pk).name == "Marisol"


def test_a_change_inside_a_json_value_is_saved(people):
    person = people.objects.create(name="Marisol", facts={"visits": [1]})
    found = people.objects.get(pk=person.pk)
    found.facts["visits"].append(2)
    found.save(update_fields=["facts"])
    assert people.objects.get(pk=person.pk).facts == {"visits": [1, 2]}


def test_values_queries_show_ciphertext_that_the_field_opens(people):
    person = people.objects.create(name="Marisol")
    raw = people.objects.values_list("name", flat=True).get()
    assert "Marisol" not in f"{raw!r} {raw}"
    assert people._meta.get_field("name").open(person.pk, raw) == "Marisol"


def test_full_clean_checks_the_length_of_the_plain_text(people):
    with pytest.raises(ValidationError):
        people(name="x" * 31, nick="y", facts={"a": 1}, body=b"z", plain="p").full_clean()


def test_a_value_cannot_be_encrypted_for_a_row_without_a_key(people):
    with pytest.raises(ValueError, match="key"):
        people._meta.get_field("name").seal(None, "Marisol")


def test_an_encrypted_column_is_not_serialised(people):
    with pytest.raises(TypeError, match="not serialised"):
        people._meta.get_field("name").value_to_string(people(name="Marisol"))
