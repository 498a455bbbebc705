"""What staff decide about the person of one visit: chart, identity, insurance, who may act for the patient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from moonlit.audit.actor import Actor
from moonlit.booking.services import (
    call_patient,
    lift_restriction,
    make_chart,
    take_chart,
    verify_identity,
    write_again,
)
from moonlit.dashboard.views.appointments import appointment_page
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.people.models import Insurance
from moonlit.people.services import record_authority, set_verification
from moonlit.platform import clock
from moonlit.platform.policy import Verb, staff_only
from moonlit.practice.queries import today
from moonlit.staff.actor import actor_of

Typed = Mapping[str, str]
ID_LENGTH = 40
TEXT_LENGTH = 400


@staff_only(Verb.PATIENT_CHANGE)
@require_POST
def care(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """`do` is one of STEPS; a refusal shows the visit again with what was typed."""
    typed = {name: value.strip() for name, value in request.POST.items() if isinstance(value, str)}
    try:
        step = STEPS.get(typed.get("do", ""))
        if step is None or len(typed.get("reason", "")) > TEXT_LENGTH:
            raise _refused(_("Choose what to do. Nothing was changed."))
        done = step(appointment_id, typed, actor_of(request))
    except Refused as refused:
        if refused.code is RefusalCode.NOT_FOUND:
            raise Http404 from None
        return appointment_page(request, appointment_id, care_typed=typed, care_fault=refused.detail, http_status=422)
    messages.success(request, done)
    return redirect("dashboard:appointment", appointment_id)


def _take(visit: UUID, typed: Typed, actor: Actor) -> str:
    chart = typed.get("chart", "")
    if not (chart.isascii() and chart.isalnum() and len(chart) <= ID_LENGTH):
        raise _refused(_("Please enter the chart's number as the EHR shows it."))
    take_chart(visit, chart, reason=typed.get("reason", ""), actor=actor, clock=clock.now)
    return _("Saved: the booking goes on with this chart.")


def _make(visit: UUID, _typed: Typed, actor: Actor) -> str:
    make_chart(visit, actor=actor, clock=clock.now)
    return _("The EHR has made a new chart; the booking goes on with it.")


def _call(visit: UUID, _typed: Typed, actor: Actor) -> str:
    call_patient(visit, actor=actor, now=clock.now())
    return _("A task to call the patient is open. The time stays kept.")


def _verify(visit: UUID, typed: Typed, actor: Actor) -> str:
    verify_identity(visit, reason=typed.get("reason", ""), actor=actor, now=clock.now())
    return _("Saved: the chart is the patient's. What waited for that is written to it now.")


def _lift(visit: UUID, typed: Typed, actor: Actor) -> str:
    lift_restriction(visit, reason=typed.get("reason", ""), actor=actor, now=clock.now())
    return _("This visit goes on. The restriction itself stays.")


def _write(visit: UUID, _typed: Typed, actor: Actor) -> str:
    write_again(visit, actor=actor, now=clock.now())
    return _("It is tried again now.")


def _insurance(visit: UUID, typed: Typed, actor: Actor) -> str:
    number, state = typed.get("sequence", ""), typed.get("verification", "")
    known = number in {"1", "2", "3"} and state in Insurance.Verification.values
    now = clock.now()
    if not known or not set_verification(
        visit, int(number), Insurance.Verification(state), today=today(now), actor=actor, now=now
    ):
        raise _refused(_("Choose what the check of the insurance showed. Nothing was changed."))
    return _("Saved: what is known of the insurance.")


def _authority(visit: UUID, typed: Typed, actor: Actor) -> str:
    seen, until = typed.get("authority", ""), typed.get("until", "")
    try:
        last = date.fromisoformat(until) if until else None
    except ValueError:
        raise _refused(_("The last day is not a date. Nothing was changed.")) from None
    if not seen or len(seen) > TEXT_LENGTH:
        raise _refused(_("Please say what you have seen that lets this person act for the patient."))
    if not record_authority(visit, seen, until=last, actor=actor, now=clock.now()):
        raise _refused(_("The patient booked this visit. Nothing was changed."))
    return _("Saved: this person may act for the patient.")


STEPS: Mapping[str, Callable[[UUID, Typed, Actor], str]] = {
    "take": _take,
    "make": _make,
    "call": _call,
    "verify": _verify,
    "lift": _lift,
    "write": _write,
    "insurance": _insurance,
    "authority": _authority,
}


def _refused(sentence: str) -> Refused:
    return Refused(RefusalCode.INVALID_REQUEST, sentence)
