"""People who may not book by themselves: discharged, or by phone only (rules 4.9). Nobody outside learns of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.people.models import SchedulingRestriction
from moonlit.people.services.indexes import chart_index, name_dob_index


@dataclass(frozen=True, slots=True)
class NewRestriction:
    kind: SchedulingRestriction.Kind
    first_name: str
    last_name: str
    date_of_birth: date
    starts: date
    ends: date | None
    """Last day; None: until it is taken back."""
    reason: str
    ehr_patient_id: str = ""


def add_restriction(new: NewRestriction, *, actor: Actor, now: datetime) -> UUID:
    """Restrict a person from `starts` on. ValueError without a reason or with an end before the start.

    Bookings that stand already stay as they are; the next one is held for staff.
    """
    if not new.reason.strip():
        raise ValueError("a restriction has a reason")
    if new.ends is not None and new.ends < new.starts:
        raise ValueError("a restriction ends after it starts")
    born = new.date_of_birth.isoformat()
    with transaction.atomic():
        row = SchedulingRestriction.objects.create(
            kind=new.kind,
            first_name=new.first_name,
            last_name=new.last_name,
            date_of_birth=born,
            name_dob_index=name_dob_index(new.first_name, new.last_name, born),
            ehr_patient_id=new.ehr_patient_id or None,
            ehr_patient_index=chart_index(new.ehr_patient_id) if new.ehr_patient_id else None,
            starts=new.starts,
            ends=new.ends,
            reason=new.reason.strip(),
            added_by=actor.id,
            added_at=now,
        )
        facts = {"kind": new.kind.value, "starts": new.starts.isoformat()}
        record(
            Verb.RESTRICTION_ADDED,
            actor=actor,
            subject=f"restriction:{row.pk}",
            facts=facts,
            reason=new.reason.strip(),
        )
    return row.pk


def end_restriction(restriction: UUID, *, reason: str, actor: Actor, now: datetime) -> bool:
    """Take a restriction back at once. False: it was taken back already, or there is none."""
    with transaction.atomic():
        if not SchedulingRestriction.objects.filter(pk=restriction, ended_at=None).update(ended_at=now):
            return False
        record(Verb.RESTRICTION_ENDED, actor=actor, subject=f"restriction:{restriction}", reason=reason.strip())
    return True
