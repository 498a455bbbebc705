"""The list of appointments, and one of them with all that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from moonlit.booking.staff_queries import appointment_detail, care_of, list_appointments
from moonlit.dashboard.lines import lines
from moonlit.dashboard.pages import office_zone, page
from moonlit.dashboard.paging import ROWS, Page, asked_page, to_last_page
from moonlit.dashboard.reaching import reaching_context
from moonlit.dashboard.subjects import outcomes_for, task_lines
from moonlit.dashboard.words import VERIFICATION
from moonlit.domain.zones import day_start, local_date
from moonlit.notifications.staff_queries import messages_about, untold_about
from moonlit.people.reaching_queries import reaching_of
from moonlit.platform import clock
from moonlit.platform.policy import Verb, may, staff_only
from moonlit.staff.actor import actor_of
from moonlit.worklist.queries import tasks_about

FILTERS = {
    "waiting": (gettext_lazy("Waiting for the EHR"), ("pending", "submitting", "unknown")),
    "booked": (gettext_lazy("Booked"), ("booked",)),
    "not_booked": (gettext_lazy("Not booked"), ("lost", "failed")),
    "held": (gettext_lazy("Held"), ("held",)),
    "over": (gettext_lazy("Checked in or completed"), ("checked_in", "completed")),
    "cancelled": (gettext_lazy("Cancelled"), ("cancelled", "late_cancelled")),
    "moved": (gettext_lazy("Moved"), ("moved",)),
    "no_show": (gettext_lazy("Did not come"), ("no_show",)),
    "dropped": (gettext_lazy("Hold ran out or given back"), ("expired", "released")),
}


@staff_only(Verb.APPOINTMENT_LIST)
@require_safe
def appointments(request: HttpRequest) -> HttpResponse:
    """`state` is one of FILTERS, `from` a date (today unless given; empty: all), both shown when not understood."""
    now, zone = clock.now(), office_zone()
    faults: dict[str, str] = {}
    state = request.GET.get("state", "")
    if state and state not in FILTERS:
        faults["state"] = _("There is no such state. All states are shown.")
        state = ""
    from_text = request.GET.get("from", local_date(now, zone).isoformat())
    first = _day(from_text)
    if from_text and first is None:
        faults["from"] = _("This is not a date. Visits of all days are shown.")
    number = asked_page(request)
    rows, total = list_appointments(
        actor=actor_of(request),
        now=now,
        states=FILTERS[state][1] if state else (),
        since=day_start(first, zone) if first else None,
        limit=ROWS,
        offset=Page(number).offset,
    )
    here = Page(number, total)
    if here.past_the_end:
        return to_last_page(request, here)
    return page(
        request,
        "appointments.html",
        section="appointments",
        now=now,
        rows=rows,
        here=here,
        filters=[(key, label) for key, (label, _states) in FILTERS.items()],
        state=state,
        first=first,
        faults=faults,
    )


@staff_only(Verb.APPOINTMENT_READ)
@require_safe
def appointment(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    return appointment_page(request, appointment_id)


def appointment_page(
    request: HttpRequest,
    appointment_id: UUID,
    *,
    typed: str = "",
    finish_fault: str = "",
    care_typed: Mapping[str, str] | None = None,
    care_fault: str = "",
    http_status: int = 200,
) -> HttpResponse:
    """One appointment; after a refused entry with what was typed and why."""
    now, actor = clock.now(), actor_of(request)
    detail = appointment_detail(appointment_id, actor=actor, now=now)
    if detail is None:
        raise Http404
    tasks = tasks_about(f"appointment:{appointment_id}", actor=actor, now=now) if may(request, Verb.TASK_LIST) else []
    return page(
        request,
        "appointment.html",
        section="appointments",
        now=now,
        http_status=http_status,
        may_finish=detail.row.state == "pending" and may(request, Verb.APPOINTMENT_FINISH),
        typed=typed,
        finish_fault=finish_fault,
        care=care_of(appointment_id),
        may_care=may(request, Verb.PATIENT_CHANGE),
        verifications=VERIFICATION.items(),
        care_typed=care_typed or {},
        care_fault=care_fault,
        detail=detail,
        row=detail.row,
        asked=list(lines(detail.asked)),
        added=[(each, list(lines(each.given))) for each in detail.added],
        decisions=[(decision, list(lines(decision.told))) for decision in detail.decisions],
        messages_about=messages_about(appointment_id),
        untold=untold_about(appointment_id),
        tasks=task_lines(request, tasks),
        outcomes=outcomes_for(request),
        **(reaching_context(reaching_of(appointment_id, detail.patient.id)) if detail.patient else {}),
    )


def _day(text: str) -> date | None:
    """A date a calendar can hold with a day's margin on both sides, as zones need it."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2200 else None
