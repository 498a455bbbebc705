"""The visit is to take place at another time: the new one is won first, decided anew for its date (rules 4.10)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.availability.queries import Candidate, alternatives
from moonlit.availability.services import CapReached, TimeTaken
from moonlit.booking.models import Appointment, AppointmentDecision
from moonlit.booking.refusals import HoldExpired, SlotTaken
from moonlit.booking.services.changes.answer import ChangeAsked, answer_of, in_force
from moonlit.booking.services.changes.state import notice
from moonlit.booking.services.duplicates import refuse_overlap
from moonlit.booking.services.holds import held_candidate, use_hold
from moonlit.booking.services.moves import NOT_BEGUN, change_lock, new_visit
from moonlit.booking.services.outcome import latest_snapshot, stored_criteria
from moonlit.booking.services.state import note
from moonlit.booking.services.taking import columns_of, criteria_as_stored, take_first_free, take_time
from moonlit.coverage.queries import facts as current_facts
from moonlit.domain.booking import OPEN, State
from moonlit.domain.criteria import Criteria
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.domain.visit_changes import LOOKS_AFTER_NEW, check_may_move, for_staff
from moonlit.people.services import carry_over
from moonlit.platform.crypto.fields import sealed
from moonlit.platform.db import advisory_lock
from moonlit.platform.jobs import enqueue

GONE = frozenset({State.CANCELLED, State.LATE_CANCELLED, State.MOVED, State.LOST, State.FAILED})


def request_move(
    appointment_id: UUID,
    *,
    start: datetime | None,
    provider_id: int | None,
    hold: UUID | None,
    proven_contact: bytes = b"",
    actor: Actor,
    now: datetime,
) -> ChangeAsked:
    """Ask for another time: `hold`, or `start` with a provider or (None) any. Asking again gives the same answer.

    After return the new visit is `pending` and its time blocked; the old one stays booked with `change` "move" until
    the EHR has let it go. `proven_contact` is what a link's holder has proven (see `refuse_overlap`). The visit type,
    the form, the place and who pays stay; who renders may change. Raises Refused having written nothing: `late_change`
    when only staff can move it (`ask_staff_to_move`), `not_found`, `request_in_progress` while another change is under
    way or the visit itself is not confirmed, `patient_overlap` when the patient has another visit then, and what a
    booking may raise.
    """
    row = in_force(appointment_id)
    usable = Q(state=State.HELD.value) | Q(moved_from=row)
    held = Appointment.objects.filter(usable, pk=hold).first() if hold is not None else None
    if hold is not None and held is None:
        raise HoldExpired
    begins = held.start if held is not None else start
    if begins is None:
        raise Refused(RefusalCode.INVALID_REQUEST, "Give a hold or a start.")
    chosen = held.provider_id if held is not None else provider_id
    meant = new_visit(row) if row.change == Appointment.Change.MOVE else row
    if meant is not None and meant.start == begins and chosen in {None, meant.provider_id}:
        return answer_of(row)
    proven = None if actor.kind == "staff" else proven_contact
    _check(row, begins, chosen, proven_contact=proven, actor=actor, now=now)
    criteria = stored_criteria(row.criteria)
    if hold is not None:
        _move_to_hold(row, hold, criteria, actor=actor, now=now)
    else:
        take_first_free(
            criteria,
            begins,
            provider_id,
            partial(_move_to, row, criteria=criteria, any_provider=provider_id is None, actor=actor, now=now),
            now=now,
        )
    row.refresh_from_db()
    return answer_of(row)


def _check(
    row: Appointment,
    begins: datetime,
    provider_id: int | None,
    *,
    proven_contact: bytes | None,
    actor: Actor,
    now: datetime,
) -> None:
    if row.state in GONE:
        raise Refused(RefusalCode.NOT_FOUND, "There is no such visit.")
    check_may_move(
        (row.start, row.end),
        (begins, begins + (row.end - row.start)),
        same_provider=provider_id == row.provider_id,
        notice=notice(),
        state=State(row.state),
        by_staff=actor.kind == "staff",
        now=now,
    )
    if row.state in OPEN or row.change != Appointment.Change.NONE:
        raise _in_progress()
    if row.criteria is None or row.patient_id is None or row.visit_type_id is None:
        raise for_staff("made_by_the_practice", "This visit was made by the practice. Please ask us to move it.")
    # A second first visit is no fault of this move, so no visit type is named.
    ends = begins + (row.end - row.start)
    refuse_overlap(row.patient_id, begins, ends, None, excluding={row.pk}, proven_contact=proven_contact, now=now)


def _in_progress() -> Refused:
    return Refused(
        RefusalCode.REQUEST_IN_PROGRESS, "The visit is being confirmed or changed. Please try again in a few minutes."
    )


def _move_to_hold(row: Appointment, hold: UUID, criteria: Criteria, *, actor: Actor, now: datetime) -> None:
    held, candidate = held_candidate(hold, criteria, now=now)
    try:
        with transaction.atomic():
            _ask(row, candidate, actor=actor, now=now)
            carried = _carried(row, candidate) | sealed(Appointment, held.pk, patient_note=row.patient_note)
            use_hold(held, candidate, criteria, now=now, **carried, any_provider=False)
            _remember(row, held.pk, candidate, actor=actor, now=now)
    except (TimeTaken, CapReached):
        raise SlotTaken(alternatives(criteria, held.start, now)) from None


def _move_to(
    row: Appointment, candidate: Candidate, *, criteria: Criteria, any_provider: bool, actor: Actor, now: datetime
) -> None:
    _ask(row, candidate, actor=actor, now=now)
    new = Appointment(
        state=State.PENDING.value,
        any_provider=any_provider,
        criteria=criteria_as_stored(criteria),
        next_look_at=now,
        created_at=now,
        patient_note=row.patient_note,
        **columns_of(candidate, criteria),
        **_carried(row, candidate),
    )
    take_time(new.pk, candidate, now=now)
    new.save(force_insert=True)
    _remember(row, new.pk, candidate, actor=actor, now=now)


def _ask(row: Appointment, candidate: Candidate, *, actor: Actor, now: datetime) -> None:
    """Mark the old visit as being moved, unless something else happened to it since it was read.

    Both providers are locked before the row is touched, in the order in which everybody takes them.
    """
    change_lock(row)
    for provider in sorted({row.provider_id, candidate.provider_id}):
        advisory_lock("provider", provider)
    unchanged = Appointment.objects.filter(
        pk=row.pk, state=State.BOOKED.value, change=Appointment.Change.NONE, athena_appt_id=row.athena_appt_id
    )
    columns = {
        **NOT_BEGUN,
        "change": Appointment.Change.MOVE,
        "change_late": False,
        "change_note": None,
        "change_asked_at": now,
        "change_next_at": now + LOOKS_AFTER_NEW,
    }
    if not unchanged.update(**columns):
        raise _in_progress()
    record(Verb.CHANGE_ASKED, actor=actor, subject=f"appointment:{row.pk}", facts={"change": "move"})


def _carried(row: Appointment, candidate: Candidate) -> dict[str, Any]:
    """What the new visit takes over from the old one. It must be won before the old one begins."""
    visit_type = current_facts().visit_types[(row.criteria or {})["visit_type"]]
    notice_limit = candidate.start - timedelta(hours=visit_type.min_notice_hours)
    return {
        "patient_id": row.patient_id,
        "place_of_service": row.place_of_service,
        "client_ref": row.client_ref,
        "moved_from_id": row.pk,
        "notice_limit_at": min(notice_limit, row.start),
    }


def _remember(row: Appointment, new: UUID, candidate: Candidate, *, actor: Actor, now: datetime) -> None:
    """The new visit's people, what was true when it was decided (rules 4.14), and its first step."""
    carry_over(row.pk, new)
    decision = candidate.decision
    AppointmentDecision.objects.create(
        appointment_id=new,
        version=1,
        decided_at=now,
        snapshot={
            **latest_snapshot(row),
            "route": decision.route.value if decision.route else "",
            "reasons": [finding.reason.value for finding in decision.reasons],
            "provider": candidate.provider_id,
            "rendering": decision.rendering,
            "supervisor": decision.supervisor,
            "claim_mode": decision.claim_mode.value if decision.claim_mode else None,
            "payer_behavioral": decision.payer,
            "price_cents": candidate.price_cents,
            "start": candidate.start.isoformat(),
            "time_zone": candidate.time_zone,
            "moved_from": str(row.pk),
        },
    )
    note(new, State.PENDING, actor=actor, now=now)
    from moonlit.booking.jobs import advance_booking  # the job calls the services

    enqueue(advance_booking, appointment=new)
