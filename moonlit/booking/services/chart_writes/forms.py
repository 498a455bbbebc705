"""The forms a patient really signed, told to the EHR: only flags that are true, never a call without one (rules 4.11).

Setting them again is harmless; unsetting them is not possible, so nothing is ever sent on a guess.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from moonlit.booking.models import Appointment
from moonlit.ehr.port import AlreadyDone, EhrPort, SignedForms
from moonlit.people.chart_queries import signatures

EHR_FORMS = frozenset({"privacy_notice", "assignment_of_benefits"})
"""Our consents that the EHR has a flag for. None of ours is its third, the release of billing information."""


def has_forms(appointment_id: UUID) -> bool:
    return bool(signed_forms(appointment_id))


def signed_forms(appointment_id: UUID) -> list[SignedForms]:
    """One entry per signer and instant, so that each flag carries who signed it and when."""
    signed: dict[tuple[str, datetime], set[str]] = defaultdict(set)
    for signature in signatures(appointment_id):
        if signature.kind in EHR_FORMS:
            signed[signature.signer, signature.at].add(signature.kind)
    return [
        SignedForms(
            signer_name=signer,
            signed_at=at,
            privacy_notice="privacy_notice" in kinds,
            assignment_of_benefits="assignment_of_benefits" in kinds,
            release_of_billing_information=False,
        )
        for (signer, at), kinds in signed.items()
    ]


def write_forms(visit: Appointment, chart: str, ehr: EhrPort) -> str:
    """Tell the EHR all that is signed; "" when it knows. Raises what the EHR raises."""
    for forms in signed_forms(visit.pk):
        with suppress(AlreadyDone):
            ehr.set_privacy(chart, forms, department_id=visit.location.ehr_department_id or "")
    return ""
