"""An e-mail to a team when something needs a hand before anybody would look at the list by himself.

It says only that, behind a link to the list: what it is, and about whom, stands there. Each task is told of once, and a
team hears at most every quarter of an hour.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from django.db import transaction

from moonlit.notifications.kinds import Kind
from moonlit.notifications.models import Notice
from moonlit.notifications.services.queue_others import queue_staff_alert
from moonlit.platform.log import get_logger
from moonlit.platform.ratelimit import allow
from moonlit.practice.models import Practice
from moonlit.worklist.kinds import TaskKind
from moonlit.worklist.models import Task

log = get_logger(__name__)

ALERTING: Mapping[TaskKind, str] = MappingProxyType(
    {
        TaskKind.BOOKING_STUCK: "a patient waits for an answer",
        TaskKind.PENDING_TOO_LONG: "a patient waits for a call",
        TaskKind.NOT_BOOKED_CALL: "a patient has no visit and may not know another time",
        TaskKind.IDENTITY_REVIEW: "a booking waits until somebody says who the patient is",
        TaskKind.IDENTITY_UNVERIFIED: "a visit may stand on another person's chart",
        TaskKind.RESTRICTED_PATIENT: "an answer is due the same day (rules 4.9)",
        TaskKind.EHR_REFUSED_PATIENT: "a booking waits until somebody corrects the details",
        TaskKind.EHR_NAME_TOO_LONG: "a booking waits until somebody enters it in the EHR",
        TaskKind.WRITE_SUPERVISION_FAILED: "failed write: the visit could be billed under the wrong name",
        TaskKind.INSURANCE_NOT_WRITTEN: "failed write",
        TaskKind.DETAILS_NOT_WRITTEN: "failed write",
        TaskKind.PRIVACY_NOT_WRITTEN: "failed write",
        TaskKind.NOTE_NOT_WRITTEN: "failed write",
        TaskKind.CANCEL_FAILED: "the patient believes that the visit is cancelled",
        TaskKind.MOVE_FAILED: "the patient has two visits in the EHR",
        TaskKind.MOVE_REQUESTED: "the visit is near, the patient cannot come then",
        TaskKind.JOIN_LINK_MISSING: "the visit is about to begin, and the patient cannot join it",
        TaskKind.STOP_OR_CANCEL: "a patient may believe that the visit is cancelled",
        TaskKind.COVERAGE_LOST: "a visit to come has nobody who may hold it",
        TaskKind.VISIT_DIFFERS: "the EHR shows a visit otherwise than the patient was told",
        TaskKind.FEED_FAILED: "changes of the EHR do not arrive",
        TaskKind.ZONE_MISMATCH: "times of a place are withheld (rules 13)",
        TaskKind.TEMPLATE_CHANGED: "many times appeared or vanished at once",
        TaskKind.SLOT_LEFT_FROZEN: "nobody can book the time, here or at the desk",
        TaskKind.MESSAGE_FAILED: "somebody was not told, or a vendor takes no message",
    }
)
"""Task -> why it cannot wait until somebody looks. Leads have an e-mail of their own."""
AT_MOST_EVERY = timedelta(minutes=15)
A_DAY = 86400.0
BATCH = 500


def alert_teams(*, now: datetime) -> None:
    """Write to each team that has new tasks of an alerting kind, and mark them as told of. Bounded."""
    fresh = Task.objects.filter(state=Task.State.OPEN, alerted_at=None, kind__in=list(ALERTING))
    by_team: dict[str, list[UUID]] = defaultdict(list)
    for task_id, team in fresh.order_by("opened_at").values_list("pk", "team")[:BATCH]:
        by_team[team].append(task_id)
    for team, tasks in sorted(by_team.items()):
        if not _has_address(team):
            if allow(f"alert|nobody|{team}", capacity=1, per_seconds=A_DAY, now=now):
                log.warning("staff_alert_without_address", team=team, count=len(tasks))
        elif not _heard_lately(team, now):
            _alert(team, tasks, now)


def _alert(team: str, tasks: list[UUID], now: datetime) -> None:
    with transaction.atomic():
        if Task.objects.filter(pk__in=tasks, state=Task.State.OPEN, alerted_at=None).update(alerted_at=now):
            queue_staff_alert(team, f"{now:%Y%m%dT%H%M%S}", now=now)


def _heard_lately(team: str, now: datetime) -> bool:
    """Within the quarter of an hour; an alert from the future was sent by a clock that has been set back since."""
    heard = Notice.objects.filter(subject=team, kind=Kind.STAFF_ALERT, outcome=Notice.Outcome.PROMISED)
    return heard.filter(decided_at__gt=now - AT_MOST_EVERY, decided_at__lte=now).exists()


def _has_address(team: str) -> bool:
    addresses = Practice.objects.values_list("staff_emails", flat=True).filter(pk=1).first() or {}
    return bool(addresses.get(team) or addresses.get("front_desk"))
