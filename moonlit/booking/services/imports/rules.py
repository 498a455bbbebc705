"""Imports bypass our rules but are flagged when they break one (rules 5)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.booking.models import Appointment
from moonlit.booking.services.imports.busy import is_overlapped
from moonlit.booking.services.state import visit_date
from moonlit.coverage.queries import facts as current_facts
from moonlit.domain.booking import LIVE
from moonlit.domain.business_time import end_of_business_day
from moonlit.domain.coverage import decide
from moonlit.domain.criteria import Ask
from moonlit.domain.facts import Facts
from moonlit.domain.reasons import Reason
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.services import close_task, open_task

OVERLAP = "overlap"
PAYER_UNKNOWN = "payer_unknown"
"""Nothing is said about money, and never "uncovered", while no payer of ours is known for the visit."""
ABOUT_OFFERING = frozenset(
    {
        Reason.NOT_BOOKABLE,
        Reason.NOT_ACCEPTING_NEW,
        Reason.EHR_UNMAPPED,
        Reason.SERVICE_NOT_OFFERED,
        Reason.MODALITY_NOT_OFFERED,
        Reason.LOCATION_NOT_OFFERED,
        Reason.AGE_NOT_SERVED,
        Reason.LANGUAGE_NOT_SPOKEN,
        Reason.ENDS_SOON,
    }
)
"""What we would not have offered online; the front desk may, and knows who the patient is."""


def broken_rules(row: Appointment, facts: Facts) -> list[str]:
    """Why we could not have booked this visit: reasons of the coverage decision, on its own date of service.

    By video the patient's state is not known: the licence counts as missing only when it is in every state we serve.
    """
    place = facts.locations[row.location.code]
    states = (place.state,) if place.state else facts.practice.states
    answers = []
    for state in states:
        ask = Ask(
            visit_type=row.visit_type.code if row.visit_type else "",
            modality=place.modality,
            place_state=state,
            payer=row.payer_code or None,
            location=place.code,
        )
        found = decide(facts, ask, row.provider_id, visit_date(row)).codes
        answers.append([reason.value for reason in found if reason not in ABOUT_OFFERING and reason not in _YES])
    return min(answers, key=len, default=[])


_YES = frozenset({Reason.DIRECT, Reason.GROUP, Reason.SUPERVISED, Reason.SELF_PAY})


def flag(row: Appointment, *, actor: Actor, now: datetime) -> None:
    """Write anew what an imported visit is flagged with, and open or close its task. Twice changes nothing."""
    if row.origin != Appointment.Origin.EHR or row.state not in LIVE:
        _tell(row, broken=False, actor=actor, now=now)
        return
    broken = broken_rules(row, current_facts())
    if is_overlapped(row):
        broken.append(OVERLAP)
    flags = [*([] if row.payer_code else [PAYER_UNKNOWN]), *broken]
    if flags != row.flags:
        row.flags = flags
        Appointment.objects.filter(pk=row.pk).update(flags=flags)
    _tell(row, broken=bool(broken) and row.end > now, actor=actor, now=now)


def flag_neighbours(
    provider_id: int, start: datetime, end: datetime, *, besides: Appointment, actor: Actor, now: datetime
) -> None:
    """Imported visits that a stretch of time touches: whether they overlap may have changed, whichever came first."""
    touched = Appointment.objects.select_related("location", "visit_type").filter(
        origin=Appointment.Origin.EHR,
        provider_id=provider_id,
        state__in=[state.value for state in LIVE],
        start__lt=end,
        end__gt=start,
    )
    for row in touched.exclude(pk=besides.pk):
        flag(row, actor=actor, now=now)


def flag_again(location_id: int, *, actor: Actor, now: datetime) -> None:
    """Judge anew the visits to come that are flagged: what stood beside one may be gone, an absence taken back."""
    flagged = Appointment.objects.select_related("location", "visit_type").filter(
        origin=Appointment.Origin.EHR,
        location_id=location_id,
        state__in=[state.value for state in LIVE],
        end__gt=now,
    )
    for row in flagged.exclude(flags=[PAYER_UNKNOWN]).exclude(flags=[]):
        with transaction.atomic():
            flag(row, actor=actor, now=now)


def _tell(row: Appointment, *, broken: bool, actor: Actor, now: datetime) -> None:
    subject = f"appointment:{row.pk}"
    if not broken:
        close_task(
            TaskKind.IMPORT_BREAKS_RULE, subject=subject, outcome=TaskOutcome.CONDITION_GONE, actor=actor, now=now
        )
        return
    open_task(
        TaskKind.IMPORT_BREAKS_RULE,
        subject=subject,
        team=Team.FRONT_DESK,
        due=end_of_business_day(now, office()),
        visit_date=visit_date(row),
        actor=actor,
        now=now,
    )
