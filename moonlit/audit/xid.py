"""The 64-bit transaction id of PostgreSQL as a column: rows can be read in the order their transactions began."""

from typing import Any

from django.db import models


class CurrentTransaction(models.Func):
    """`pg_current_xact_id()`, evaluated by the database when the row is inserted."""

    function = "pg_current_xact_id"
    arity = 0


class TransactionIdField(models.Field):
    def db_type(self, connection: Any) -> str:  # noqa: ARG002  Django's signature
        return "xid8"

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> int | None:
        return None if value is None else int(value)
