"""The list of leads for staff; who was shown is audited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from pydantic import TypeAdapter, ValidationError

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.coverage.queries import facts
from moonlit.domain.facts import PayerFacts
from moonlit.leads.inviting import contacts_with_consent
from moonlit.leads.models import Lead, LeadMatch
from moonlit.people.inputs import Email, Phone
from moonlit.people.services import email_index, phone_index

WAITING = "waiting"
"""As a status of the list: pending and contacted together."""
_WAITING = (Lead.Status.PENDING, Lead.Status.CONTACTED)
_EMAIL, _PHONE = TypeAdapter(Email), TypeAdapter(Phone)


class Assignee(StrEnum):
    ANYONE = ""
    ME = "me"
    NOBODY = "nobody"


class Sort(StrEnum):
    OLDEST = "oldest"
    NEWEST = "newest"
    FOLLOW_UP = "follow_up"
    """The earliest follow-up date first, those without one last."""
    OPENS = "opens"
    """Who can book soonest first."""


_ORDERS = {
    Sort.OLDEST: ("created_at", "id"),
    Sort.NEWEST: ("-created_at", "-id"),
    Sort.FOLLOW_UP: (F("follow_up_date").asc(nulls_last=True), "created_at", "id"),
    Sort.OPENS: (F("opens_on").asc(nulls_last=True), "created_at", "id"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which leads; what is empty or None does not narrow the list."""

    status: str = ""
    """A `Lead.Status`, or `waiting`."""
    reason: str = ""
    payer: str = ""
    """Code."""
    assignee: Assignee = Assignee.ANYONE
    due_by: date | None = None
    """Waiting, and to be followed up on this day or before."""
    invitable: bool = False
    """Waiting, can book now, and has no invitation: to be called."""
    contact: str = ""
    """An exact e-mail address or phone number; anything else finds nobody."""
    sort: Sort = Sort.OLDEST


@dataclass(frozen=True, slots=True)
class LeadRow:
    id: UUID
    version: int
    """Hand it back with each change."""
    name: str
    email: str
    phone: str
    payer: str
    """As typed, else the name of one of ours."""
    payer_code: str
    reason: str
    effective_date: date | None
    for_someone_else: bool
    language: str
    status: str
    closed_because: str
    created_at: datetime
    assignee: str
    """Name; empty for nobody."""
    assigned_to: UUID | None
    follow_up_date: date | None
    invitable_at: datetime | None
    """Since when this person could book, as far as the program can tell."""
    opens_on: date | None
    invited_at: datetime | None
    may_write: bool
    """There is a contact with consent: an invitation can be sent."""
    has_open_match: bool
    """A visit may be this lead's: staff must say."""


def list_leads(
    *, actor: Actor, wanted: Wanted | None = None, status: str = "", limit: int = 50, offset: int = 0
) -> tuple[list[LeadRow], int]:
    """A page of leads and how many there are; `status` is short for a `Wanted` of it."""
    wanted = wanted or Wanted(status=status)
    rows = _wanted(wanted, actor)
    total = rows.count()
    page = list(with_relations(rows).order_by(*_ORDERS[wanted.sort])[offset : offset + limit])
    with transaction.atomic():
        record(
            Verb.LEAD_LISTED,
            actor=actor,
            subject="leads",
            facts={"leads": [str(row.pk) for row in page], "status": wanted.status},
        )
    payers = facts().payers
    return [lead_row(row, payers) for row in page], total


def with_relations(rows: QuerySet[Lead]) -> QuerySet[Lead]:
    """With all that `lead_row` reads, in one statement."""
    open_matches = LeadMatch.objects.filter(lead=OuterRef("pk"), state=LeadMatch.State.OPEN)
    return rows.select_related("assigned_to").annotate(has_open_match=Exists(open_matches))


def lead_row(lead: Lead, payers: Mapping[str, PayerFacts]) -> LeadRow:
    """`lead` comes from `with_relations`."""
    payer = payers.get(lead.payer_code)
    return LeadRow(
        id=lead.pk,
        version=lead.version,
        name=lead.preferred_name or "",
        email=lead.email or "",
        phone=lead.phone or "",
        payer=lead.payer_name or (payer.name if payer else lead.payer_code),
        payer_code=lead.payer_code,
        reason=lead.reason,
        effective_date=lead.effective_date,
        for_someone_else=lead.for_someone_else,
        language=lead.language,
        status=lead.status,
        closed_because=lead.closed_because,
        created_at=lead.created_at,
        assignee=lead.assigned_to.name if lead.assigned_to else "",
        assigned_to=lead.assigned_to_id,
        follow_up_date=lead.follow_up_date,
        invitable_at=lead.invitable_at,
        opens_on=lead.opens_on,
        invited_at=lead.invited_at,
        may_write=contacts_with_consent(lead).any,
        has_open_match=lead.has_open_match and lead.status in _WAITING,  # type: ignore[attr-defined]  annotated
    )


def _wanted(wanted: Wanted, actor: Actor) -> QuerySet[Lead]:
    rows = Lead.objects.all()
    if wanted.status:
        rows = rows.filter(status__in=_WAITING) if wanted.status == WAITING else rows.filter(status=wanted.status)
    if wanted.reason:
        rows = rows.filter(reason=wanted.reason)
    if wanted.payer:
        rows = rows.filter(payer_code=wanted.payer)
    if wanted.assignee is Assignee.ME:
        rows = rows.filter(assigned_to=UUID(actor.id)) if actor.kind == "staff" else rows.none()
    elif wanted.assignee is Assignee.NOBODY:
        rows = rows.filter(assigned_to=None)
    if wanted.due_by is not None:
        rows = rows.filter(follow_up_date__lte=wanted.due_by, status__in=_WAITING)
    if wanted.invitable:
        rows = rows.filter(invited_at=None, status__in=_WAITING).exclude(invitable_at=None)
    if wanted.contact:
        rows = rows.filter(_reached_by(wanted.contact))
    return rows


def _reached_by(typed: str) -> Q:
    """By the blind index: the address or number itself is never searched."""
    try:
        if "@" in typed:
            return Q(email_index=email_index(_EMAIL.validate_python(typed.strip())))
        return Q(phone_index=phone_index(_PHONE.validate_python(typed.strip())))
    except ValidationError:
        return Q(pk__in=[])
