"""The link by which a patient joins a video visit: asked of the EHR on the day, kept sealed, given up in time to call.

Only where the practice has given us the messages that bring it (`join_link`, rules 6.2).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from moonlit.audit.actor import SYSTEM
from moonlit.booking.join_queries import VIDEO, asked_of, links_are_ours
from moonlit.booking.models import Appointment
from moonlit.booking.services.state import visit_date
from moonlit.domain.booking import State
from moonlit.domain.joining import LATE, can_be_joined, to_be_asked, to_be_given_up
from moonlit.ehr.port import EhrError, Rejected, get_ehr
from moonlit.platform.crypto.fields import sealed
from moonlit.platform.env import env, is_loopback
from moonlit.platform.jobs import enqueue
from moonlit.platform.log import get_logger
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.queries import open_subjects
from moonlit.worklist.services import close_task, open_task

log = get_logger(__name__)

BATCH = 50
"""Visits asked about in one sweep: a call each."""
LOOKED_AT = 500
AHEAD = timedelta(hours=18)
"""From the earliest hour of a link to its visit (domain.reminders)."""
A_VISIT = timedelta(hours=12)
"""No visit lasts longer."""
A_MINUTE = timedelta(minutes=1)
REMEMBERED = timedelta(days=7)
"""So far back the sweep looks for links to forget, should no worker have run."""
LONGEST = 2000
NO_ANSWER, BAD_ADDRESS = "no_answer", "bad_address"
WORDS = {
    "no_room": "The EHR has no video room for this visit: is its appointment type set up for telehealth?",
    NO_ANSWER: "The EHR has not answered.",
    BAD_ADDRESS: "The EHR gave an address that cannot be used.",
    "forbidden": "The EHR does not let us ask for it: our account needs that permission.",
}
OTHERWISE = "The EHR refused it."


def ask_for_join(appointment_id: UUID, *, now: datetime) -> bool:
    """Have the link fetched in the background, for a patient who waits for it: at most once a minute.

    False: it was just asked for, it is there, or the visit cannot be joined now.
    """
    row = _standing().filter(pk=appointment_id, location__kind=VIDEO).first()
    if row is None or not links_are_ours() or not can_be_joined(row.start, row.end, row.time_zone, now):
        return False
    asked = asked_of(row)
    if asked is not None and (row.join_url or timedelta() <= now - asked.at < A_MINUTE):
        return False
    return _ask(row, now)


def sweep_joins(now: datetime) -> None:
    """Ask for the links of visits whose hour has come, hand over to the front desk what is missing shortly before, and
    forget the links of visits that are over. Bounded.
    """
    if links_are_ours():
        near = _standing().filter(location__kind=VIDEO, end__gt=now, start__gt=now - A_VISIT, start__lte=now + AHEAD)
        missing = near.exclude(join_for=F("start"), join_url__isnull=False).order_by("start", "id")[:LOOKED_AT]
        left = BATCH
        for row in missing:
            if not can_be_joined(row.start, row.end, row.time_zone, now):
                continue
            if to_be_given_up(asked_of(row), row.start, now) and not _just_asked(row, now):
                _give_up(row, now=now)
            elif left and to_be_asked(asked_of(row), now):
                left -= _ask(row, now)
    _forget(now)


def read_join(appointment_id: UUID, *, clock: Callable[[], datetime]) -> None:
    """Ask the EHR for the link and keep it, or keep why there is none. Once it is there, or all is over: nothing."""
    row = _standing().filter(pk=appointment_id, location__kind=VIDEO).first()
    if row is None or (row.join_url and row.join_for == row.start):
        return
    if not links_are_ours() or not can_be_joined(row.start, row.end, row.time_zone, clock()):
        return
    found, problem = _read(row.athena_appt_id or "")
    # It may have been moved, put on another chart or cancelled meanwhile: then this answer is about nothing.
    same = _standing().filter(
        pk=row.pk, athena_appt_id=row.athena_appt_id, start=row.start, ehr_patient_index=row.ehr_patient_index
    )
    if problem:
        log.warning("join_link_not_read", appointment=str(row.pk), error=problem)
        same.update(join_problem=problem)
        return
    now = clock()
    with transaction.atomic():
        if same.update(join_for=row.start, join_problem="", **sealed(Appointment, row.pk, join_url=found)):
            _close(f"appointment:{row.pk}", now=now)


def fit_to_join(address: str) -> bool:
    """Whether an address may be given to a patient: https (http only on this machine), not our own, nothing hidden."""
    if len(address) > LONGEST or not address.isascii() or any(sign <= " " or sign in '\\\x7f"<>' for sign in address):
        return False
    try:
        parts, ours = urlsplit(address), urlsplit(env().base_url)
        port, our_port = parts.port, ours.port
    except ValueError:
        return False
    if parts.scheme not in {"https", "http"} or not parts.hostname or "@" in parts.netloc:
        return False
    here = is_loopback(address)
    if parts.scheme == "http" and not here:
        return False
    return parts.hostname != ours.hostname or (here and port != our_port)


def _standing() -> QuerySet[Appointment]:
    """Visits that will take place, as far as anybody has said."""
    stands = Q(state__in=[State.BOOKED.value, State.CHECKED_IN.value], athena_appt_id__isnull=False)
    return Appointment.objects.filter(stands).exclude(change=Appointment.Change.CANCEL)


def _ask(row: Appointment, now: datetime) -> bool:
    """Write down that it is asked for, and have it done. False: somebody else was faster."""
    from moonlit.booking.jobs import read_join_of  # the job calls the services

    fresh = {} if row.join_for == row.start else {"join_url": None, "join_problem": "", "join_given_up_at": None}
    with transaction.atomic():
        mine = Appointment.objects.filter(pk=row.pk, join_asked_at=row.join_asked_at, start=row.start)
        if not mine.update(join_for=row.start, join_asked_at=now, **fresh):
            return False
        enqueue(read_join_of, appointment=row.pk)
    return True


def _read(ehr_id: str) -> tuple[str, str]:
    """The link, or why there is none."""
    try:
        found = get_ehr().join_url(ehr_id)
    except Rejected as fault:
        return "", fault.code
    except EhrError:
        return "", NO_ANSWER
    return (found, "") if fit_to_join(found) else ("", BAD_ADDRESS)


def _just_asked(row: Appointment, now: datetime) -> bool:
    """The answer to the only try may still be on its way."""
    return row.join_asked_at is not None and timedelta() <= now - row.join_asked_at < A_MINUTE


def _give_up(row: Appointment, *, now: datetime) -> None:
    with transaction.atomic():
        mine = Appointment.objects.filter(pk=row.pk, start=row.start, join_url__isnull=True, join_given_up_at=None)
        if not mine.update(join_given_up_at=now):
            return
        open_task(
            TaskKind.JOIN_LINK_MISSING,
            subject=f"appointment:{row.pk}",
            team=Team.FRONT_DESK,
            due=row.start,
            visit_date=visit_date(row),
            note=WORDS.get(row.join_problem or NO_ANSWER, OTHERWISE),
            actor=SYSTEM,
            now=now,
        )


def _forget(now: datetime) -> None:
    """A visit that is over keeps no link, and nobody needs to call about it."""
    over = Appointment.objects.filter(start__lte=now, start__gt=now - REMEMBERED, end__lte=now - LATE)
    over.filter(join_url__isnull=False).update(join_url=None)
    waiting = {UUID(subject.removeprefix("appointment:")) for subject in open_subjects(TaskKind.JOIN_LINK_MISSING)}
    for pk in Appointment.objects.filter(pk__in=waiting, end__lte=now - LATE).values_list("pk", flat=True):
        _close(f"appointment:{pk}", now=now)


def _close(subject: str, *, now: datetime) -> None:
    close_task(TaskKind.JOIN_LINK_MISSING, subject=subject, outcome=TaskOutcome.CONDITION_GONE, actor=SYSTEM, now=now)
