"""A move that only people can make: inside the notice period, or onto the visit's own time (rules 4.10)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.services.changes.answer import in_force
from moonlit.booking.services.changes.move import GONE
from moonlit.booking.services.changes.state import notice
from moonlit.booking.services.state import visit_date
from moonlit.domain.booking import State
from moonlit.domain.business_time import end_of_business_day
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.domain.visit_changes import check_may_cancel
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, Team
from moonlit.worklist.services import open_task


def ask_staff_to_move(
    appointment_id: UUID, *, note: str, wanted_start: datetime | None, actor: Actor, now: datetime
) -> None:
    """Ask staff to move the visit: a task, and nothing else changes. Asking twice opens one task.

    `note` is free text of whoever asks; `wanted_start` the time he would like, if any. Raises Refused: `not_found`;
    `late_change` when the visit has begun.
    """
    row = in_force(appointment_id)
    if row.state in GONE:
        raise Refused(RefusalCode.NOT_FOUND, "There is no such visit.")
    check_may_cancel(State(row.state), row.start, notice(), now, late_ok=True)
    wanted = f"Wanted: {wanted_start.isoformat()}" if wanted_start is not None else ""
    with transaction.atomic():
        record(Verb.CHANGE_ASKED, actor=actor, subject=f"appointment:{row.pk}", facts={"change": "by_staff"})
        open_task(
            TaskKind.MOVE_REQUESTED,
            subject=f"appointment:{row.pk}",
            team=Team.FRONT_DESK,
            due=end_of_business_day(now, office()),
            visit_date=visit_date(row),
            note="\n".join(filter(None, (wanted, note))),
            actor=actor,
            now=now,
        )
