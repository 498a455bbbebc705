"""Which chart in the EHR is the person's, and how sure we are of it (rules 4.8)."""

from __future__ import annotations

from uuid import UUID

from moonlit.people.models import Patient, SchedulingRestriction
from moonlit.people.services.indexes import chart_index
from moonlit.platform.crypto.fields import sealed


def record_chart(patient_id: UUID, ehr_patient_id: str, identity: Patient.Identity) -> None:
    """Remember the patient's chart in the EHR and how sure we are of it."""
    Patient.objects.filter(pk=patient_id).update(
        identity=identity,
        ehr_patient_index=chart_index(ehr_patient_id),
        **sealed(Patient, patient_id, ehr_patient_id=ehr_patient_id),
    )


def hold_identity(patient_id: UUID) -> None:
    """Staff must look before this person is written to any chart (rules 4.8)."""
    Patient.objects.filter(pk=patient_id).update(identity=Patient.Identity.REVIEW)


def move_charts(old: str, new: str) -> list[UUID]:
    """Whoever was on the chart `old` is on `new`, restrictions too: the EHR merged them. The patients concerned."""
    moved = list(Patient.objects.filter(ehr_patient_index=chart_index(old)).values_list("pk", flat=True))
    for patient_id in moved:
        columns = sealed(Patient, patient_id, ehr_patient_id=new)
        Patient.objects.filter(pk=patient_id).update(ehr_patient_index=chart_index(new), **columns)
    for found in SchedulingRestriction.objects.filter(ehr_patient_index=chart_index(old)):
        columns = sealed(SchedulingRestriction, found.pk, ehr_patient_id=new)
        SchedulingRestriction.objects.filter(pk=found.pk).update(ehr_patient_index=chart_index(new), **columns)
    return moved
