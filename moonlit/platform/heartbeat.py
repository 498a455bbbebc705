"""Whether a worker lives, by the heartbeat it writes every few seconds."""

from datetime import datetime

from django.db.models import Max
from procrastinate.contrib.django.models import ProcrastinateWorker


def last_heard() -> datetime | None:
    """When any worker was last heard of; None when there never was one, or all have said goodbye."""
    heard: datetime | None = ProcrastinateWorker.objects.aggregate(at=Max("last_heartbeat"))["at"]
    return heard
