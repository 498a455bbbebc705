"""Scheduling restrictions: whether one holds, for the worker; all of them, for staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.people.models import Patient, SchedulingRestriction
from moonlit.people.services.indexes import chart_index, name_dob_index


def is_restricted(patient_id: UUID, *, chart: str, on: date) -> bool:
    """Whether this person may not book by himself on that day (the practice's). `chart`: the EHR's id, "" when not
    known. One query, whoever it is.
    """
    who = Q(name_dob_index=_index_of(patient_id))
    if chart:
        who |= Q(ehr_patient_index=chart_index(chart))
    in_force = Q(ends__isnull=True) | Q(ends__gte=on)
    return SchedulingRestriction.objects.filter(who, in_force, starts__lte=on, ended_at=None).exists()


@dataclass(frozen=True, slots=True)
class RestrictionRow:
    id: UUID
    kind: str
    name: str
    date_of_birth: date
    ehr_patient_id: str
    starts: date
    ends: date | None
    ended_at: datetime | None
    reason: str
    in_force: bool


def restrictions(
    *, actor: Actor, today: date, first_name: str = "", last_name: str = "", date_of_birth: date | None = None
) -> list[RestrictionRow]:
    """Those of one person, by full name and birth date; without them every one that is not over, newest first.

    Reading them is audited.
    """
    rows = SchedulingRestriction.objects.order_by("-added_at", "id")
    if first_name and last_name and date_of_birth:
        rows = rows.filter(name_dob_index=name_dob_index(first_name, last_name, date_of_birth.isoformat()))
    else:
        rows = rows.filter(Q(ends__isnull=True) | Q(ends__gte=today), ended_at=None)
    with transaction.atomic():
        found = [_row(row, today) for row in rows[:200]]
        record(Verb.PATIENT_READ, actor=actor, subject="restrictions", facts={"read": [str(row.id) for row in found]})
    return found


def _row(row: SchedulingRestriction, today: date) -> RestrictionRow:
    over = row.ended_at is not None or (row.ends is not None and row.ends < today)
    return RestrictionRow(
        id=row.pk,
        kind=row.kind,
        name=f"{row.first_name} {row.last_name}",
        date_of_birth=date.fromisoformat(row.date_of_birth),
        ehr_patient_id=row.ehr_patient_id or "",
        starts=row.starts,
        ends=row.ends,
        ended_at=row.ended_at,
        reason=row.reason,
        in_force=not over and row.starts <= today,
    )


def _index_of(patient_id: UUID) -> bytes:
    index = Patient.objects.values_list("name_dob_index", flat=True).get(pk=patient_id)
    return bytes(index or b"")
