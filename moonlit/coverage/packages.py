"""Which package of the EHR stands for an insurance (rules 4.12). The confirmed map is the only answer there is."""

from __future__ import annotations

from moonlit.coverage.models import PackageMap
from moonlit.domain.identity import folded


def confirmed_packages(payer: str, plan: str) -> tuple[str, ...]:
    """EHR package ids for a payer's code and the plan's name as the patient gave it; empty when no map is confirmed.

    A row for the very plan (case, accents and spaces aside) beats the payer's row for any plan. A row that nobody has
    confirmed maps nothing.
    """
    rows = {
        None if row.plan is None else folded(row.plan): tuple(row.package_ids)
        for row in PackageMap.objects.filter(payer__code=payer).exclude(confirmed_by="")
    }
    return (rows.get(folded(plan)) if plan else None) or rows.get(None) or ()
