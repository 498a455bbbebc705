"""Visits that are booked already, and what tests of changes look at. For the practice of tests/support/scene.py."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from moonlit.audit.actor import PUBLIC
from moonlit.availability.models import CapCount, Occupancy
from moonlit.booking.models import Appointment
from moonlit.booking.services import (
    Accepted,
    advance,
    advance_change,
    request_booking,
    request_cancel,
    request_move,
    sweep,
)
from moonlit.booking.services.changes import ChangeAsked
from moonlit.domain.zones import first_instant
from moonlit.ehr.port import EhrStatus
from moonlit.platform.models import OutboxEvent
from moonlit.worklist.models import Task
from tests.support.people import a_request
from tests.support.scene import DENVER, Scene

FRIDAY = date(2026, 3, 6)


def two_clinicians_on_friday(scene: Scene) -> Scene:
    """Ada and Rui with times of their own and one they share."""
    scene.open("71", FRIDAY, "09:00", "10:00", "14:00")
    scene.open("72", FRIDAY, "09:00", "11:00")
    scene.sync()
    return scene


def at(hour: str, day: date = FRIDAY) -> datetime:
    return first_instant(day, time.fromisoformat(hour), DENVER)


def asked(scene: Scene, hour: str, provider: str | None = None, **changes: Any) -> Accepted:
    chosen = None if provider is None else scene.providers[provider].pk
    start = changes.pop("start", None) or at(hour)
    wanted = a_request(start, now=scene.clock(), provider=chosen, **changes)
    return request_booking(wanted, actor=PUBLIC, now=scene.clock())


def booked(scene: Scene, hour: str = "09:00", provider: str | None = "71", **changes: Any) -> Appointment:
    accepted = asked(scene, hour, provider, **changes)
    advance(accepted.appointment, clock=scene.clock)
    row = Appointment.objects.get(pk=accepted.appointment)
    assert row.state == "booked"
    return row


def cancel(scene: Scene, row: Appointment, *, late_ok: bool = False, note: str = "") -> ChangeAsked:
    return request_cancel(row.pk, note=note, actor=PUBLIC, now=scene.clock(), late_ok=late_ok)


def move(scene: Scene, row: Appointment, hour: str, provider: str | None = None, **more: Any) -> ChangeAsked:
    chosen = None if provider is None else scene.providers[provider].pk
    wanted = {"start": at(hour), "provider_id": chosen, "hold": None, "actor": PUBLIC, **more}
    return request_move(row.pk, now=scene.clock(), **wanted)


def fresh(row: Appointment) -> Appointment:
    return Appointment.objects.get(pk=row.pk)


def new_of(row: Appointment) -> Appointment:
    """The visit of the last move asked for."""
    return Appointment.objects.filter(moved_from=row).order_by("created_at").last()


def carry_out(scene: Scene, row: Appointment) -> tuple[Appointment, Appointment]:
    """The new visit's worker, then the old one's; old and new as they are then."""
    advance(new_of(row).pk, clock=scene.clock)
    advance_change(row.pk, clock=scene.clock)
    return fresh(row), new_of(row)


def held_in_ehr(scene: Scene) -> list[str]:
    """Ids of the visits that the EHR holds, whoever's they are."""
    last = scene.clock().date() + timedelta(days=400)
    found = scene.ehr.appointments_between(department_ids=["1", "2"], first_day=date(2026, 1, 1), last_day=last)
    return sorted(each.id for each in found if each.status in {EhrStatus.BOOKED, EhrStatus.CHECKED_IN})


def later(scene: Scene, **amount: float) -> None:
    scene.clock.forward(**amount)
    sweep(clock=scene.clock)


def settle(scene: Scene, minutes: int = 40) -> None:
    """The EHR is well: let everything come to its end."""
    for _ in range(minutes):
        later(scene, minutes=1)


def told(row: Appointment) -> list[str]:
    """Topics told about the visit, in order."""
    return list(OutboxEvent.objects.filter(subject=str(row.pk)).order_by("id").values_list("topic", flat=True))


def open_tasks(row: Appointment) -> list[str]:
    about = Task.objects.filter(subject=f"appointment:{row.pk}", state="open")
    return sorted(about.values_list("kind", flat=True))


def keeps_time(row: Appointment) -> bool:
    return Occupancy.objects.filter(appointment=row.pk, live=True).exists()


def check_counts() -> None:
    """The counters of visits agree with the time that is taken."""
    counted = sum(CapCount.objects.filter(kind=CapCount.Kind.DAY).values_list("count", flat=True))
    assert counted == Occupancy.objects.filter(live=True, expires_at=None).count()
