"""Leads that wait are judged again whenever the facts change, and every hour (rules 2)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from moonlit.audit.actor import SYSTEM
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.coverage.queries import facts as current_facts
from moonlit.domain.facts import Facts
from moonlit.domain.zones import local_date
from moonlit.leads.judging import opens_on
from moonlit.leads.models import Lead, WaitingRun
from moonlit.leads.services.invite import promise_invitation
from moonlit.leads.services.matches import held_by_match
from moonlit.leads.services.state import WAITING
from moonlit.platform.log import get_logger
from moonlit.practice.versions import facts_version

log = get_logger(__name__)

BATCH = 250
AGAIN_AFTER = timedelta(hours=1)
"""Without any change of the facts free times come and go, and a new day brings a start within 30 days."""


def judge_waiting(*, now: datetime) -> int:
    """Judge the next batch of the run that is due, beginning one when it is; how many leads were judged."""
    version = facts_version()
    if version < 0:
        return 0  # no practice yet
    facts = current_facts(version)
    run = _run_due(version, now)
    if run is None:
        return 0
    wanted = Lead.objects.filter(status__in=WAITING, invited_at=None)
    if run.cursor is not None:
        wanted = wanted.filter(pk__gt=run.cursor)
    batch = list(wanted.order_by("pk")[:BATCH])
    for lead in batch:
        try:
            judge_lead(lead, facts, now=now)
        except Exception:
            # One poisoned row must not stop the others. It is judged again in each run: nothing of it is lost, and
            # staff have the lead before them meanwhile.
            log.exception("lead_not_judged", lead=lead.pk)
    progress: dict[str, Any] = {"cursor": batch[-1].pk} if len(batch) == BATCH else {"done": True}
    WaitingRun.objects.filter(pk=1, facts_version=run.facts_version, started_at=run.started_at).update(**progress)
    return len(batch)


def judge_lead(lead: Lead, facts: Facts, *, now: datetime) -> bool:
    """Mark the lead as it stands now, and promise the invitation where we may write. Whether it is invitable.

    While staff have yet to say whether a visit is this lead's, nobody is invited (`held_by_match`).
    """
    opening = opens_on(lead, facts, now)
    with transaction.atomic():
        row = Lead.objects.filter(pk=lead.pk, version=lead.version, status__in=WAITING, invited_at=None)
        if opening is None:
            if lead.invitable_at is not None:
                row.update(invitable_at=None, opens_on=None, version=F("version") + 1, changed_at=now)
            return False
        if lead.invitable_at is None:
            if not row.update(invitable_at=now, opens_on=opening, version=F("version") + 1, changed_at=now):
                return False  # somebody changed it: the next run looks again
            lead.version += 1
            facts_told = {"opens_on": opening.isoformat()}
            record(Verb.LEAD_INVITABLE, actor=SYSTEM, subject=f"lead:{lead.pk}", facts=facts_told)
        elif _is_news(lead.opens_on, opening, now, facts):
            row.update(opens_on=opening)
        if not held_by_match(lead, now=now):
            promise_invitation(lead, actor=SYSTEM, now=now)
    return True


def _is_news(known: date | None, opening: date, now: datetime, facts: Facts) -> bool:
    """Another first day; "today" after a day that has passed is none."""
    today = local_date(now, facts.practice.time_zone)
    return known != opening and not (opening == today and known is not None and known < today)


def _run_due(version: int, now: datetime) -> WaitingRun | None:
    run, new = WaitingRun.objects.get_or_create(pk=1, defaults={"facts_version": version, "started_at": now})
    again = run.done and now - run.started_at >= AGAIN_AFTER
    if not new and (again or run.facts_version != version):
        run = WaitingRun(pk=1, facts_version=version, started_at=now)
        run.save(force_update=True)
    return None if run.done else run
