"""Visits that are booked are judged again, nightly and whenever practice or coverage data change (rules 4.14)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from moonlit.audit.actor import SYSTEM
from moonlit.booking.models import Appointment, RedecisionRun, VisitReview
from moonlit.booking.services.outcome import stored_criteria
from moonlit.booking.services.reviews import close_tasks, open_tasks
from moonlit.booking.services.state import visit_date
from moonlit.coverage.queries import facts as current_facts
from moonlit.domain.facts import Facts
from moonlit.domain.reasons import ClaimMode, Flag, Route
from moonlit.domain.redecision import Billing, Judgement, Verdict, rejudge, rejudge_imported
from moonlit.domain.zones import local_date
from moonlit.platform.db import advisory_lock
from moonlit.practice.versions import facts_version

BATCH = 250
NIGHT_ENDS = 2
"""The nightly run begins at two o'clock on the practice's clock, when nobody edits."""
LOOK_BACK = timedelta(days=365)
"""How far a change of the facts is looked for in visits already held; claims are settled by then."""
TO_COME = ("pending", "submitting", "unknown", "booked", "checked_in")
HELD = ("booked", "checked_in", "completed")
"""A visit that nobody checked in stays `booked` when its time is over."""


def redecide_next(*, now: datetime) -> int:
    """Judge the next batch of the run that is due, beginning one when it is; how many visits were judged.

    A run is due when the facts are not those the last one judged by, and once a night. A change of the facts during a
    run starts it again.
    """
    version = facts_version()
    if version < 0:
        return 0  # no practice yet
    facts = current_facts(version)
    run = _run_due(version, facts, now)
    if run is None:
        return 0
    under_review = VisitReview.objects.filter(state=VisitReview.State.OPEN).values("appointment")
    wanted = Q(state__in=TO_COME, start__gt=now) | Q(pk__in=under_review)
    if run.past:
        wanted |= Q(state__in=HELD, start__gt=now - LOOK_BACK, start__lte=now)
    if run.cursor is not None:
        wanted &= Q(pk__gt=run.cursor)
    batch = list(Appointment.objects.filter(wanted).order_by("pk").values_list("pk", flat=True)[:BATCH])
    for appointment_id in batch:
        redecide(appointment_id, facts=facts, now=now)
    progress: dict[str, Any] = {"cursor": batch[-1]} if len(batch) == BATCH else {"done": True}
    RedecisionRun.objects.filter(pk=1, facts_version=run.facts_version, day=run.day).update(**progress)
    return len(batch)


def redecide(appointment_id: UUID, *, facts: Facts, now: datetime) -> Verdict | None:
    """Judge one visit and put what was found before staff; None when there is nothing to judge."""
    with transaction.atomic():
        advisory_lock("review", str(appointment_id))
        row = Appointment.objects.select_related("location").filter(pk=appointment_id).first()
        if row is None or row.state not in {*TO_COME, *HELD}:
            _settle_gone(appointment_id, now=now)
            return None
        judged = judge(row, facts)
        if judged.verdict is Verdict.SAME:
            _settle_gone(appointment_id, now=now)
        else:
            _found(row, judged, now=now)
        return judged.verdict


def judge(row: Appointment, facts: Facts) -> Judgement:
    """How the visit of this row stands by these facts."""
    day = visit_date(row)
    if row.origin == Appointment.Origin.EHR or not row.criteria or not row.route:
        return rejudge_imported(facts, provider=row.provider_id, location=row.location.code, day=day)
    return rejudge(
        facts,
        stored_criteria(row.criteria),
        billing_of(row),
        provider=row.provider_id,
        location=row.location.code,
        day=day,
        with_interpreter=Flag.REMOTE_INTERPRETER.value in row.flags,
    )


def billing_of(row: Appointment) -> Billing:
    """How the visit is billed as it was decided."""
    return Billing(
        payer=row.payer_behavioral or None,
        route=Route(row.route),
        rendering=row.rendering_provider_id,
        supervisor=row.supervisor_id,
        claim_mode=ClaimMode(row.claim_mode) if row.claim_mode else None,
    )


def _run_due(version: int, facts: Facts, now: datetime) -> RedecisionRun | None:
    zone = facts.practice.time_zone
    today, hour = local_date(now, zone), now.astimezone(ZoneInfo(zone)).hour
    run, new = RedecisionRun.objects.get_or_create(pk=1, defaults={"facts_version": version, "day": today})
    changed = run.facts_version != version
    nightly = run.done and run.day < today and hour >= NIGHT_ENDS
    if not new and (changed or nightly):
        past = changed or (run.past and not run.done)
        run = RedecisionRun(pk=1, facts_version=version, day=today, past=past)
        run.save(force_update=True)
    return None if run.done else run


def _found(row: Appointment, judged: Judgement, *, now: datetime) -> None:
    """Keep the open review that says just this; replace one that says something else; respect what staff dismissed."""
    kind = _kind(row, judged, now)
    told = {
        "kind": kind,
        "before": asdict(billing_of(row)) if row.route else {},
        "after": asdict(judged.after) if judged.after else None,
        "reasons": [reason.value for reason in judged.reasons],
    }
    latest = VisitReview.objects.filter(appointment=row).order_by("-found_at", "-id").first()
    stands = latest is not None and latest.state in {VisitReview.State.OPEN, VisitReview.State.DISMISSED}
    if stands and all(getattr(latest, name) == value for name, value in told.items()):
        return
    _settle_gone(row.pk, now=now)
    VisitReview.objects.create(appointment=row, found_at=now, **told)
    open_tasks(row, kind, actor=SYSTEM, now=now)


def _kind(row: Appointment, judged: Judgement, now: datetime) -> VisitReview.Kind:
    if row.start <= now:
        return VisitReview.Kind.PAST
    return VisitReview.Kind.LOST if judged.verdict is Verdict.LOST else VisitReview.Kind.PROPOSAL


def _settle_gone(appointment_id: UUID, *, now: datetime) -> None:
    gone = VisitReview.objects.filter(appointment_id=appointment_id, state=VisitReview.State.OPEN)
    if gone.update(state=VisitReview.State.GONE, settled_at=now):
        close_tasks(appointment_id, actor=SYSTEM, now=now)
