"""Taking and giving back a provider's time, in the caller's transaction (rules 3.3, 3.4, 4.1)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from psycopg.types.range import TimestamptzRange

from moonlit.availability.models import CapCount, Occupancy
from moonlit.availability.services.calendars import rebuild, take
from moonlit.platform.db import advisory_lock
from moonlit.practice.models import Provider

_GUARDS = {"occupancy_one_body", "occupancy_slot_once"}


class TimeTaken(Exception):  # noqa: N818  an answer, not an error
    """Somebody has this time of this provider, or this slot of the EHR."""


class CapReached(Exception):  # noqa: N818
    """The provider's new patients of the week, or visits of the day, are complete (rules 3.4)."""


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def occupy(
    *,
    appointment: UUID,
    provider_id: int,
    location_id: int,
    slot_id: str | None,
    start: datetime,
    end: datetime,
    local_date: date,
    new_patient: bool,
    now: datetime,
    expires_at: datetime | None = None,
    origin: Occupancy.Origin = Occupancy.Origin.MOONLIT,
) -> None:
    """Take the time; `end` is the end of the whole slot. Raises TimeTaken or CapReached: roll back then.

    What the appointment held before is given back first. Waits for the provider's advisory lock, so two bookings
    racing for the last place of a cap are decided one by one. Stale holds in the way are expired first; the exclusion
    constraint is the last word. Imports of the EHR are never refused: they may overlap (rules 4.1).
    """
    earlier = list(Occupancy.objects.filter(appointment=appointment, live=True).values_list("provider_id", flat=True))
    for each in sorted({provider_id, *earlier}):
        advisory_lock("provider", each)
    if earlier:
        release(appointment, now=now)
    during = TimestamptzRange(start, end, "[)")
    if origin == Occupancy.Origin.MOONLIT:
        expire_stale_holds(provider_id, slot_id, during, now)
        imported = Occupancy.objects.filter(
            provider_id=provider_id, live=True, origin=Occupancy.Origin.EHR, during__overlap=during
        )
        if imported.exists():
            raise TimeTaken
        _refuse_when_capped(provider_id, local_date, new_patient=new_patient, now=now)
    row = {
        "provider_id": provider_id,
        "location_id": location_id,
        "slot_id": slot_id,
        "during": during,
        "local_date": local_date,
        "new_patient": new_patient,
        "expires_at": expires_at,
        "origin": origin,
        "live": True,
    }
    try:
        with transaction.atomic():
            Occupancy.objects.update_or_create(appointment=appointment, defaults=row)
    except IntegrityError as fault:
        if getattr(getattr(fault.__cause__, "diag", None), "constraint_name", None) not in _GUARDS:
            raise
        raise TimeTaken from None
    if expires_at is None:
        _count(provider_id, local_date, new_patient=new_patient, by=1)
        take(provider_id, start, end)


def release(appointment: UUID, *, now: datetime) -> None:
    """Give the time back. Releasing twice, or what was never taken, changes nothing."""
    row = Occupancy.objects.filter(appointment=appointment, live=True).first()
    if row is None:
        return
    advisory_lock("provider", row.provider_id)
    if not Occupancy.objects.filter(appointment=appointment, live=True).update(live=False):
        return
    if row.expires_at is None:
        _count(row.provider_id, row.local_date, new_patient=row.new_patient, by=-1)
        rebuild(row.provider_id, now=now)


def prolong(appointment: UUID, until: datetime, *, now: datetime) -> bool:
    """Keep held time longer, unless it is over or given back; whether it was kept."""
    held = Occupancy.objects.filter(appointment=appointment, live=True, expires_at__gt=now)
    return bool(held.update(expires_at=until))


def stale_holds(provider_id: int, slot_id: str | None, start: datetime, end: datetime, *, now: datetime) -> list[UUID]:
    """Whose holds stand in the way though their time is over; ask under the provider's advisory lock."""
    found = _stale(provider_id, slot_id, TimestamptzRange(start, end, "[)"), now)
    return list(found.order_by("appointment").values_list("appointment", flat=True))


def expire_stale_holds(provider_id: int, slot_id: str | None, during: TimestamptzRange, now: datetime) -> None:
    """Holds whose time is over no longer stand in the way, whether or not a sweeper has come by (rules 4.2)."""
    _stale(provider_id, slot_id, during, now).update(live=False)


def _stale(provider_id: int, slot_id: str | None, during: TimestamptzRange, now: datetime) -> QuerySet[Occupancy]:
    in_the_way = Q(provider_id=provider_id, during__overlap=during)
    if slot_id is not None:
        in_the_way |= Q(slot_id=slot_id)
    return Occupancy.objects.filter(in_the_way, live=True, expires_at__lte=now)


def _refuse_when_capped(provider_id: int, day: date, *, new_patient: bool, now: datetime) -> None:
    weekly, daily = Provider.objects.values_list("weekly_new_patient_cap", "daily_cap").get(pk=provider_id)
    held = Occupancy.objects.filter(provider_id=provider_id, live=True, expires_at__gt=now)
    if daily is not None:
        taken = _counted(provider_id, CapCount.Kind.DAY, day) + held.filter(local_date=day).count()
        if taken >= daily:
            raise CapReached
    if weekly is not None and new_patient:
        monday = monday_of(day)
        in_week = Q(local_date__gte=monday, local_date__lt=monday + timedelta(days=7), new_patient=True)
        taken = _counted(provider_id, CapCount.Kind.WEEK_NEW, monday) + held.filter(in_week).count()
        if taken >= weekly:
            raise CapReached


def _counted(provider_id: int, kind: CapCount.Kind, starts: date) -> int:
    found = CapCount.objects.filter(provider_id=provider_id, kind=kind, starts=starts)
    return found.values_list("count", flat=True).first() or 0


def _count(provider_id: int, day: date, *, new_patient: bool, by: int) -> None:
    """Under the provider's advisory lock, so the counters need no lock of their own."""
    wanted = [(CapCount.Kind.DAY, day)]
    if new_patient:
        wanted.append((CapCount.Kind.WEEK_NEW, monday_of(day)))
    for kind, starts in wanted:
        key = {"provider_id": provider_id, "kind": kind, "starts": starts}
        if not CapCount.objects.filter(**key).update(count=F("count") + by):
            CapCount.objects.create(**key, count=by)
