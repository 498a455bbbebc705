"""How a lead's row changes: only as it was seen, and only while the change is possible."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import F

from moonlit.leads.models import Lead

WAITING = (Lead.Status.PENDING, Lead.Status.CONTACTED)
"""Somebody still waits for us."""


class Result(StrEnum):
    """What became of a change that staff asked for. Nothing was written unless it is `done`."""

    DONE = "done"
    CHANGED_MEANWHILE = "changed_meanwhile"
    """It is not as the person saw it."""
    NOT_FOUND = "not_found"
    OVER = "over"
    """The lead is closed or converted, or for a reopening: it is not closed."""
    PAST_DATE = "past_date"
    UNKNOWN_PERSON = "unknown_person"
    """Nobody who can be given work: not on the staff, or not active."""
    UNKNOWN_PAYER = "unknown_payer"
    NO_CONSENT = "no_consent"
    """There is no contact to which we may write."""
    PAYER_NOT_NAMED = "payer_not_named"
    """Staff have yet to say which insurance was meant by what was typed."""
    ALREADY_INVITED = "already_invited"
    NOT_OPEN = "not_open"
    """There is nothing to book yet with what this person waits for."""


def changed(lead_id: UUID, *, version: int, was: tuple[Lead.Status, ...], now: datetime, **columns: Any) -> Result:
    """Write the columns if the lead is in this version and in one of these states: one conditional UPDATE.

    Must run inside a transaction, with the audit row of the change.
    """
    won = Lead.objects.filter(pk=lead_id, version=version, status__in=was).update(
        **columns, version=F("version") + 1, changed_at=now
    )
    if won:
        return Result.DONE
    found = Lead.objects.filter(pk=lead_id).values_list("version", flat=True).first()
    if found is None:
        return Result.NOT_FOUND
    return Result.CHANGED_MEANWHILE if found != version else Result.OVER
