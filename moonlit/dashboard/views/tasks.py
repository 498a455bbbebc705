"""The open tasks of each team, and closing one with its outcome."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from moonlit.dashboard.pages import page
from moonlit.dashboard.paging import ROWS, Page, asked_page, to_last_page
from moonlit.dashboard.subjects import OUTCOMES, outcomes_for, task_lines
from moonlit.platform import clock
from moonlit.platform.policy import Verb, staff_only
from moonlit.staff.actor import actor_of
from moonlit.worklist.kinds import Team
from moonlit.worklist.queries import open_tasks, team_loads
from moonlit.worklist.services import close_one


@staff_only(Verb.TASK_LIST)
@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """`team` is one of the teams; all when empty."""
    now = clock.now()
    given = request.GET.get("team", "")
    team = Team(given) if given in Team.values else None
    loads = team_loads(now)
    total = sum(load.open for load in loads if team in (None, load.team))
    here = Page(asked_page(request), total)
    if here.past_the_end:
        return to_last_page(request, here)
    found = open_tasks(actor=actor_of(request), now=now, team=team, limit=ROWS, offset=here.offset)
    return page(
        request,
        "tasks.html",
        section="tasks",
        now=now,
        team=team,
        fault=_("There is no such team. All tasks are shown.") if given and team is None else "",
        loads=loads,
        open_count=sum(load.open for load in loads),
        tasks=task_lines(request, found),
        here=here,
        outcomes=outcomes_for(request),
    )


@staff_only(Verb.TASK_CLOSE)
@require_POST
def close(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Close one task and go back to the page it was seen on (`back`, one of ours)."""
    back = request.POST.get("back", "")
    if not (back.startswith("/staff/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)):
        back = reverse("dashboard:tasks")
    outcome = next((each for each in OUTCOMES if each.value == request.POST.get("outcome")), None)
    if outcome is None:
        messages.error(request, _("Choose how the task ended, then close it. Nothing was changed."))
    elif close_one(task_id, outcome=outcome, actor=actor_of(request), now=clock.now()):
        messages.success(request, _("The task is closed: %(outcome)s.") % {"outcome": outcome.label})
    else:
        messages.info(request, _("This task was already closed, by somebody else or by itself."))
    return HttpResponseRedirect(back)
