"""Forgetting what is past, so that rows and reads stay as small as the horizon. Each call does a bounded piece."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from moonlit.availability.models import CapCount, ProviderCalendar, Slot
from moonlit.availability.services.calendars import first_day_of, rebuild
from moonlit.platform.db import advisory_lock

SLOTS_KEPT = timedelta(days=7)
COUNTS_KEPT = timedelta(days=35)
SLOTS_AT_ONCE = 20_000
PROVIDERS_AT_ONCE = 100


def forget_past(now: datetime) -> None:
    """Drop slots that began a week ago and counters of weeks gone by. Visits stay: they are history."""
    old = Slot.objects.filter(start__lt=now - SLOTS_KEPT).values("pk")[:SLOTS_AT_ONCE]
    Slot.objects.filter(pk__in=old).delete()
    CapCount.objects.filter(starts__lt=now.date() - COUNTS_KEPT).delete()


def move_calendars_on(now: datetime) -> None:
    """Let calendars begin on the new day."""
    behind = ProviderCalendar.objects.filter(first_day__lt=first_day_of(now)).order_by("provider_id")
    for provider in behind.values_list("provider_id", flat=True).distinct()[:PROVIDERS_AT_ONCE]:
        with transaction.atomic():
            advisory_lock("provider", provider)
            rebuild(provider, now=now)
