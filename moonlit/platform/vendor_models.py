"""What all processes share about a vendor: its health, what we may still ask of it, and its access token.

One row each per vendor, written by single conditional statements in autocommit, never inside a business transaction.
"""

from typing import ClassVar

from django.db import models

from moonlit.platform.columns import DataClass, columns


class VendorBreaker(models.Model):
    """How a vendor has been doing; see `platform.breaker`."""

    vendor = models.CharField(primary_key=True, max_length=40)
    errors = models.PositiveIntegerField(default=0)
    first_error_at = models.DateTimeField(null=True)
    open_until = models.DateTimeField(null=True)

    column_classes: ClassVar[dict[str, DataClass]] = columns(
        operational="vendor errors first_error_at open_until",
    )

    class Meta:
        app_label = "platform"

    def __str__(self) -> str:
        return self.vendor


class VendorBudget(models.Model):
    """What may still be asked of a vendor in this second and on this UTC day; see `platform.budget`."""

    vendor = models.CharField(primary_key=True, max_length=40)
    tokens = models.FloatField()
    refilled_at = models.DateTimeField()
    day = models.DateField()
    used = models.PositiveIntegerField(default=0)

    column_classes: ClassVar[dict[str, DataClass]] = columns(
        operational="vendor tokens refilled_at day used",
    )

    class Meta:
        app_label = "platform"

    def __str__(self) -> str:
        return self.vendor


class VendorToken(models.Model):
    """A vendor's access token, sealed, and who is renewing it right now."""

    vendor = models.CharField(primary_key=True, max_length=40)
    sealed = models.BinaryField(null=True)
    expires_at = models.DateTimeField(null=True)
    version = models.PositiveBigIntegerField(default=0)
    """Goes up with every renewal, so that a token is dropped once and never its successor."""
    renewing_until = models.DateTimeField(null=True)
    refused_until = models.DateTimeField(null=True)
    """The token endpoint said "too many": nobody asks before."""

    column_classes: ClassVar[dict[str, DataClass]] = columns(
        operational="vendor expires_at version renewing_until refused_until",
        secret="sealed",  # noqa: S106  the class of the column
    )

    class Meta:
        app_label = "platform"

    def __str__(self) -> str:
        return self.vendor
