"""Visits whose ground has changed, as staff settle them (rules 4.14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.availability.queries import FreeStart, alternatives
from moonlit.booking.models import Appointment, VisitReview
from moonlit.booking.services.outcome import stored_criteria
from moonlit.booking.services.reviews import may_be_told
from moonlit.booking.staff_queries.lists import StaffRow, as_row, payer_names
from moonlit.coverage.queries import facts
from moonlit.domain.reasons import Reason
from moonlit.domain.refusals import SENTENCES
from moonlit.people.queries import display_names


@dataclass(frozen=True, slots=True)
class BillingLine:
    """One way to bill, in names."""

    payer: str
    """"" is self-pay."""
    route: str
    rendering: str
    supervisor: str


@dataclass(frozen=True, slots=True)
class ReviewRow:
    id: UUID
    kind: str
    visit: StaffRow
    before: BillingLine | None
    """None for a visit that was made in the EHR: nothing was decided here."""
    after: BillingLine | None
    """None: nobody may hold it, or be paid for it, as it stands."""
    reasons: tuple[str, ...]
    """Sentences."""
    found_at: datetime
    told_at: datetime | None
    """When staff had the patient asked to call, or to choose another time. Whether anybody could be told is in the
    Notification Service's notice.
    """
    may_be_told: bool
    """As `booking.services.reviews.may_be_told`."""
    instead: tuple[FreeStart, ...]
    """For a visit that is lost: the nearest free starts that would be covered."""


def open_reviews(*, actor: Actor, now: datetime, kind: str, limit: int, offset: int) -> list[ReviewRow]:
    """A page of open reviews of a kind, the soonest visit first. Whoever is shown is audited."""
    found = VisitReview.objects.filter(state=VisitReview.State.OPEN, kind=kind).select_related(
        "appointment__provider",
        "appointment__supervisor",
        "appointment__rendering_provider",
        "appointment__location",
    )
    with transaction.atomic():
        rows = list(found.order_by("appointment__start", "id")[offset : offset + limit])
        names = display_names([row.appointment.patient_id for row in rows if row.appointment.patient_id])
        if names:
            patients = {"patients": [str(key) for key in names]}
            record(Verb.BOOKING_LISTED, actor=actor, subject="reviews", facts=patients)
    payers, clinicians = payer_names(), {key: each.name for key, each in facts().providers.items()}
    return [
        ReviewRow(
            id=row.pk,
            kind=row.kind,
            visit=as_row(row.appointment, names.get(row.appointment.patient_id, ""), payers, now),
            before=_line(row.before, payers, clinicians),
            after=_line(row.after, payers, clinicians),
            reasons=tuple(SENTENCES[Reason(each)] for each in row.reasons),
            found_at=row.found_at,
            told_at=row.told_at,
            may_be_told=may_be_told(row, row.appointment, now),
            instead=_instead(row.appointment, now) if row.kind == VisitReview.Kind.LOST else (),
        )
        for row in rows
    ]


def review_counts() -> dict[str, int]:
    """How many reviews of each kind are open."""
    rows = VisitReview.objects.filter(state=VisitReview.State.OPEN).values_list("kind").annotate(Count("id"))
    return dict(rows.order_by())


def _instead(row: Appointment, now: datetime) -> tuple[FreeStart, ...]:
    return tuple(alternatives(stored_criteria(row.criteria), row.start, now)) if row.criteria else ()


def _line(
    stored: Mapping[str, Any] | None, payers: Mapping[str, str], clinicians: Mapping[int, str]
) -> BillingLine | None:
    if not stored:
        return None
    code = stored["payer"] or ""
    return BillingLine(
        payer=payers.get(code, code),
        route=stored["route"],
        rendering=clinicians.get(stored["rendering"], ""),
        supervisor=clinicians.get(stored["supervisor"], ""),
    )
