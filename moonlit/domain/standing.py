"""Is this clinician there at all on a day: engaged, present, licensed, known to the EHR (rules 1.2, 1.4, 1.7).

The same questions are put to the provider who is seen and to the supervisor behind him.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from moonlit.domain.facts import ProviderFacts
from moonlit.domain.periods import NEVER, Period, covers
from moonlit.domain.reasons import Reason


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason of a decision."""

    reason: Reason
    provider: int | None = None
    """Whom it concerns, the supervisor perhaps; None when it concerns the payer or the place."""
    on: date | None = None
    """The date that matters: the start still to come, the last day gone."""


def presence_findings(provider: ProviderFacts, day: date) -> Iterator[Finding]:
    """A departed or absent clinician is offered by no route, whatever the EHR's template shows."""
    if not covers(provider.engagements, day):
        yield Finding(Reason.PROVIDER_NOT_ENGAGED, provider.id, nearest_change(provider.engagements, day))
    if covers(provider.absences, day):
        yield Finding(Reason.ABSENT, provider.id, day)


def license_findings(provider: ProviderFacts, state: str, day: date) -> Iterator[Finding]:
    """A licence valid on the day in the state where the patient will be; expiry inclusive (rules 1.7)."""
    windows = provider.licenses.get(state, NEVER)
    if covers(windows, day):
        return
    ended = last_end(windows, day)
    if ended is None:
        yield Finding(Reason.LICENSE_MISSING, provider.id, next_start(windows, day))
    else:
        yield Finding(Reason.LICENSE_EXPIRED, provider.id, ended)


def mapping_findings(provider: ProviderFacts) -> Iterator[Finding]:
    if not provider.calendar_source_id:
        yield Finding(Reason.EHR_UNMAPPED, provider.id)


def next_start(periods: Iterable[Period], day: date) -> date | None:
    """The nearest start after the day."""
    return min((period.first for period in periods if period.first > day), default=None)


def last_end(periods: Iterable[Period], day: date) -> date | None:
    """The latest end before the day."""
    return max((period.last for period in periods if period.last < day), default=None)


def nearest_change(periods: Iterable[Period], day: date) -> date | None:
    """What a person would name as the reason: the start to come, else the end that was."""
    windows = tuple(periods)
    return next_start(windows, day) or last_end(windows, day)
