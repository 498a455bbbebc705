"""Charts that the EHR merged: whoever was on the old one is on the one that lives on (rules 4.8)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment
from moonlit.booking.services.imports.differs import tell_differs
from moonlit.people.models import Patient
from moonlit.people.services import chart_index, move_charts
from moonlit.platform.crypto.fields import sealed


def chart_merged(old: str, new: str, *, actor: Actor) -> int:
    """Follow a merge for our patients and for imported visits; how many rows changed. Twice changes nothing."""
    with transaction.atomic():
        patients = move_charts(old, new)
        for patient_id in patients:
            record(Verb.CHART_MERGED, actor=actor, subject=f"patient:{patient_id}", facts={"from": old, "to": new})
        visits = list(Appointment.objects.filter(ehr_patient_index=chart_index(old)).values_list("pk", flat=True))
        for visit_id in visits:
            chart = sealed(Appointment, visit_id, ehr_patient_id=new)
            Appointment.objects.filter(pk=visit_id).update(ehr_patient_index=chart_index(new), **chart)
        return len(patients) + len(visits)


def on_another_chart(appointment_id: UUID, *, actor: Actor, now: datetime) -> None:
    """No merge explains it: a person decides whose visit it is."""
    with transaction.atomic():
        tell_differs(Appointment.objects.get(pk=appointment_id), "patient", actor=actor, now=now)


def knows_chart(chart: str) -> bool:
    """Whether anybody here, ours or imported, is on this chart."""
    index = chart_index(chart)
    return (
        Patient.objects.filter(ehr_patient_index=index).exists()
        or Appointment.objects.filter(ehr_patient_index=index).exists()
    )
