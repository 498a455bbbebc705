"""Encrypted model columns: `bytea` holding Tink AEAD ciphertext bound to its table, column and row.

The plain value is what the attribute shows. It is decrypted when first read, so a query that does not look at
a name never decrypts it, and it is encrypted by `save`, `create` and `bulk_create`. A ciphertext copied to
another row or column does not decrypt. Nothing can be searched; keep a blind index beside it for that.
"""

from typing import Any

import orjson
from django.core.exceptions import FieldError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from moonlit.platform.columns import DataClass
from moonlit.platform.crypto.seal import seal, unseal


class Ciphertext(bytes):
    """An encrypted value as it lies in the database; the only thing an encrypted column accepts in SQL."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Ciphertext({len(self)} bytes)"

    __str__ = __repr__


class _DecryptingAttribute(DeferredAttribute):
    """Opens the ciphertext on first access and keeps the plain value on the instance.

    A data descriptor (it has `__set__`), otherwise the instance's own dictionary would answer before it.
    """

    def __get__(self, instance: models.Model | None, owner: type | None = None) -> Any:
        value = super().__get__(instance, owner)
        if isinstance(value, Ciphertext) and instance is not None:
            value = self.field.open(instance.pk, value)
            instance.__dict__[self.field.attname] = value
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class _EncryptedField(models.Field):
    descriptor_class = _DecryptingAttribute

    def __init__(self, *args: Any, data_class: DataClass = DataClass.PHI, **kwargs: Any) -> None:
        self.data_class = data_class
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "data_class": self.data_class}

    def get_internal_type(self) -> str:
        return "BinaryField"

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        # Django leaves a class attribute of the same name alone; ours must always stand.
        setattr(cls, self.attname, self.descriptor_class(self))

    def _context(self, pk: Any) -> str:
        if pk is None:
            raise ValueError(f"{self.model.__name__}.{self.name} cannot be encrypted before the row has its key")
        return f"{self.model._meta.db_table}|{self.column}|{pk}"  # noqa: SLF001  Django's documented API

    def seal(self, pk: Any, plain: Any) -> Ciphertext | None:
        """The ciphertext of a value for the row `pk`; None stays NULL. Raises TypeError for a wrong type."""
        return None if plain is None else Ciphertext(seal(self.to_bytes(plain), self._context(pk)))

    def open(self, pk: Any, ciphertext: Ciphertext | None) -> Any:
        """The plain value of the row `pk`. Raises CannotDecryptError when it was not made for this place."""
        return None if ciphertext is None else self.from_bytes(unseal(bytes(ciphertext), self._context(pk)))

    def pre_save(self, model_instance: models.Model, add: bool) -> Ciphertext | None:  # noqa: ARG002  Django's signature
        # Always from the plain value, never the ciphertext as read: a row copied under a new key must be
        # encrypted anew, and rows written once move to the current key by themselves.
        return self.seal(model_instance.pk, getattr(model_instance, self.attname))

    def get_prep_value(self, value: Any) -> bytes | None:
        if value is None or isinstance(value, Ciphertext):
            return None if value is None else bytes(value)
        raise TypeError(f"{self.model.__name__}.{self.name} is encrypted: use save(), or update(**sealed(...))")

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Ciphertext | None:
        return None if value is None else Ciphertext(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.model.__name__}.{self.name} is encrypted and cannot be searched")
        return super().get_lookup(lookup_name)

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError(f"{type(obj).__name__}.{self.name} is encrypted and is not serialised")


class EncryptedText(_EncryptedField):
    """Text. "" is stored as encrypted "", None as NULL; `max_length` is checked by `full_clean` only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.max_length is not None:
            self.validators.append(MaxLengthValidator(self.max_length))

    def to_bytes(self, plain: Any) -> bytes:
        if not isinstance(plain, str):
            raise TypeError(f"{self.model.__name__}.{self.name} takes text, not {type(plain).__name__}")
        return plain.encode()

    def from_bytes(self, content: bytes) -> str:
        return content.decode()


class EncryptedBytes(_EncryptedField):
    """Bytes, for bodies kept as they were."""

    empty_strings_allowed = False

    def to_bytes(self, plain: Any) -> bytes:
        if not isinstance(plain, bytes):
            raise TypeError(f"{self.model.__name__}.{self.name} takes bytes, not {type(plain).__name__}")
        return plain

    def from_bytes(self, content: bytes) -> bytes:
        return content


class EncryptedJSON(_EncryptedField):
    """Dictionaries and lists. Dates, instants and UUIDs come back as text, as JSON has them."""

    empty_strings_allowed = False

    def to_bytes(self, plain: Any) -> bytes:
        return orjson.dumps(plain)

    def from_bytes(self, content: bytes) -> Any:
        return orjson.loads(content)


def sealed(model: type[models.Model], pk: Any, **plain: Any) -> dict[str, Ciphertext | None]:
    """Encrypted columns for a conditional UPDATE: `qs.update(state="done", **sealed(Task, pk, note="..."))`.

    The query must select the row `pk` only: the ciphertext is bound to it.
    """
    return {name: model._meta.get_field(name).seal(pk, value) for name, value in plain.items()}  # noqa: SLF001
