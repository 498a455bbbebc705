"""Staff hear when what the EHR tells does not arrive; the task closes itself when it does again (rules 7)."""

from __future__ import annotations

from datetime import datetime, timedelta

from moonlit.domain.business_time import end_of_business_day
from moonlit.practice.office import office
from moonlit.practice.queries import has_practice
from moonlit.sync.models import Feed, Notice
from moonlit.sync.services.take_in import SYNC
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.services import close_task, open_task

SUBJECT = "feed:ehr"
POISONED_AFTER = 5
"""Tries of one notice."""
SILENT_AFTER = timedelta(minutes=15)
"""Without a reading; the EHR itself may take five minutes to tell."""


def sound_or_silence(*, now: datetime) -> None:
    """Open or close the task by what is true now. Called after a reading was tried, or a notice failed."""
    poisoned = Notice.objects.filter(applied_at=None, attempts__gte=POISONED_AFTER).exists()
    feed = Feed.objects.filter(pk=1).first()
    silent = feed is not None and feed.failures > 0 and (feed.read_at is None or now - feed.read_at > SILENT_AFTER)
    if not (poisoned or silent):
        close_task(TaskKind.FEED_FAILED, subject=SUBJECT, outcome=TaskOutcome.CONDITION_GONE, actor=SYNC, now=now)
        return
    if has_practice():
        open_task(
            TaskKind.FEED_FAILED,
            subject=SUBJECT,
            team=Team.TECHNICAL,
            due=end_of_business_day(now, office()),
            visit_date=None,
            actor=SYNC,
            now=now,
        )
