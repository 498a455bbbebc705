"""Taking over what the EHR shows as open (rules 3.2, 5), and how fresh that is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from moonlit.availability.models import MirrorState, Slot
from moonlit.availability.services.calendars import rebuild
from moonlit.availability.services.template import report_template_change, soon
from moonlit.coverage.queries import facts_version
from moonlit.domain.zones import day_start
from moonlit.ehr.port import OpenSlot
from moonlit.platform.db import advisory_lock
from moonlit.practice.models import Location, Provider, ProviderVisitType

_SEEN = ("provider_id", "location_id", "start", "minutes", "ehr_reason_ids", "ehr_type_id", "repeated_hour")


@dataclass(frozen=True, slots=True)
class MirrorResult:
    added: int = 0
    changed: int = 0
    removed: int = 0

    def __add__(self, other: MirrorResult) -> MirrorResult:
        return MirrorResult(self.added + other.added, self.changed + other.changed, self.removed + other.removed)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the EHR showed at one location, for every provider asked about, between two local days, both inclusive."""

    location: Location
    first_day: date
    last_day: date
    slots: tuple[OpenSlot, ...]
    asked_at: datetime
    whole_horizon: bool = True
    in_gap: int = 0
    """Slots the adapter dropped because their wall-clock time does not exist."""

    def instants(self, first_day: date) -> tuple[datetime, datetime]:
        """From the start of a day to the end of the last one."""
        zone = self.location.time_zone
        return day_start(first_day, zone), day_start(self.last_day + timedelta(days=1), zone)


def mirror(answer: Answer, providers: Iterable[Provider], *, now: datetime) -> MirrorResult:
    """Make the mirror equal to what the EHR showed; one transaction per provider. Twice gives the same state.

    Answers may come in any order: days that were asked about later keep the later answer.
    """
    by_provider: dict[str, list[OpenSlot]] = defaultdict(list)
    for slot in answer.slots:
        by_provider[slot.provider_id].append(slot)
    total = MirrorResult()
    for provider in sorted(providers, key=lambda each: each.pk):
        seen = by_provider.get(provider.calendar_source_id or "", [])
        total += _mirror_provider(answer, provider, {slot.id: slot for slot in seen}, now)
    return total


def mirror_failed(location: Location, providers: Iterable[Provider], *, error: str, now: datetime) -> None:
    """Remember that a refresh failed; the mirror stays as it was, and its age says so (rules 3.5)."""
    failed = {"attempted_at": now, "error": error[:60]}
    MirrorState.objects.bulk_create(
        [MirrorState(provider=provider, location=location, **failed) for provider in providers],
        update_conflicts=True,
        unique_fields=["provider", "location"],
        update_fields=list(failed),
    )


@transaction.atomic
def _mirror_provider(answer: Answer, provider: Provider, seen: dict[str, OpenSlot], now: datetime) -> MirrorResult:
    # A slot that moved here from another provider leaves a hole in his calendar.
    others = Slot.objects.filter(ehr_slot_id__in=seen, state=Slot.State.OPEN).exclude(provider=provider)
    owners = sorted({provider.pk, *others.values_list("provider_id", flat=True)})
    for owner in owners:
        advisory_lock("provider", owner)
    state, _ = MirrorState.objects.get_or_create(provider=provider, location=answer.location)
    first_day = _first_day_not_asked_about_since(state, answer)
    result = MirrorResult()
    if first_day is not None:
        known_before = state.as_of is not None
        watched = soon(provider, answer.location, now)
        result = _take_over(answer, provider, seen, first_day)
        if known_before:  # the first answer ever is no change
            report_template_change(provider, watched, soon(provider, answer.location, now), now=now)
        _note(state, answer)
    version = facts_version()
    if result != MirrorResult() or state.facts_version != version:
        for owner in owners:
            rebuild(owner, now=now)
        state.facts_version = version
    _count(state, answer, provider, now)
    state.save()
    return result


def _take_over(answer: Answer, provider: Provider, seen: dict[str, OpenSlot], first_day: date) -> MirrorResult:
    begins, ends = answer.instants(first_day)
    shown = {slot.id: slot for slot in seen.values() if begins <= slot.start < ends}
    here = Q(provider=provider, location=answer.location, state=Slot.State.OPEN, start__gte=begins, start__lt=ends)
    known = {row.ehr_slot_id: row for row in Slot.objects.filter(here | Q(ehr_slot_id__in=shown))}
    gone = [row.pk for row in known.values() if row.ehr_slot_id not in shown]
    removed = Slot.objects.filter(pk__in=gone).update(state=Slot.State.GONE, seen_at=answer.asked_at)
    added: list[Slot] = []
    changed: list[Slot] = []
    for slot in shown.values():
        row, fresh = known.get(slot.id), _row(answer, provider, slot)
        if row is not None and row.state == Slot.State.GONE and row.seen_at > answer.asked_at:
            continue  # it went after we had asked
        if row is None or row.state == Slot.State.GONE:
            added.append(fresh)
        elif not _same(row, fresh) and row.seen_at <= answer.asked_at:  # later it may have been seen elsewhere
            changed.append(fresh)
    Slot.objects.bulk_create(
        added + changed,
        update_conflicts=True,
        unique_fields=["ehr_slot_id"],
        update_fields=[*_SEEN, "state", "seen_at"],
    )
    return MirrorResult(len(added), len(changed), removed)


def _first_day_not_asked_about_since(state: MirrorState, answer: Answer) -> date | None:
    """From which day on the answer is news; None: for no day."""
    if state.as_of is not None and answer.asked_at < state.as_of:
        return None
    if state.near_as_of is None or state.near_to is None or answer.asked_at >= state.near_as_of:
        return answer.first_day
    first = max(answer.first_day, state.near_to + timedelta(days=1))
    return first if first <= answer.last_day else None


def _note(state: MirrorState, answer: Answer) -> None:
    state.error = ""
    if answer.whole_horizon:
        state.as_of, state.covered_to = answer.asked_at, answer.last_day
        if state.near_as_of is not None and state.near_as_of <= answer.asked_at:
            state.near_as_of = state.near_to = None
    elif state.near_as_of is None or answer.asked_at >= state.near_as_of:
        state.near_as_of, state.near_to = answer.asked_at, answer.last_day


def _count(state: MirrorState, answer: Answer, provider: Provider, now: datetime) -> None:
    ahead = Slot.objects.filter(
        provider=provider, location=answer.location, state=Slot.State.OPEN, start__gte=now
    ).values_list("minutes", flat=True)
    shortest = min(ProviderVisitType.objects.filter(provider=provider).values_list("minutes", flat=True), default=0)
    lengths = list(ahead)
    state.attempted_at = now
    state.open_slots = len(lengths)
    state.too_short = sum(length < shortest for length in lengths)
    state.in_gap = answer.in_gap


def _same(row: Slot, fresh: Slot) -> bool:
    return all(getattr(row, name) == getattr(fresh, name) for name in _SEEN)


def _row(answer: Answer, provider: Provider, slot: OpenSlot) -> Slot:
    return Slot(
        ehr_slot_id=slot.id,
        provider=provider,
        location=answer.location,
        start=slot.start,
        minutes=slot.minutes,
        ehr_reason_ids=list(slot.reason_ids),
        ehr_type_id=slot.type_id,
        repeated_hour=slot.repeated_hour,
        state=Slot.State.OPEN,
        seen_at=answer.asked_at,
    )
