"""What is told about a patient after the booking: stored beside what was told before, nothing overwritten unseen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.domain.refusals import RefusalCode, RefusalReason, Refused
from moonlit.people.checks import birth_date_faults
from moonlit.people.inputs import AddedInput
from moonlit.people.models import AddedDetails, Insurance, Patient
from moonlit.platform.crypto.blind import blind_index
from moonlit.platform.crypto.fields import sealed

OF_THE_PERSON = ("sex", "address")
OF_THE_POLICY = ("member_id", "group_number", "plan", "relationship", "subscriber")
_ASKED_ALREADY = (Insurance.Verification.VERIFIED, Insurance.Verification.FAILED)


def add_details(
    appointment: UUID,
    patient_id: UUID,
    given: AddedInput,
    *,
    by: AddedDetails.By,
    today: date,
    actor: Actor,
    now: datetime,
) -> frozenset[str]:
    """Store what is new in `given` about the patient and the primary insurance of a visit; the names of what was new.

    What was told before stays readable in its own version (rules 4.14); telling the same again changes nothing and
    makes no version. The payer is not asked for: it was decided on. A policy that somebody had checked with the payer
    is to be checked again. `today` is the practice's local date. The caller holds the visit's lock, so that versions
    are counted one at a time. Raises Refused (`patient_invalid`) naming every field at fault.
    """
    told = {name: value for name, value in given.model_dump(mode="json").items() if value not in (None, "")}
    patient = Patient.objects.get(pk=patient_id)
    policy = Insurance.objects.filter(appointment=appointment, sequence=1).first()
    if faults := _faults(given, policy, today=today):
        raise Refused(RefusalCode.PATIENT_INVALID, faults[0].detail, faults)
    person = {name: told[name] for name in OF_THE_PERSON if name in told and told[name] != getattr(patient, name)}
    insurance = _new_of_policy(told, policy) if policy else {}
    new = person | insurance
    if not new:
        return frozenset()
    with transaction.atomic():
        if person:
            Patient.objects.filter(pk=patient_id).update(**sealed(Patient, patient_id, **person))
        if policy and insurance:
            _change_policy(policy, insurance)
        version = 1 + (AddedDetails.objects.filter(appointment=appointment).aggregate(last=Max("version"))["last"] or 0)
        AddedDetails.objects.create(
            patient_id=patient_id, appointment=appointment, version=version, given=new, by=by, added_at=now
        )
        facts = {"fields": sorted(new), "version": version, "by": by.value}
        record(Verb.DETAILS_ADDED, actor=actor, subject=f"appointment:{appointment}", facts=facts)
    return frozenset(new)


def _faults(given: AddedInput, policy: Insurance | None, *, today: date) -> list[RefusalReason]:
    if policy is None:
        if any(getattr(given, name) for name in OF_THE_POLICY):
            detail = "This visit is not paid by an insurance. Please call us."
            return [RefusalReason("insurance_with_self_pay", detail, field="member_id")]
        return []
    if given.subscriber is not None:
        if (given.relationship or policy.relationship) == "self":
            detail = "The policy is the patient's own, so no other subscriber can be given."
            return [RefusalReason("subscriber_not_needed", detail, field="relationship")]
        born = given.subscriber.date_of_birth
        return birth_date_faults(born, today=today, field="subscriber.date_of_birth")
    if given.relationship not in {None, "self", policy.relationship}:
        detail = "Please tell us who the insurance belongs to: first name, last name and date of birth."
        return [RefusalReason("subscriber_missing", detail, field="subscriber.first_name")]
    return []


def _new_of_policy(told: dict[str, Any], policy: Insurance) -> dict[str, Any]:
    return {name: told[name] for name in OF_THE_POLICY if name in told and told[name] != getattr(policy, name)}


def _change_policy(policy: Insurance, new: dict[str, Any]) -> None:
    columns: dict[str, Any] = {}
    if policy.verification in _ASKED_ALREADY:
        columns["verification"] = Insurance.Verification.RECHECK_DUE
    if "relationship" in new:
        columns["relationship"] = new["relationship"]
    if "member_id" in new:
        columns["member_id_index"] = blind_index("insurance.member_id", new["member_id"])
    texts = {name: new[name] for name in ("member_id", "group_number", "plan", "subscriber") if name in new}
    if new.get("relationship") == "self":
        texts["subscriber"] = None
    Insurance.objects.filter(pk=policy.pk).update(**columns, **sealed(Insurance, policy.pk, **texts))
