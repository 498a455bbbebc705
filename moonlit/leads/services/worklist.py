"""What staff do with a lead. Each verb changes only the version they saw, and says what became of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.coverage.queries import facts
from moonlit.eligibility.queries import today_at_practice
from moonlit.leads.models import Lead, LeadMatch, LeadNote
from moonlit.leads.services.follow_ups import about, close_follow_up
from moonlit.leads.services.links import LeadIsOver, mint_booking_link, revoke_booking_links
from moonlit.leads.services.matches import close_match_task, open_match_task
from moonlit.leads.services.state import WAITING, Result, changed
from moonlit.staff.models import User
from moonlit.worklist.kinds import TaskKind, TaskOutcome
from moonlit.worklist.services import give_task

NOTE_LIMIT = 2000
REASONS_TO_CLOSE = tuple(each for each in Lead.Closed if each is not Lead.Closed.NOT_CLOSED)


def assign(lead_id: UUID, *, version: int, to: UUID | None, actor: Actor, now: datetime) -> Result:
    """Give the lead, and its task if one is open, to a person of the staff, or to nobody (`to` None)."""
    if to is not None and not User.objects.filter(pk=to, is_active=True).exists():
        return Result.UNKNOWN_PERSON
    with transaction.atomic():
        done = changed(lead_id, version=version, was=WAITING, now=now, assigned_to_id=to)
        if done is Result.DONE:
            give_task(TaskKind.LEAD_FOLLOW_UP, subject=about(lead_id), to=to)
            _record(Verb.LEAD_CHANGED, lead_id, actor, assignee=str(to) if to else None)
    return done


def follow_up(lead_id: UUID, *, version: int, on: date | None, actor: Actor, now: datetime) -> Result:
    """Come back to the lead on this day (the practice's date, today or later), or on none. The task of another day
    closes; a new one opens when the day has come.
    """
    if on is not None and on < today_at_practice(now):
        return Result.PAST_DATE
    with transaction.atomic():
        done = changed(lead_id, version=version, was=WAITING, now=now, follow_up_date=on, follow_up_told=False)
        if done is Result.DONE:
            close_follow_up(lead_id, outcome=TaskOutcome.CONDITION_GONE, actor=actor, now=now)
            _record(Verb.LEAD_CHANGED, lead_id, actor, follow_up=on.isoformat() if on else None)
    return done


def note(lead_id: UUID, *, text: str, actor: Actor, now: datetime) -> Result:
    """Write something down. Notes are only added, so two people's notes never meet. The actor is staff.

    Raises ValueError for an empty text or one of more than `NOTE_LIMIT` characters.
    """
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text or len(text) > NOTE_LIMIT:
        raise ValueError(f"a note has 1 to {NOTE_LIMIT} characters")
    with transaction.atomic():
        if not Lead.objects.filter(pk=lead_id).exists():
            return Result.NOT_FOUND
        LeadNote.objects.create(lead_id=lead_id, text=text, written_by_id=UUID(actor.id), written_at=now)
        _record(Verb.LEAD_NOTED, lead_id, actor)
    return Result.DONE


def name_payer(lead_id: UUID, *, version: int, payer: str, actor: Actor, now: datetime) -> Result:
    """Say which payer of ours the person meant by what was typed. From then on the program can judge the lead."""
    if payer not in facts().payers:
        return Result.UNKNOWN_PAYER
    with transaction.atomic():
        done = changed(lead_id, version=version, was=WAITING, now=now, payer_code=payer)
        if done is Result.DONE:
            _record(Verb.LEAD_CHANGED, lead_id, actor, payer=payer)
    return done


def mark_contacted(lead_id: UUID, *, version: int, actor: Actor, now: datetime) -> Result:
    """Somebody of ours has answered the person."""
    pending = (Lead.Status.PENDING,)
    with transaction.atomic():
        done = changed(lead_id, version=version, was=pending, now=now, status=Lead.Status.CONTACTED)
        if done is Result.DONE:
            _record(Verb.LEAD_CONTACTED, lead_id, actor)
    return done


def close_lead(lead_id: UUID, *, version: int, because: str, actor: Actor, now: datetime) -> Result:
    """Nothing more is to be done. Its links die and its tasks close.

    Raises ValueError when `because` is none of `REASONS_TO_CLOSE`.
    """
    if because not in REASONS_TO_CLOSE:
        raise ValueError("a lead is closed for a reason of the list")
    closed = {"status": Lead.Status.CLOSED, "closed_because": because}
    with transaction.atomic():
        done = changed(lead_id, version=version, was=WAITING, now=now, **closed)
        if done is Result.DONE:
            links = revoke_booking_links(lead_id, now=now)
            close_follow_up(lead_id, outcome=TaskOutcome.CONDITION_GONE, actor=actor, now=now)
            close_match_task(lead_id, outcome=TaskOutcome.CONDITION_GONE, actor=actor, now=now)
            _record(Verb.LEAD_CLOSED, lead_id, actor, because=str(because), links_ended=links)
    return done


def reopen_lead(lead_id: UUID, *, version: int, actor: Actor, now: datetime) -> Result:
    """A closed lead waits again, with its follow-up date and the visits that staff have yet to judge. Its links stay
    dead.
    """
    again = {"status": Lead.Status.PENDING, "closed_because": Lead.Closed.NOT_CLOSED, "follow_up_told": False}
    with transaction.atomic():
        done = changed(lead_id, version=version, was=(Lead.Status.CLOSED,), now=now, **again)
        if done is Result.DONE:
            if LeadMatch.objects.filter(lead_id=lead_id, state=LeadMatch.State.OPEN).exists():
                open_match_task(lead_id, actor=actor, now=now)
            _record(Verb.LEAD_REOPENED, lead_id, actor)
    return done


def copy_link(lead_id: UUID, *, actor: Actor, now: datetime) -> str | Result:
    """A booking link's token for staff to read out or paste: it needs no consent, because nobody writes by it."""
    with transaction.atomic():
        try:
            return mint_booking_link(lead_id, actor=actor, now=now)
        except LeadIsOver:
            return Result.OVER if Lead.objects.filter(pk=lead_id).exists() else Result.NOT_FOUND


def _record(verb: Verb, lead_id: UUID, actor: Actor, **told: Any) -> None:
    record(verb, actor=actor, subject=about(lead_id), facts=told)
