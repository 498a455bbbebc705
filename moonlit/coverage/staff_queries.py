"""Contracts as staff name them."""

from __future__ import annotations

from collections.abc import Collection

from moonlit.coverage.models import ProviderPayer


def contract_names(contract_ids: Collection[int]) -> dict[int, str]:
    """Contract id -> "clinician, payer"."""
    rows = ProviderPayer.objects.filter(pk__in=contract_ids).select_related("provider", "payer")
    return {row.pk: f"{row.provider.display_name} · {row.payer.name}" for row in rows}
