"""One lead, and everything staff do about it. Each change is made to the version the person saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from moonlit.audit.actor import Actor
from moonlit.coverage.queries import facts
from moonlit.dashboard.lead_words import LEAD_CLOSED, LEAD_DONE, LEAD_RESULT
from moonlit.dashboard.lines import lines
from moonlit.dashboard.pages import office_zone, page
from moonlit.dashboard.subjects import outcomes_for, task_lines
from moonlit.domain.zones import local_date
from moonlit.leads.queries import one_lead
from moonlit.leads.services import (
    NOTE_LIMIT,
    WAITING,
    Result,
    assign,
    close_lead,
    confirm_match,
    copy_link,
    follow_up,
    mark_contacted,
    name_payer,
    note,
    refuse_match,
    reopen_lead,
    send_invitation_now,
)
from moonlit.notifications.staff_queries import messages_about, untold_about
from moonlit.platform import clock
from moonlit.platform.env import env
from moonlit.platform.policy import Verb, may, staff_only
from moonlit.staff.actor import actor_of
from moonlit.staff.queries import colleagues_who_may
from moonlit.worklist.queries import tasks_about

CONFLICT = 409
UNPROCESSABLE = 422
_STATUS = {Result.CHANGED_MEANWHILE: CONFLICT}


@dataclass(frozen=True, slots=True)
class Asked:
    """A change somebody asked for, with the version they looked at."""

    lead: UUID
    version: int
    typed: Mapping[str, str]
    actor: Actor
    now: datetime


class _Fault(Exception):  # noqa: N818
    """What was typed cannot be meant; the text is for the person."""


@staff_only(Verb.LEAD_READ)
@require_safe
def lead(request: HttpRequest, lead_id: UUID) -> HttpResponse:
    return lead_page(request, lead_id)


@staff_only(Verb.LEAD_CHANGE)
@require_POST
def change_lead(request: HttpRequest, lead_id: UUID) -> HttpResponse:
    """`do` is one of STEPS; a refusal shows the lead as it stands now, with what was typed."""
    typed = {name: value.strip() for name, value in request.POST.items() if isinstance(value, str)}
    do = typed.get("do", "")
    asked = Asked(lead_id, _number(typed.get("version", "")), typed, actor_of(request), clock.now())
    try:
        result = STEPS.get(do, _nothing)(asked)
    except _Fault as fault:
        return lead_page(request, lead_id, typed=typed, fault=str(fault), http_status=UNPROCESSABLE)
    if result is Result.NOT_FOUND:
        raise Http404
    if result is not Result.DONE:
        status = _STATUS.get(result, UNPROCESSABLE)
        return lead_page(request, lead_id, typed=typed, fault=str(LEAD_RESULT[result.value]), http_status=status)
    messages.success(request, str(LEAD_DONE[do]))
    return redirect("dashboard:lead", lead_id)


@staff_only(Verb.LEAD_CHANGE)
@require_POST
def show_link(request: HttpRequest, lead_id: UUID) -> HttpResponse:
    """A new booking link for the phone: shown on this answer and never again, only its hash is kept."""
    made = copy_link(lead_id, actor=actor_of(request), now=clock.now())
    if made is Result.NOT_FOUND:
        raise Http404
    if isinstance(made, Result):
        return lead_page(request, lead_id, fault=str(LEAD_RESULT[made.value]), http_status=UNPROCESSABLE)
    return lead_page(request, lead_id, link=f"{env().base_url}{reverse('book_invited', args=[made])}")


def lead_page(
    request: HttpRequest,
    lead_id: UUID,
    *,
    typed: Mapping[str, str] | None = None,
    fault: str = "",
    link: str = "",
    http_status: int = 200,
) -> HttpResponse:
    """One lead; after a refused change with what was typed and why."""
    now, actor = clock.now(), actor_of(request)
    detail = one_lead(lead_id, actor=actor, now=now)
    if detail is None:
        raise Http404
    tasks = tasks_about(f"lead:{lead_id}", actor=actor, now=now) if may(request, Verb.TASK_LIST) else []
    return page(
        request,
        "lead.html",
        section="leads",
        now=now,
        http_status=http_status,
        detail=detail,
        row=detail.row,
        today=local_date(now, office_zone()),
        waits=detail.row.status in WAITING,
        asked=list(lines(detail.criteria)),
        consent_at=_instant(detail.consent.get("at", "")),
        messages_about=messages_about(lead_id),
        untold=untold_about(lead_id),
        tasks=task_lines(request, [task for task in tasks if task.outcome is None]),
        outcomes=outcomes_for(request),
        may_change=may(request, Verb.LEAD_CHANGE),
        colleagues=colleagues_who_may(Verb.LEAD_CHANGE),
        me=request.user.pk,
        payers=sorted(facts().payers.values(), key=lambda payer: payer.name),
        reasons=[(key, label) for key, label in LEAD_CLOSED.items() if key],
        note_limit=NOTE_LIMIT,
        typed=typed or {},
        fault=fault,
        link=link,
    )


def _assign(asked: Asked) -> Result:
    to = asked.typed.get("to", "")
    try:
        person = UUID(to) if to else None
    except ValueError:
        return Result.UNKNOWN_PERSON
    return assign(asked.lead, version=asked.version, to=person, actor=asked.actor, now=asked.now)


def _take(asked: Asked) -> Result:
    me = UUID(asked.actor.id)
    return assign(asked.lead, version=asked.version, to=me, actor=asked.actor, now=asked.now)


def _follow_up(asked: Asked) -> Result:
    given = asked.typed.get("on", "")
    try:
        day = date.fromisoformat(given) if given else None
    except ValueError:
        raise _Fault(_("This is not a date. Nothing was changed.")) from None
    return follow_up(asked.lead, version=asked.version, on=day, actor=asked.actor, now=asked.now)


def _note(asked: Asked) -> Result:
    try:
        return note(asked.lead, text=asked.typed.get("note", ""), actor=asked.actor, now=asked.now)
    except ValueError:
        sentence = _("Please write something, at most %(most)d characters. Nothing was saved.")
        raise _Fault(sentence % {"most": NOTE_LIMIT}) from None


def _payer(asked: Asked) -> Result:
    payer = asked.typed.get("payer", "")
    return name_payer(asked.lead, version=asked.version, payer=payer, actor=asked.actor, now=asked.now)


def _contacted(asked: Asked) -> Result:
    return mark_contacted(asked.lead, version=asked.version, actor=asked.actor, now=asked.now)


def _close(asked: Asked) -> Result:
    try:
        because = asked.typed.get("because", "")
        return close_lead(asked.lead, version=asked.version, because=because, actor=asked.actor, now=asked.now)
    except ValueError:
        raise _Fault(_("Please choose why the lead is closed. Nothing was changed.")) from None


def _reopen(asked: Asked) -> Result:
    return reopen_lead(asked.lead, version=asked.version, actor=asked.actor, now=asked.now)


def _invite(asked: Asked) -> Result:
    return send_invitation_now(asked.lead, version=asked.version, actor=asked.actor, now=asked.now)


def _confirm(asked: Asked) -> Result:
    return confirm_match(_match(asked), actor=asked.actor, now=asked.now)


def _refuse(asked: Asked) -> Result:
    return refuse_match(_match(asked), actor=asked.actor, now=asked.now)


STEPS: Mapping[str, Callable[[Asked], Result]] = {
    "assign": _assign,
    "take": _take,
    "follow_up": _follow_up,
    "note": _note,
    "payer": _payer,
    "contacted": _contacted,
    "close": _close,
    "reopen": _reopen,
    "invite": _invite,
    "confirm": _confirm,
    "refuse": _refuse,
}


def _nothing(_asked: Asked) -> Result:
    raise _Fault(_("Choose what to do with this lead. Nothing was changed."))


def _match(asked: Asked) -> UUID:
    try:
        return UUID(asked.typed.get("match", ""))
    except ValueError:
        raise _Fault(_("There is no such visit to decide on. Nothing was changed.")) from None


def _instant(text: str) -> datetime | None:
    """When consent was given; None for leads of before that was kept."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _number(text: str) -> int:
    """The version somebody saw; 0, which no lead has, for anything that is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
