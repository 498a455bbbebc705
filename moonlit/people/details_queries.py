"""What stands for a visit of what may be told later: masked for the page behind the link, whole for the chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from moonlit.domain.added_details import Known, OnChart, ending_of
from moonlit.people.models import AddedDetails, Insurance, Patient
from moonlit.people.services.details import OF_THE_PERSON


@dataclass(frozen=True, slots=True)
class Standing:
    """What this visit's own booking and additions have told, and nothing from any chart (rules 4.8)."""

    known: Known
    sex: bool
    """Whether the patient's own is known; `known.sex_of_holder` may be another person's."""
    member_id_ends: str
    """The end of the member number; empty when there is none or it is too short to show a part of it."""
    relationship: str
    """self | spouse | child | other; empty when the visit is not paid by an insurance."""
    payer: str
    """Code of the primary insurance; empty likewise."""


def standing(appointment: UUID, patient_id: UUID) -> Standing:
    """As it stands now. Raises Patient.DoesNotExist."""
    patient = Patient.objects.get(pk=patient_id)
    policy = Insurance.objects.filter(appointment=appointment, sequence=1).first()
    holder = _holder(patient, policy)
    address = patient.address or {}
    return Standing(
        known=Known(
            insured=policy is not None,
            member_id=bool(policy and policy.member_id),
            own_policy=policy is None or policy.relationship == "self",
            subscriber=all(holder.get(name) for name in ("first_name", "last_name", "date_of_birth")),
            address=all(address.get(name) for name in ("line1", "city", "state", "zip")),
            sex_of_holder=holder.get("sex") in {"female", "male"},
        ),
        sex=patient.sex in {"female", "male"},
        member_id_ends=ending_of(policy.member_id) if policy and policy.member_id else "",
        relationship=policy.relationship if policy else "",
        payer=policy.payer_code if policy else "",
    )


def _holder(patient: Patient, policy: Insurance | None) -> dict[str, Any]:
    if policy is None or policy.relationship == "self":
        return {
            "first_name": patient.first_name,
            "last_name": patient.last_name,
            "date_of_birth": patient.date_of_birth,
            "sex": patient.sex,
        }
    return policy.subscriber or {}


def told_for_chart(appointment: UUID) -> OnChart:
    """Sex and address for the chart, as far as they were told after the booking; empty when neither was.

    What came with the booking went to the EHR with the chart that was made then, if one was.
    """
    told = [row.given for row in AddedDetails.objects.filter(appointment=appointment).order_by("version")]
    latest: dict[str, Any] = {}
    for given in told:
        latest |= {name: given[name] for name in OF_THE_PERSON if name in given}
    address = latest.get("address") or {}
    return OnChart(
        sex=latest.get("sex") or "",
        street=address.get("line1") or "",
        city=address.get("city") or "",
        state=address.get("state") or "",
        zip=address.get("zip") or "",
    )


@dataclass(frozen=True, slots=True)
class Addition:
    """One time that something was told later, for staff."""

    version: int
    added_at: datetime
    by: str
    """patient | booker"""
    given: dict[str, Any]
    """What was new then, by the names of `AddedInput`."""


def additions(appointment: UUID) -> list[Addition]:
    """The newest first. Personal data: the caller audits whom it shows."""
    rows = AddedDetails.objects.filter(appointment=appointment).order_by("-version")
    return [Addition(row.version, row.added_at, row.by, row.given) for row in rows]
