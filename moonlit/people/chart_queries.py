"""What the patient gave that may go to his chart: insurances in order, and the forms really signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from moonlit.people.models import Consent, Insurance, Patient


@dataclass(frozen=True, slots=True)
class PolicyForChart:
    """One insurance. Empty text: not given; the holder is the patient himself when the policy is his own."""

    sequence: int
    payer: str
    """Code."""
    plan: str
    member_id: str
    group_number: str
    relationship: str
    holder_first_name: str
    holder_last_name: str
    holder_date_of_birth: date | None
    holder_sex: str
    """female | male | "" """


def policies_for_chart(appointment: UUID, patient_id: UUID) -> list[PolicyForChart]:
    """The policies given with this visit, the primary first."""
    patient = Patient.objects.get(pk=patient_id)
    own = {
        "first_name": patient.first_name,
        "last_name": patient.last_name,
        "date_of_birth": patient.date_of_birth,
        "sex": patient.sex,
    }
    return [
        _policy(row, own if row.relationship == "self" else row.subscriber or {})
        for row in Insurance.objects.filter(appointment=appointment).order_by("sequence")
    ]


def _policy(row: Insurance, holder: dict[str, str | None]) -> PolicyForChart:
    born, sex = holder.get("date_of_birth"), holder.get("sex")
    return PolicyForChart(
        sequence=row.sequence,
        payer=row.payer_code,
        plan=row.plan or "",
        member_id=row.member_id or "",
        group_number=row.group_number or "",
        relationship=row.relationship,
        holder_first_name=holder.get("first_name") or "",
        holder_last_name=holder.get("last_name") or "",
        holder_date_of_birth=date.fromisoformat(born) if born else None,
        holder_sex=sex if sex in {"female", "male"} else "",
    )


@dataclass(frozen=True, slots=True)
class Signature:
    kind: str
    """As consents: privacy_notice, assignment_of_benefits, ..."""
    signer: str
    at: datetime
    """UTC."""


def signatures(appointment: UUID) -> list[Signature]:
    """What was really signed with this visit: given, by somebody named, to a version of a text (rules 4.11).

    A tick without a text behind it is an answer, not a signature.
    """
    given = Consent.objects.filter(appointment=appointment, state=Consent.State.GIVEN).exclude(version="")
    rows = given.order_by("decided_at", "kind")
    return [Signature(row.kind, row.signer_name, row.decided_at) for row in rows if row.signer_name]
