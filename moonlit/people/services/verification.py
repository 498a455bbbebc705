"""What staff found out about an insurance (rules 4.13)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.people.models import Insurance


def set_verification(
    appointment: UUID,
    sequence: int,
    state: Insurance.Verification,
    *,
    today: date,
    actor: Actor,
    now: datetime,  # noqa: ARG001  every verb takes one
) -> bool:
    """Record the outcome of a check with the payer, who made it and on which day (the practice's). False: there is no
    such insurance. `unverified` takes an earlier answer back.
    """
    checked = state is not Insurance.Verification.UNVERIFIED
    with transaction.atomic():
        done = Insurance.objects.filter(appointment=appointment, sequence=sequence).update(
            verification=state, verified_by=actor.id if checked else "", verified_on=today if checked else None
        )
        if done:
            facts = {"sequence": sequence, "verification": state.value}
            record(Verb.INSURANCE_VERIFIED, actor=actor, subject=f"appointment:{appointment}", facts=facts)
    return bool(done)
