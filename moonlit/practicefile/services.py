"""Loading a practice file: the whole of it or nothing, and the same file twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.coverage.services import review_contracts
from moonlit.domain.zones import local_date
from moonlit.practice.models import Practice
from moonlit.practice.services import changing_facts, lock_facts
from moonlit.practicefile.checks import all_faults, check, check_planned
from moonlit.practicefile.difference import Difference, Options, compare
from moonlit.practicefile.faults import FaultyFileError
from moonlit.practicefile.parsing import PracticeFile
from moonlit.practicefile.report import counts, lines
from moonlit.practicefile.stored import read_stored
from moonlit.practicefile.writing import write

_SUBJECT = "practice:1"
_MOST_LINES = 1000
"""Of the difference, in the audit row."""


@dataclass(frozen=True, slots=True)
class Loaded:
    difference: Difference
    anchor_before: date | None
    anchor: date
    written: bool
    """A dry run and a file that changes nothing write nothing."""


def load(
    text: str,
    *,
    actor: Actor,
    now: datetime,
    dry_run: bool = False,
    anchor: date | None = None,
    prune: bool = False,
    force: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> Loaded:
    """Bring a practice in from the text of its file.

    Relative dates count from the stored anchor, on a first load from the practice's local day, or from `anchor`, which
    is then stored. Rows the file does not have are left alone, or end with `prune`. Rows staff edited since the last
    load are kept, or overwritten with `force`. Raises FaultyFileError with every fault; nothing is written then.
    """
    try:
        progress("reading")
        file = PracticeFile(text)
        with transaction.atomic():
            lock_facts()
            plan = _plan(file, now=now, anchor=anchor, prune=prune, force=force)
            moved = plan.anchor_before is not None and plan.anchor != plan.anchor_before
            if dry_run:
                return plan
            if plan.difference.writes or moved:
                with changing_facts(Verb.PRACTICE_LOADED, actor=actor, subject=_SUBJECT, facts=_facts(plan)):
                    write(plan.difference, anchor=plan.anchor, anchor_moved=moved, progress=progress)
                plan = replace(plan, written=True)
            review_contracts(actor=actor, now=now)
            return plan
    except FaultyFileError as faulty:
        if not dry_run:
            with transaction.atomic():
                codes = sorted({fault.code for fault in faulty.faults})
                facts = {"faults": len(faulty.faults), "codes": codes}
                record(Verb.PRACTICE_LOAD_REFUSED, actor=actor, subject=_SUBJECT, facts=facts)
        raise


def _plan(file: PracticeFile, *, now: datetime, anchor: date | None, prune: bool, force: bool) -> Loaded:
    practice = Practice.objects.only("anchor", "time_zone").first()
    before = practice.anchor if practice else None
    zone = file.time_zone() or (practice.time_zone if practice else "UTC")
    today = local_date(now, zone)
    counted_from = anchor or before or today
    parsed = file.read(counted_from)
    earlier = parsed if before in (None, counted_from) else file.read(before)
    stored = read_stored()
    options = Options(today, prune=prune, force=force)
    difference = compare(parsed.rows, [row.key for row in earlier.rows], parsed.wishes, stored, options)
    if faults := all_faults(parsed.faults, check(parsed.rows, stored), check_planned(difference.planned)):
        raise FaultyFileError(faults)
    return Loaded(difference, before, counted_from, written=False)


def _facts(plan: Loaded) -> dict[str, object]:
    return {
        "counts": counts(plan.difference),
        "anchor": str(plan.anchor),
        "lines": list(islice(lines(plan.difference), _MOST_LINES)),
    }
