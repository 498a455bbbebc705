"""Keeping a held slot frozen in the EHR, when the practice wants that (MOONLIT_HOLD_FREEZES_EHR), and thawing it.

The rows say what may be frozen; the hold says what should be. Nothing here stops a hold or a booking.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import SYSTEM
from moonlit.availability.services import slot_back
from moonlit.booking.models import Appointment, SlotFreeze
from moonlit.booking.services.state import visit_date
from moonlit.domain.booking import State
from moonlit.domain.business_time import end_of_business_day
from moonlit.domain.freezes import Answer, Do, Freeze, after_freeze, after_thaw, begin, is_left_frozen, next_step, rest
from moonlit.domain.freezes import State as FreezeState
from moonlit.ehr.port import AlreadyDone, EhrError, NotReached, Rejected, Throttled, get_ehr
from moonlit.platform.env import env
from moonlit.platform.jobs import enqueue
from moonlit.platform.log import get_logger
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.services import close_task, open_task

log = get_logger(__name__)

BATCH = 20
PATIENCE = 3
"""Tries to thaw that a booking waits for; then it is put regardless, and the EHR says whether it can be."""


def freezing_is_on() -> bool:
    return env().hold_freezes_ehr


def freeze_for(hold: Appointment, *, now: datetime) -> None:
    """Have the slot of a hold frozen soon. In the transaction that takes the time."""
    if not freezing_is_on():
        return
    row, made = SlotFreeze.objects.get_or_create(
        slot_ehr_id=hold.slot_ehr_id, defaults={"hold_id": hold.pk, "next_at": now}
    )
    if not made:
        SlotFreeze.objects.filter(pk=row.pk).update(hold_id=hold.pk, attempts=0, next_at=now)
    _soon(row.pk)


def let_go(hold: UUID, *, now: datetime) -> None:
    """Have the slot thawed soon, if it may be frozen. In the transaction that ends the hold."""
    for slot in _unthawed().filter(hold_id=hold).values_list("pk", flat=True):
        SlotFreeze.objects.filter(pk=slot).update(next_at=now)
        _soon(slot)


def is_frozen(slot_ehr_id: str | None) -> bool:
    """Whether the EHR may hide the slot because of us."""
    return bool(slot_ehr_id) and _unthawed().filter(pk=slot_ehr_id).exists()


def settle_freeze(slot_ehr_id: str, *, clock: Callable[[], datetime], at_once: bool = False) -> None:
    """Take every step that is due for one slot. Safe to call twice, by any number of workers.

    `at_once`: a booking waits for the slot, so neither a pause nor another worker's lease is waited for.
    """
    while True:
        row = SlotFreeze.objects.select_related("hold").filter(pk=slot_ehr_id).first()
        now = clock()
        if row is None or (not at_once and (row.next_at is None or row.next_at > now)):
            return
        old = _freeze_of(row)
        wanted_until = row.hold.expires_at if row.hold.state == State.HELD.value else None
        do = next_step(old, wanted_until, now)
        if do is Do.NOTHING:
            _write(row, old, rest(old, wanted_until))
            return
        begun = begin(old, do, now)
        if not _write(row, old, begun):
            return
        answer = _ask(slot_ehr_id, do)
        after = after_freeze(begun, answer, clock()) if do is Do.FREEZE else after_thaw(begun, answer, now, clock())
        if not _finish(row, begun, after, answer, now=clock()) or after.state is begun.state:
            return


def thawed_for_booking(slot_ehr_id: str, *, clock: Callable[[], datetime]) -> bool:
    """Thaw the slot before it is booked, for a frozen one cannot be; False: not yet, come back a little later."""
    if not is_frozen(slot_ehr_id):
        return True
    settle_freeze(slot_ehr_id, clock=clock, at_once=True)
    return not _unthawed().filter(pk=slot_ehr_id, attempts__lt=PATIENCE).exists()


def sweep_freezes(*, clock: Callable[[], datetime]) -> None:
    """Thaw what a crash, a full queue or a hold that ended by itself has left frozen."""
    due = SlotFreeze.objects.filter(next_at__lte=clock()).order_by("next_at")
    for slot in list(due.values_list("pk", flat=True)[:BATCH]):
        settle_freeze(slot, clock=clock)


def _ask(slot_ehr_id: str, do: Do) -> Answer:
    """Send one freeze or thaw. No transaction is open."""
    try:
        if do is Do.FREEZE:
            get_ehr().freeze(slot_ehr_id)
        else:
            get_ehr().unfreeze(slot_ehr_id)
    except AlreadyDone:
        return Answer.ALREADY
    except (NotReached, Throttled):
        return Answer.NOT_REACHED
    except Rejected as fault:
        return Answer.GONE if fault.code == "not_found" else Answer.REFUSED
    except Exception as fault:  # noqa: BLE001  whatever it was, it may have been carried out
        if not isinstance(fault, EhrError):
            log.error("slot_freeze_unexpected", slot=slot_ehr_id, error=type(fault).__name__)
        return Answer.UNCLEAR
    return Answer.DONE


def _finish(row: SlotFreeze, begun: Freeze, after: Freeze, answer: Answer, *, now: datetime) -> bool:
    """Write what the answer means, and tell staff about a slot that stays frozen."""
    subject = f"slot:{row.pk}"
    with transaction.atomic():
        if not _write(row, begun, after):
            return False
        if begun.state is FreezeState.THAWING and after.state is FreezeState.THAWED:
            if answer is not Answer.GONE:
                slot_back(row.pk, now=now)
            outcome = TaskOutcome.CONDITION_GONE
            close_task(TaskKind.SLOT_LEFT_FROZEN, subject=subject, outcome=outcome, actor=SYSTEM, now=now)
        elif is_left_frozen(after):
            open_task(
                TaskKind.SLOT_LEFT_FROZEN,
                subject=subject,
                team=Team.FRONT_DESK,
                due=end_of_business_day(now, office()),
                visit_date=visit_date(row.hold),
                actor=SYSTEM,
                now=now,
            )
        if after.next_at is not None:
            _soon(row.pk, at=after.next_at)
        return True


def _write(row: SlotFreeze, old: Freeze, new: Freeze) -> bool:
    """One conditional UPDATE; False: somebody else took a step, or another hold has the slot now."""
    unchanged = SlotFreeze.objects.filter(
        pk=row.pk, hold_id=row.hold_id, state=old.state.value, attempts=old.attempts, next_at=old.next_at
    )
    return bool(
        unchanged.update(
            state=new.state.value,
            sure=new.sure,
            puts=new.puts,
            attempts=new.attempts,
            sent_at=new.sent_at,
            next_at=new.next_at,
        )
    )


def _freeze_of(row: SlotFreeze) -> Freeze:
    return Freeze(FreezeState(row.state), row.sure, row.puts, row.attempts, row.sent_at, row.next_at)


def _unthawed():  # noqa: ANN202  a query set
    return SlotFreeze.objects.exclude(state=FreezeState.THAWED.value)


def _soon(slot_ehr_id: str, *, at: datetime | None = None) -> None:
    from moonlit.booking.jobs import settle_freeze_of  # the job calls this module

    enqueue(settle_freeze_of, run_at=at, slot=slot_ehr_id)
