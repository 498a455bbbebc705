"""What is not taken over goes to a person: the task "visit in the EHR differs from ours"."""

from __future__ import annotations

from datetime import datetime

from moonlit.audit.actor import Actor
from moonlit.booking.models import Appointment
from moonlit.booking.services.state import visit_date
from moonlit.domain.business_time import end_of_business_day
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.models import Task
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
    """Open the task, due today, or say on the open one what else differs. Call inside a transaction."""
    opened = open_task(
        TaskKind.VISIT_DIFFERS,
        subject=f"appointment:{row.pk}",
        team=Team.FRONT_DESK,
        due=end_of_business_day(now, office()),
        visit_date=visit_date(row),
        note=WHAT[what],
        actor=actor,
        now=now,
    )
    task = Task.objects.select_for_update().get(pk=opened.pk)
    if WHAT[what] not in task.note:
        task.note = f"{task.note}\n{WHAT[what]}".strip()
        task.save(update_fields=["note"])


def agrees_again(row: Appointment, *, actor: Actor, now: datetime) -> None:
    """Close the task: what was read is what we have. That a visit was booked again remains for a person to look at."""
    task = Task.objects.filter(
        kind=TaskKind.VISIT_DIFFERS, subject=f"appointment:{row.pk}", state=Task.State.OPEN
    ).first()
    if task is None or WHAT["revived"] in task.note:
        return
    close_task(
        TaskKind.VISIT_DIFFERS,
        subject=f"appointment:{row.pk}",
        outcome=TaskOutcome.CONDITION_GONE,
        actor=actor,
        now=now,
    )
