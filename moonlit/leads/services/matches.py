"""Visits that may be a lead's: what they hold back, and the task that asks."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from moonlit.audit.actor import Actor
from moonlit.booking.models import Appointment
from moonlit.domain.business_time import end_of_business_day
from moonlit.leads.models import Lead, LeadMatch
from moonlit.leads.services.follow_ups import about
from moonlit.people.contact_queries import is_named
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.services import close_task, open_task

HOLDS_FOR = timedelta(hours=72)
"""An unanswered question keeps a lead from its invitation for so long, and no longer."""


def held_by_match(lead: Lead, *, now: datetime) -> bool:
    """Whether an open question keeps the lead from being invited: the visit bears its name too (when it has one), and
    the first of its questions is not older than `HOLDS_FOR`. Anybody can book with a stranger's contact.
    """
    asked = LeadMatch.objects.filter(lead=lead, state=LeadMatch.State.OPEN).order_by("found_at", "id")
    rows = list(asked.values_list("appointment", "found_at"))
    if not rows or now - rows[0][1] >= HOLDS_FOR:
        return False
    if not lead.preferred_name:
        return True
    visits = Appointment.objects.filter(pk__in=[visit for visit, _ in rows]).exclude(patient=None)
    return any(is_named(lead.preferred_name, *each) for each in visits.values_list("pk", "patient_id"))


def open_match_task(lead_id: UUID, *, actor: Actor, now: datetime) -> None:
    """One for all visits of a lead. Must run inside a transaction."""
    open_task(
        TaskKind.LEAD_MATCH,
        subject=about(lead_id),
        team=Team.FRONT_DESK,
        due=end_of_business_day(now, office()),
        visit_date=None,
        actor=actor,
        now=now,
    )


def close_match_task(lead_id: UUID, *, outcome: TaskOutcome, actor: Actor, now: datetime) -> None:
    close_task(TaskKind.LEAD_MATCH, subject=about(lead_id), outcome=outcome, actor=actor, now=now)
