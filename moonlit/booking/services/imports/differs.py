"""What is not taken over goes to a person: the task "visit in the EHR differs from ours"."""

from __future__ import annotations

from datetime import datetime

from moonlit.audit.actor import Actor
from moonlit.booking.models import Appointment
from moonlit.booking.services.state import visit_date
from moonlit.domain.business_time import end_of_business_day
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.services import close_task, open_task

WHAT = {
    "patient": "The EHR shows this visit on another patient's chart.",
    "supervisor": "The supervising provider in the EHR is not the one we wrote.",
    "place": "The EHR has this visit with a clinician or in a department that is not mapped here.",
    "gone": "The EHR no longer knows this visit.",
    "revived": "This visit had ended here, and the EHR shows it booked.",
    "orphan": "The EHR holds a visit for a request that was not booked here.",
}


def tell_differs(row: Appointment, what: str, *, actor: Actor, now: datetime) -> None:
    """Open the task, due today. Call inside a transaction."""
    open_task(
        TaskKind.VISIT_DIFFERS,
        subject=f"appointment:{row.pk}",
        team=Team.FRONT_DESK,
        due=end_of_business_day(now, office()),
        visit_date=visit_date(row),
        note=WHAT[what],
        actor=actor,
        now=now,
    )


def agrees_again(row: Appointment, *, actor: Actor, now: datetime) -> None:
    close_task(
        TaskKind.VISIT_DIFFERS,
        subject=f"appointment:{row.pk}",
        outcome=TaskOutcome.CONDITION_GONE,
        actor=actor,
        now=now,
    )
