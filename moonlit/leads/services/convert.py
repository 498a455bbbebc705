"""A lead becomes a visit: through its own link and with its own contact, or because staff say so (rules 8)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from moonlit.audit.actor import SYSTEM, Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment
from moonlit.leads.models import Lead, LeadMatch
from moonlit.leads.services.follow_ups import about, close_follow_up
from moonlit.leads.services.links import revoke_booking_links
from moonlit.leads.services.matches import close_match_task, open_match_task
from moonlit.leads.services.state import WAITING, Result, changed
from moonlit.people.contact_queries import contact_indexes
from moonlit.worklist.kinds import TaskOutcome

BY_LINK = "link"
"""`LeadMatch.settled_by` of a visit asked for through the lead's own link, until staff answer."""
MOST_MATCHES = 20
"""An address that many leads share belongs to somebody who leaves them for others: nobody reads through hundreds."""


def booked_through_link(lead_id: UUID, appointment: UUID, *, now: datetime) -> None:
    """Take note that a visit was asked for through the lead's link, in the transaction of the request.

    The lead is converted when the EHR has accepted, if the visit has a contact of the lead's; a visit that could not
    be had leaves it waiting.
    """
    if Lead.objects.filter(pk=lead_id, status__in=WAITING).exists():
        LeadMatch.objects.get_or_create(
            lead_id=lead_id,
            appointment=appointment,
            defaults={
                "state": LeadMatch.State.CONFIRMED,
                "found_at": now,
                "settled_at": now,
                "settled_by": BY_LINK,
            },
        )


def appointment_booked(appointment: UUID, *, now: datetime) -> None:
    """Convert the lead whose link it was, when the visit has its contact too: links are passed on. Ask staff when not,
    and about the others that wait with the same contact.
    """
    with transaction.atomic():
        same = _with_the_same_contact(appointment)
        by_link = LeadMatch.objects.filter(appointment=appointment, state=LeadMatch.State.CONFIRMED, settled_by=BY_LINK)
        for match in by_link.select_related("lead"):
            if same.filter(pk=match.lead_id).exists():
                _convert(match.lead_id, appointment, how=BY_LINK, actor=SYSTEM, now=now)
            elif match.lead.status in WAITING:
                LeadMatch.objects.filter(pk=match.pk).update(state=LeadMatch.State.OPEN, settled_at=None)
                _ask(match.lead_id, appointment, now=now)
        for lead_id in list(same.order_by("created_at", "id").values_list("pk", flat=True)[:MOST_MATCHES]):
            _, new = LeadMatch.objects.get_or_create(
                lead_id=lead_id, appointment=appointment, defaults={"found_at": now}
            )
            if new:
                _ask(lead_id, appointment, now=now)


def confirm_match(match_id: UUID, *, actor: Actor, now: datetime) -> Result:
    """Staff say: this visit is the lead's. The lead is converted."""
    with transaction.atomic():
        match = LeadMatch.objects.filter(pk=match_id).first()
        if match is None:
            return Result.NOT_FOUND
        if not _settle(match, LeadMatch.State.CONFIRMED, actor=actor, now=now):
            return Result.CHANGED_MEANWHILE
        done = _convert(match.lead_id, match.appointment, how="confirmed", actor=actor, now=now)
        if done is not Result.DONE:
            transaction.set_rollback(True)
    return done


def refuse_match(match_id: UUID, *, actor: Actor, now: datetime) -> Result:
    """Staff say: it is somebody else's. The lead goes on waiting."""
    with transaction.atomic():
        match = LeadMatch.objects.filter(pk=match_id).first()
        if match is None:
            return Result.NOT_FOUND
        if not _settle(match, LeadMatch.State.REFUSED, actor=actor, now=now):
            return Result.CHANGED_MEANWHILE
        facts = {"appointment": str(match.appointment)}
        record(Verb.LEAD_MATCH_REFUSED, actor=actor, subject=about(match.lead_id), facts=facts)
        if not LeadMatch.objects.filter(lead=match.lead_id, state=LeadMatch.State.OPEN).exists():
            close_match_task(match.lead_id, outcome=TaskOutcome.DONE, actor=actor, now=now)
    return Result.DONE


def _ask(lead_id: UUID, appointment: UUID, *, now: datetime) -> None:
    facts = {"appointment": str(appointment)}
    record(Verb.LEAD_MATCHED, actor=SYSTEM, subject=about(lead_id), facts=facts)
    open_match_task(lead_id, actor=SYSTEM, now=now)


def _settle(match: LeadMatch, state: LeadMatch.State, *, actor: Actor, now: datetime) -> int:
    still_open = LeadMatch.objects.filter(pk=match.pk, state=LeadMatch.State.OPEN)
    return still_open.update(state=state, settled_at=now, settled_by=actor.id)


def _convert(lead_id: UUID, appointment: UUID, *, how: str, actor: Actor, now: datetime) -> Result:
    """Whatever else staff have just changed about the lead: its state alone counts, so the row is locked."""
    version = Lead.objects.select_for_update().values_list("version", flat=True).get(pk=lead_id)
    columns = {"status": Lead.Status.CONVERTED, "appointment": appointment}
    done = changed(lead_id, version=version, was=WAITING, now=now, **columns)
    if done is Result.DONE:
        revoke_booking_links(lead_id, now=now)
        close_follow_up(lead_id, outcome=TaskOutcome.CONDITION_GONE, actor=actor, now=now)
        close_match_task(lead_id, outcome=TaskOutcome.DONE, actor=actor, now=now)
        facts = {"appointment": str(appointment), "how": how}
        record(Verb.LEAD_CONVERTED, actor=actor, subject=about(lead_id), facts=facts)
    return done


def _with_the_same_contact(appointment: UUID) -> QuerySet[Lead]:
    """Waiting leads with an address or number of the visit's patient or booker."""
    patient = Appointment.objects.values_list("patient_id", flat=True).get(pk=appointment)
    if patient is None:
        return Lead.objects.none()
    emails, phones = contact_indexes(appointment, patient)
    same = Q(email_index__in=emails) | Q(phone_index__in=phones)
    return Lead.objects.filter(same, status__in=WAITING)
