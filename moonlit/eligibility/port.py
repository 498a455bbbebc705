"""Real-time eligibility, behind a port (phase 3 adds adapters; `none` asks contracts only).

Three questions stay apart (rules 10): is the coverage active, are we contracted, is the plan accepted. Silence is
never "active", so `none` answers that nothing is known.
"""

from __future__ import annotations

import enum
from datetime import date
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class CoverageActive(enum.StrEnum):
    ACTIVE = "active"
    INACTIVE = "inactive"
    UNKNOWN = "unknown"


class EligibilityCheck(Protocol):
    def is_active(self, *, payer: str, member_id: str, date_of_service: date) -> CoverageActive:
        """Whether the payer says that the coverage is active on the date of service."""
        ...


class ContractsOnly:
    """No clearinghouse: the practice's own contracts decide, and nothing is claimed about the member."""

    def is_active(self, *, payer: str, member_id: str, date_of_service: date) -> CoverageActive:  # noqa: ARG002
        return CoverageActive.UNKNOWN


def get_eligibility_check() -> EligibilityCheck:
    """The check that configuration chose (`MOONLIT_ELIGIBILITY_PROVIDER`)."""
    return import_string(settings.ELIGIBILITY_FACTORY)()
