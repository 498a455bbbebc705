"""The tables a practice file fills, in the order they are written, with the natural keys of the file.

Here rows are natural: they name other rows by npi or code, never by database id, so that a file, a difference and a
stored row can be compared as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from moonlit.coverage import models as coverage
from moonlit.practice import models as practice


@dataclass(frozen=True)
class Table:
    name: str
    """The word for one row in reports, and the name other tables refer to."""
    model: type[models.Model]
    key: tuple[str, ...]
    values: tuple[str, ...]
    refs: Mapping[str, str] = field(default_factory=dict)
    """Column -> name of the table it points to."""
    starts: str | None = None
    ends: str | None = None
    """The column that `--prune` sets on a row the file no longer has."""
    unique: str = ""
    """A column of which no two rows may have the same value."""

    @property
    def columns(self) -> tuple[str, ...]:
        return self.key + self.values

    def lookups(self, column: str) -> tuple[str, ...]:
        """The ORM paths that give the natural value of a column."""
        target = self.refs.get(column)
        if target is None:
            return (column,)
        table = BY_NAME[target]
        return tuple(f"{column}__{path}" for part in table.key for path in table.lookups(part))


def _table(name: str, model: type[models.Model], key: str, values: str, **more: Any) -> Table:
    """A table with its columns as words; `refs` as "column:table name" words joined by commas."""
    refs = dict(pair.split(":") for pair in more.pop("refs", "").split(",") if pair)
    return Table(name, model, tuple(key.split()), tuple(values.split()), refs, **more)


_SPAN = {"starts": "starts", "ends": "ends"}

TABLES: tuple[Table, ...] = (
    _table(
        "practice",
        practice.Practice,
        "id",
        "name message_name time_zone phone states home_state embed_origins minors_policy office_hours staff_emails "
        "message_from message_owners published_languages lead_threshold_days new_patient_runway_days "
        "remote_interpreter_on_demand change_notice_hours",
    ),
    _table(
        "location",
        practice.Location,
        "code",
        "name kind ehr_department_id time_zone line1 city state zip",
        unique="ehr_department_id",
    ),
    _table("closure", practice.Closure, "location starts", "ends reason", refs="location:location", **_SPAN),
    _table(
        "visit type",
        practice.VisitType,
        "code",
        "name family minutes new_patient modalities min_notice_hours horizon_days self_pay_cents public",
    ),
    _table(
        "provider",
        practice.Provider,
        "npi",
        "first_name last_name credentials profession native_languages interpreter_ok calendar_source_id modalities "
        "locations weekly_new_patient_cap daily_cap max_supervisees about photo",
        unique="calendar_source_id",
    ),
    _table("flag", practice.ProviderFlag, "provider flag starts", "ends", refs="provider:provider", **_SPAN),
    _table("engagement", practice.Engagement, "provider starts", "ends", refs="provider:provider", **_SPAN),
    _table("absence", practice.Absence, "provider starts", "ends reason", refs="provider:provider", **_SPAN),
    _table("license", practice.License, "provider state starts", "number ends", refs="provider:provider", **_SPAN),
    _table("language", practice.LanguageProficiency, "provider language", "verified_on", refs="provider:provider"),
    _table(
        "provider visit type",
        practice.ProviderVisitType,
        "provider visit_type location starts",
        "minutes min_age max_age ehr_reason_id ehr_type_id self_pay_cents ends",
        refs="provider:provider,visit_type:visit type,location:location",
        **_SPAN,
    ),
    _table("document", practice.Document, "kind version", "url"),
    _table("vendor", practice.Vendor, "name", "baa_until", ends="baa_until"),
    _table(
        "payer",
        coverage.Payer,
        "code",
        "name type state practice_status aliases plan_codes requires_independent eligibility_payer_ids",
    ),
    _table(
        "group contract", coverage.GroupContract, "payer starts", "ends roster_required", refs="payer:payer", **_SPAN
    ),
    _table(
        "roster",
        coverage.RosterEntry,
        "group_contract provider roster_effective",
        "ends",
        refs="group_contract:group contract,provider:provider",
        starts="roster_effective",
        ends="ends",
    ),
    _table(
        "supervised terms",
        coverage.SupervisedTerms,
        "payer starts",
        "ends claim_mode presence visit_types modalities source",
        refs="payer:payer",
        **_SPAN,
    ),
    _table(
        "benefit route",
        coverage.BenefitRoute,
        "payer plan employer county to starts",
        "question card_hint ends",
        refs="payer:payer,to:payer",
        **_SPAN,
    ),
    _table("EHR package", coverage.PackageMap, "payer plan", "package_ids confirmed_by", refs="payer:payer"),
    _table(
        "contract",
        coverage.ProviderPayer,
        "provider payer effective_date",
        "status end_date confirmed_by confirmed_on evidence",
        refs="provider:provider,payer:payer",
        starts="effective_date",
        ends="end_date",
    ),
    _table(
        "supervision",
        coverage.Supervision,
        "supervisor supervisee payer starts",
        "ends",
        refs="supervisor:provider,supervisee:provider,payer:payer",
        **_SPAN,
    ),
)
BY_NAME: Mapping[str, Table] = {table.name: table for table in TABLES}
