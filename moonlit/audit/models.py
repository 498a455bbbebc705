"""The audit log: one row per change and per read of a patient, written in the transaction of the change."""

import uuid
from typing import ClassVar

from django.db import models

from moonlit.audit.xid import CurrentTransaction, TransactionIdField
from moonlit.platform.columns import columns
from moonlit.platform.crypto.fields import EncryptedJSON, EncryptedText


class AuditEvent(models.Model):
    """Never changed nor deleted: triggers refuse, and the application's database role may only insert and read.

    `at` and `xid` are the database's own, so that no caller can date a row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(db_default=models.Func(function="clock_timestamp", output_field=models.DateTimeField()))
    xid = TransactionIdField(db_default=CurrentTransaction())
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=80)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    facts = EncryptedJSON(default=dict)
    reason = EncryptedText(default="")
    request_id = models.CharField(max_length=64, default="")

    column_classes: ClassVar = columns(
        operational="id at xid actor_kind actor_id verb subject request_id",
        phi="facts reason",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(actor_kind__in=["patient", "staff", "system", "vendor"]),
                name="audit_actor_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "at"], name="audit_subject"),
            models.Index(fields=["actor_kind", "actor_id", "at"], name="audit_actor"),
            models.Index(fields=["xid", "at", "id"], name="audit_order"),
        ]
