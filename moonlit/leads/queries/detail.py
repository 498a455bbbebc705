"""One lead with all that happened to it; the read is audited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.models import AuditEvent
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment
from moonlit.coverage.queries import facts
from moonlit.domain.zones import local_date
from moonlit.leads.inviting import invitation_stands
from moonlit.leads.models import Lead, LeadLink, LeadMatch
from moonlit.leads.queries.worklist import LeadRow, lead_row, with_relations
from moonlit.staff.models import User

_READS = (Verb.LEAD_READ, Verb.LEAD_LISTED)


@dataclass(frozen=True, slots=True)
class NoteRow:
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A visit that may be the lead's, or is."""

    id: UUID
    appointment: UUID
    visit_date: date | None
    """Local date of the visit at its place."""
    state: str
    """`LeadMatch.State`."""
    through_link: bool
    """Asked for through the lead's own link."""
    settled_by: str
    """Name; empty for nobody, or the link."""
    found_at: datetime


@dataclass(frozen=True, slots=True)
class HistoryRow:
    at: datetime
    verb: str
    """`audit.verbs.Verb`."""
    by: str
    """Name of who did it; empty: the person, or the program (`actor_kind`)."""
    actor_kind: str
    facts: Mapping[str, Any]
    """What changed, in codes: {assignee: user id | None}, {follow_up: date | None}, {because: ...}."""
    names: Mapping[str, str]
    """User id -> name, of the ids in `facts`."""


@dataclass(frozen=True, slots=True)
class LeadDetail:
    row: LeadRow
    criteria: dict[str, Any]
    """What was looked for, as far as the person had got."""
    consent: dict[str, Any]
    """{email, sms: bool, version, source, at}."""
    by_hand: bool
    """None of the free times suited: the program never invites."""
    assignee: str
    follow_up_date: date | None
    appointment: UUID | None
    """The visit it became."""
    notes: list[NoteRow]
    """Newest first."""
    matches: list[MatchRow]
    """Oldest first."""
    history: list[HistoryRow]
    """Oldest first, reads left out."""
    link_until: datetime | None
    """How long its newest living booking link opens; None: it has none."""
    invitation_stands: bool
    """An invitation is on its way, or its link still opens: none is to be sent."""


def one_lead(lead_id: UUID, *, actor: Actor, now: datetime | None = None) -> LeadDetail | None:
    """Everything about one lead; None when there is none with this id. Messages are `notifications.staff_queries`."""
    lead = with_relations(Lead.objects.filter(pk=lead_id)).first()
    if lead is None:
        return None
    with transaction.atomic():
        record(Verb.LEAD_READ, actor=actor, subject=f"lead:{lead.pk}")
    matches = list(LeadMatch.objects.filter(lead=lead).order_by("found_at", "id"))
    done = AuditEvent.objects.filter(subject=f"lead:{lead.pk}", verb__startswith="leads:").exclude(verb__in=_READS)
    events = list(done.order_by("at", "id"))
    names = _names(
        [match.settled_by for match in matches]
        + [event.actor_id for event in events if event.actor_kind == "staff"]
        + [str(event.facts.get("assignee") or "") for event in events]
    )
    return LeadDetail(
        row=lead_row(lead, facts().payers),
        criteria=lead.criteria or {},
        consent=lead.consent,
        by_hand=lead.by_hand,
        assignee=lead.assigned_to.name if lead.assigned_to else "",
        follow_up_date=lead.follow_up_date,
        appointment=lead.appointment,
        notes=[
            NoteRow(each.text, each.written_by.name, each.written_at)
            for each in lead.notes.select_related("written_by").order_by("-written_at", "-id")
        ],
        matches=_matches(matches, names),
        history=[
            HistoryRow(
                at=each.at,
                verb=each.verb,
                by=names.get(each.actor_id, "") if each.actor_kind == "staff" else "",
                actor_kind=each.actor_kind,
                facts=each.facts,
                names=names,
            )
            for each in events
        ],
        link_until=_link_until(lead, now),
        invitation_stands=now is not None and invitation_stands(lead, now),
    )


def _matches(rows: list[LeadMatch], names: Mapping[str, str]) -> list[MatchRow]:
    visits = Appointment.objects.filter(pk__in=[row.appointment for row in rows])
    days = {pk: local_date(start, zone) for pk, start, zone in visits.values_list("pk", "start", "time_zone")}
    return [
        MatchRow(
            id=row.pk,
            appointment=row.appointment,
            visit_date=days.get(row.appointment),
            state=row.state,
            through_link=row.settled_by == "link",
            settled_by=names.get(row.settled_by, ""),
            found_at=row.found_at,
        )
        for row in rows
    ]


def _link_until(lead: Lead, now: datetime | None) -> datetime | None:
    if now is None:
        return None
    living = LeadLink.objects.filter(lead=lead, revoked_at=None, expires_at__gt=now)
    return living.order_by("-expires_at").values_list("expires_at", flat=True).first()


def _names(ids: Iterable[str]) -> dict[str, str]:
    found = set()
    for each in ids:
        try:
            found.add(UUID(each))
        except ValueError:
            continue
    return {str(pk): name for pk, name in User.objects.filter(pk__in=found).values_list("pk", "name")}
