"""What needs a hand, then the bookings of the next days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from moonlit.audit.actor import Actor
from moonlit.booking.staff_queries import StaffRow, list_appointments, needing_a_hand
from moonlit.dashboard.pages import office_zone, page
from moonlit.dashboard.subjects import outcomes_for, task_lines
from moonlit.domain.zones import day_start, local_date
from moonlit.leads.queries import Sort, Wanted, list_leads
from moonlit.notifications.reply_queries import list_replies
from moonlit.notifications.staff_queries import messages_needing_a_hand, vendor_health
from moonlit.platform import clock
from moonlit.platform.policy import Verb, may, staff_only
from moonlit.staff.actor import actor_of
from moonlit.sync.queries import feed_state, state_by_location
from moonlit.worklist.queries import open_tasks, team_loads

DAYS_AHEAD = 7
MESSAGES_SINCE = timedelta(days=7)
SHOWN = 8
SHOWN_BOOKINGS = 50
COMING = ("booked", "checked_in")


@staff_only(Verb.TODAY_READ)
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """Each part only for those whose role may read it elsewhere."""
    now, actor = clock.now(), actor_of(request)
    content: dict[str, Any] = {"day": local_date(now, office_zone())}
    if may(request, Verb.TASK_LIST):
        loads = team_loads(now)
        content |= {
            "loads": loads,
            "tasks": task_lines(request, open_tasks(actor=actor, now=now, limit=SHOWN)),
            "outcomes": outcomes_for(request),
            "open_count": sum(load.open for load in loads),
            "overdue_count": sum(load.overdue for load in loads),
        }
    if may(request, Verb.APPOINTMENT_LIST):
        content |= _visits(actor, now)
    if may(request, Verb.SYNC_READ):
        places = state_by_location(now)
        needing = sum(place.needs_a_hand for place in places)
        content |= {"places": places, "places_needing": needing, "feed": feed_state(now)}
    if may(request, Verb.MESSAGE_LIST):
        failed, failed_count = messages_needing_a_hand(now - MESSAGES_SINCE, limit=SHOWN)
        ill = [each for each in vendor_health() if each.state != "working"]
        content |= {"messages_failed": failed, "messages_failed_count": failed_count, "vendors_ill": ill}
    if may(request, Verb.REPLY_READ):
        replies, unread = list_replies(unread=True, limit=SHOWN)
        content |= {"replies": replies, "replies_unread": unread}
    if may(request, Verb.LEAD_LIST):
        content |= _leads(actor, content["day"])
    return page(request, "today.html", section="today", now=now, **content)


def _leads(actor: Actor, day: date) -> dict[str, Any]:
    due, due_count = list_leads(actor=actor, wanted=Wanted(due_by=day, sort=Sort.FOLLOW_UP), limit=SHOWN)
    open_now, open_count = list_leads(actor=actor, wanted=Wanted(invitable=True, sort=Sort.OPENS), limit=SHOWN)
    waiting, waiting_count = list_leads(actor=actor, wanted=Wanted(status="pending"), limit=SHOWN)
    return {
        "today": day,
        "leads_due": due,
        "leads_due_count": due_count,
        "leads_open": open_now,
        "leads_open_count": open_count,
        "leads": waiting,
        "leads_waiting": waiting_count,
    }


def _visits(actor: Actor, now: datetime) -> dict[str, Any]:
    zone = office_zone()
    first = local_date(now, zone)
    until = day_start(first + timedelta(days=DAYS_AHEAD), zone)
    coming, total = list_appointments(
        actor=actor, now=now, states=COMING, since=day_start(first, zone), before=until, limit=SHOWN_BOOKINGS
    )
    return {
        "attention": needing_a_hand(actor=actor, now=now),
        "days": [(day, list(rows)) for day, rows in groupby(coming, key=_visit_day)],
        "coming_total": total,
        "coming_shown": len(coming),
        "days_ahead": DAYS_AHEAD,
    }


def _visit_day(row: StaffRow) -> object:
    return local_date(row.start, row.time_zone)
