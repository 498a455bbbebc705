"""Drafts: begun, kept, sent, ended. Each verb is one transaction; a lead or a booking is made in the same one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from moonlit.audit.actor import Actor
from moonlit.booking.queries import candidate_of_hold, held_by, status_by_token
from moonlit.booking.requests import BookingRequest
from moonlit.booking.services import (
    Accepted,
    HoldExpired,
    extend_hold,
    make_room,
    place_hold,
    release_hold,
    request_booking,
    revoke_link,
)
from moonlit.domain.criteria import Criteria
from moonlit.domain.refusals import Refused
from moonlit.leads.inputs import LeadInput
from moonlit.leads.services import booked_through_link, create_lead
from moonlit.platform.crypto.fields import sealed
from moonlit.platform.tokens import new_token, token_hash
from moonlit.widget.journey import Choices
from moonlit.widget.models import Draft
from moonlit.widget.queries import hold_fits, holds_as, living

_SEEN_AGAIN_AFTER_SECONDS = 30


def begin(choices: Choices, *, lead: UUID | None = None, now: datetime) -> str:
    """A new draft; its token, which is shown once and stored hashed. `lead`: whose own link began it."""
    token = new_token()
    Draft.objects.create(
        token_hash=token_hash(token), choices=choices.as_stored(), lead=lead, started_at=now, seen_at=now
    )
    return token


def keep_awake(draft: Draft, *, now: datetime) -> None:
    """The patient is still here: the 20 minutes begin anew."""
    if (now - draft.seen_at).total_seconds() >= _SEEN_AGAIN_AFTER_SECONDS:
        Draft.objects.filter(pk=draft.pk).update(seen_at=now)
        draft.seen_at = now


def keep_choices(draft: Draft, choices: Choices, *, actor: Actor, now: datetime) -> None:
    """Steps 1 and 2 as they are now. Time and answers stay; whether the time still fits is asked again, and one that
    does not is let go.
    """
    if not _changed(draft, now, **sealed(Draft, draft.pk, choices=choices.as_stored())):
        return
    draft.choices = choices.as_stored()
    if not hold_fits(draft, choices, now):
        _let_go(draft.hold, actor=actor, now=now)


def keep_answers(draft: Draft, answers: Mapping[str, str], *, now: datetime) -> None:
    """Step 4 as typed, right or wrong: nothing typed is thrown away."""
    if _changed(draft, now, **sealed(Draft, draft.pk, answers=dict(answers))):
        draft.answers = dict(answers)


def keep_answers_meanwhile(draft: Draft, answers: Mapping[str, str], *, now: datetime) -> bool:
    """The same while somebody types, without going on: what was done since the draft was read is never undone.

    So a sent visit's emptied draft stays empty, and a submitted page stays as it was submitted. Whether they are kept.
    """
    kept = sealed(Draft, draft.pk, answers=dict(answers))
    if not _unsent(draft).filter(seen_at=draft.seen_at).update(**kept, seen_at=now, sent_at=None):
        return False
    draft.answers, draft.seen_at, draft.sent_at = dict(answers), now, None
    return True


def choose_time(
    draft: Draft, token: str, criteria: Criteria, start: datetime, provider: int | None, *, actor: Actor, now: datetime
) -> str:
    """Hold the time (UTC) and take note of it; the token under which the pages about the person exist.

    A draft without such pages leads on to a new one with a new token, so that a link to the times reads nobody's data.
    One that has them keeps its token: whoever holds it has them already, and a second click must not lose answers.
    The time held before is let go once the new one is won. Raises Refused as `place_hold` does; the draft is then as
    it was.
    """
    hold, before = _held(draft, criteria, start, provider, actor=actor, now=now), draft.hold
    if draft.identified:
        chosen = _changed(draft, now, start=start, provider_id=provider, hold=hold)
        if chosen:
            draft.start, draft.provider_id, draft.hold = start, provider, hold
        if before != hold:
            _let_go(before if chosen else hold, actor=actor, now=now)
        return token
    new = new_token()
    with transaction.atomic():
        Draft.objects.filter(pk=draft.pk).update(led_on=True, seen_at=now)
        Draft.objects.create(
            token_hash=token_hash(new),
            identified=True,
            choices=draft.choices,
            start=start,
            provider_id=provider,
            hold=hold,
            made_from=draft.pk,
            lead=draft.lead,
            started_at=draft.started_at,
            seen_at=now,
        )
    return new


def keep_time(draft: Draft, criteria: Criteria, *, actor: Actor, now: datetime) -> None:
    """Hold the chosen time ten minutes from now; one that was not held any more is taken again, if it can be.

    With "any" another clinician may then have it. Raises Refused as `place_hold` does.
    """
    if draft.start is None:
        return
    before = draft.hold
    draft.hold = _kept(draft, criteria, actor=actor, now=now) or _held(
        draft, criteria, draft.start, draft.provider_id, actor=actor, now=now
    )
    draft.save(update_fields=["hold"])
    if before != draft.hold:
        _let_go(before, actor=actor, now=now)


def _kept(draft: Draft, criteria: Criteria, *, actor: Actor, now: datetime) -> UUID | None:
    """The draft's own hold for ten minutes more; None when it is gone, or not for these criteria."""
    if draft.hold is None:
        return None
    try:
        extend_hold(draft.hold, actor=actor, now=now)
    except Refused:
        return None
    return draft.hold if candidate_of_hold(draft.hold, criteria, now) is not None else None


