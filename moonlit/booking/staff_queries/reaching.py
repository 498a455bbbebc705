"""How the person of a visit is reached, for the staff's page about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment
from moonlit.people.queries import display_names
from moonlit.people.reaching_queries import Reaching, reaching_of


@dataclass(frozen=True, slots=True)
class VisitReaching:
    name: str = field(repr=False)
    start: datetime
    time_zone: str
    reaching: Reaching


def visit_reaching(appointment_id: UUID, *, actor: Actor) -> VisitReaching | None:
    """None for a visit that is not there or has no patient. Reading the patient is audited."""
    row = Appointment.objects.filter(pk=appointment_id, patient__isnull=False).first()
    if row is None:
        return None
    with transaction.atomic():
        seen_with = {"appointment": str(row.pk), "part": "reaching"}
        record(Verb.PATIENT_READ, actor=actor, subject=f"patient:{row.patient_id}", facts=seen_with)
        name = display_names([row.patient_id])[row.patient_id]
        return VisitReaching(name, row.start, row.time_zone, reaching_of(row.pk, row.patient_id))
