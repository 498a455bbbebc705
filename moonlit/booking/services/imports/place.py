"""Whose visit a record of the EHR is, where, and of which kind, by the practice's mapping."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from moonlit.availability.queries import slot_as_seen
from moonlit.booking.services.imports.look import busy_minutes
from moonlit.ehr.port import EhrAppointment
from moonlit.platform.db import advisory_lock
from moonlit.practice.models import Location, Provider, ProviderVisitType, VisitType


@dataclass(frozen=True, slots=True)
class Place:
    provider: Provider
    """Whose calendar it takes: the template's provider, where the EHR names him apart."""
    location: Location
    start: datetime
    end: datetime


def place_of(found: EhrAppointment) -> Place | None:
    """None: the clinician or the department is not mapped."""
    mapped = {
        row.calendar_source_id: row
        for row in Provider.objects.filter(calendar_source_id__in=[found.scheduling_provider_id, found.provider_id])
    }
    provider = mapped.get(found.scheduling_provider_id or found.provider_id) or mapped.get(found.provider_id)
    location = Location.objects.filter(ehr_department_id=found.department_id).first()
    if provider is None or location is None:
        return None
    return Place(provider, location, found.start, found.start + timedelta(minutes=busy_minutes(found)))


def visit_type_of(found: EhrAppointment, place: Place) -> VisitType | None:
    """The one visit type its EHR type stands for, or that the slot it was booked into was for; None: not known."""
    rows = ProviderVisitType.objects.filter(
        Q(location=place.location) | Q(location=None), provider=place.provider
    ).select_related("visit_type")
    slot = slot_as_seen(found.id) or (slot_as_seen(found.template_id) if found.template_id else None)
    by_type = {row.visit_type for row in rows if row.ehr_type_id and row.ehr_type_id == found.type_id}
    reasons = slot.reason_ids if slot is not None and slot.type_id == found.type_id else ()
    by_reason = {row.visit_type for row in rows if row.ehr_reason_id in reasons}
    fitting = by_type or by_reason
    return fitting.pop() if len(fitting) == 1 else None


def lock_calendars(*provider_ids: int | None, slot_ids: tuple[str, ...] = ()) -> None:
    """Take the locks of every provider whose time may change, in the order in which everybody takes them."""
    slots = [slot_as_seen(slot_id) for slot_id in slot_ids if slot_id]
    wanted = {found for found in provider_ids if found is not None} | {slot.provider_id for slot in slots if slot}
    for provider_id in sorted(wanted):
        advisory_lock("provider", provider_id)