def _held(
    draft: Draft, criteria: Criteria, start: datetime, provider: int | None, *, actor: Actor, now: datetime
) -> UUID:
    """The hold of this start: the one of an earlier click, kept longer, or a new one."""
    mine = _mine(draft, criteria, start, provider, now)
    if mine is not None:
        extend_hold(mine, actor=actor, now=now)
        return mine
    ref = holds_as(draft)
    make_room(ref, actor=actor, now=now)
    try:
        return place_hold(criteria, start, provider, client_ref=ref, address="", actor=actor, now=now).hold
    except Refused:
        mine = _mine(draft, criteria, start, provider, now)  # of another click at the same instant
        if mine is None:
            raise
        return mine


def _mine(draft: Draft, criteria: Criteria, start: datetime, provider: int | None, now: datetime) -> UUID | None:
    fitting = (
        each.hold
        for each in held_by(holds_as(draft), now)
        if each.start == start
        and provider in {None, each.provider.id}
        and candidate_of_hold(each.hold, criteria, now) is not None
    )
    return next(fitting, None)


def _let_go(hold: UUID | None, *, actor: Actor, now: datetime) -> None:
    if hold is not None:
        release_hold(hold, actor=actor, now=now)


def book(draft: Draft, request: BookingRequest, *, actor: Actor, now: datetime) -> str | None:
    """Send the draft as a booking, once: the status token of the visit, or None when another click was first.

    Raises Refused (SlotTaken with alternatives) as `request_booking` does; the draft is then as it was.
    """
    with transaction.atomic():
        if not _unsent(draft).update(sent_at=now, seen_at=now):
            return None
        accepted = _request(draft, request, actor=actor, now=now)
        if draft.lead is not None:
            booked_through_link(draft.lead, accepted.appointment, now=now)
        Draft.objects.filter(pk=draft.pk).update(
            appointment=accepted.appointment, **sealed(Draft, draft.pk, status_token=accepted.status_token)
        )
    _let_go(draft.hold, actor=actor, now=now)
    return accepted.status_token


def give_back(draft: Draft, *, now: datetime) -> str | None:
    """A new token for a draft whose visit could not be booked. The one before dies, so that one way leads to it.

    None when another visit was asked for with it since it was read.
    """
    token = new_token()
    return token if _changed(draft, now, token_hash=token_hash(token)) else None


def _request(draft: Draft, request: BookingRequest, *, actor: Actor, now: datetime) -> Accepted:
    """With the hold while it lasts and fits; otherwise the time is asked for as any other."""
    if draft.hold is not None and candidate_of_hold(draft.hold, request.criteria, now) is not None:
        try:
            return request_booking(request, hold=draft.hold, actor=actor, now=now)
        except HoldExpired:
            pass
    return request_booking(request, actor=actor, now=now)


def leave_lead(draft: Draft, lead: LeadInput, *, by_hand: bool, actor: Actor, now: datetime) -> None:
    """Store the lead and end the draft, once, however often the button is pressed. `by_hand` as for `create_lead`."""
    with transaction.atomic():
        emptied = sealed(Draft, draft.pk, choices={}, answers={}, status_token=None)
        if _unsent(draft).update(sent_at=now, seen_at=now, start=None, appointment=None, **emptied):
            create_lead(lead, source="widget", by_hand=by_hand, actor=actor, now=now)
    _let_go(draft.hold, actor=actor, now=now)


def finish(draft: Draft, *, actor: Actor, now: datetime) -> None:
    """Forget everything typed and let the time go, at once."""
    Draft.objects.filter(pk=draft.pk).delete()
    _let_go(draft.hold, actor=actor, now=now)


def finish_visit(status_token: str, *, actor: Actor, now: datetime) -> None:
    """End the page of a visit: its link dies and its draft is forgotten. The visit itself stays."""
    with transaction.atomic():
        status = status_by_token(status_token, now)
        if status is not None:
            Draft.objects.filter(appointment=status.appointment).delete()
            revoke_link(status_token, actor=actor, now=now)


def forget_answers(appointment: UUID) -> None:
    """The visit is booked: nothing typed is needed any more; the token only finds the status page."""
    for pk in Draft.objects.filter(appointment=appointment).values_list("pk", flat=True):
        Draft.objects.filter(pk=pk, appointment=appointment).update(**sealed(Draft, pk, choices={}, answers={}))


def purge(now: datetime) -> int:
    """Delete the drafts that are dead; how many there were."""
    return Draft.objects.exclude(living(now)).delete()[0]


def _unsent(draft: Draft) -> QuerySet[Draft]:
    """The row, unless another click has sent it since we read it."""
    unsent = Q(sent_at=None) if draft.sent_at is None else Q(sent_at=draft.sent_at)
    visit = Q(appointment=None) if draft.appointment is None else Q(appointment=draft.appointment)
    return Draft.objects.filter(unsent, visit, pk=draft.pk)


def _changed(draft: Draft, now: datetime, **columns: Any) -> bool:
    """Write the columns of a draft nobody has sent since it was read; whether that was so.

    A visit that could not be booked opens its draft again, answers and all (rules 4.6). What was sent in another tab
    stays sent: the page after this one then shows that visit.
    """
    if not _unsent(draft).update(**columns, seen_at=now, sent_at=None):
        return False
    draft.seen_at, draft.sent_at = now, None
    return True
