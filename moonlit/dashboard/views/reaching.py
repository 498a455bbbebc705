"""How the person of a visit is reached: what holds now, what they tell staff, and a confidential request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from moonlit.audit.actor import Actor
from moonlit.booking.services import ask_confidential, end_confidential, record_told
from moonlit.booking.staff_queries import visit_reaching
from moonlit.dashboard.contacts import FAULT, typed_contact
from moonlit.dashboard.message_words import CHANNEL
from moonlit.dashboard.pages import page
from moonlit.dashboard.reaching import reaching_context
from moonlit.dashboard.reaching_words import REACHED_BY, TOPIC
from moonlit.domain.reaching import SENT, Channel
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.people.message_queries import ABOUT_VISITS
from moonlit.people.services import Choice
from moonlit.people.topics import Topic
from moonlit.platform import clock
from moonlit.platform.policy import Verb, may, staff_only
from moonlit.practice.documents import documents_in_force
from moonlit.staff.actor import actor_of

Typed = Mapping[str, str]
LONGEST = 400
UNPROCESSABLE = 422


class _FaultyError(Exception):
    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(field)
        self.faults = {field: sentence}


@staff_only(Verb.APPOINTMENT_READ)
@require_http_methods(["GET", "HEAD"])
def reaching(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    return _page(request, appointment_id)


@staff_only(Verb.CONTACT_CHANGE)
@require_http_methods(["POST"])
def change_reaching(request: HttpRequest, appointment_id: UUID) -> HttpResponse:
    """`do` is one of STEPS; a fault shows the page again with what was typed."""
    typed = {name: value.strip() for name, value in request.POST.items() if isinstance(value, str)}
    try:
        done = STEPS.get(typed.get("do", ""), _nothing)(appointment_id, typed, actor_of(request))
    except _FaultyError as faulty:
        return _page(request, appointment_id, typed=typed, faults=faulty.faults, http_status=UNPROCESSABLE)
    except Refused as refused:
        if refused.code is RefusalCode.NOT_FOUND:
            raise Http404 from None
        raise
    messages.success(request, done)
    return redirect("dashboard:reaching", appointment_id)


def _nothing(_visit: UUID, _typed: Typed, _actor: Actor) -> str:
    raise _FaultyError("do", _("Choose what to do."))


def _told(visit: UUID, typed: Typed, actor: Actor) -> str:
    topic, channel, wants = typed.get("topic", ""), typed.get("by", ""), typed.get("wants", "")
    if topic not in ABOUT_VISITS or channel not in SENT or wants not in {"yes", "no"}:
        raise _FaultyError("wants", _("Choose what the patient wants."))
    wording = documents_in_force().get(channel, "")
    choice = Choice(Topic(topic), Channel(channel), wants == "yes", wording)
    if record_told(visit, choice, actor=actor, now=clock.now()):
        return _("Saved: what the patient wants.")
    return _("It stood so already. Nothing was changed.")


def _ask(visit: UUID, typed: Typed, actor: Actor) -> str:
    if typed.get("channel", "") not in REACHED_BY:
        raise _FaultyError("channel", _("Choose how the patient wants to be reached."))
    channel, written = Channel(typed["channel"]), typed.get("address", "")
    if written and channel not in SENT:
        raise _FaultyError("address", _("An address is for e-mail or texts. Please leave it empty."))
    address = typed_contact(written) if written else ""
    if written and (not address or ("@" in address) != (channel is Channel.EMAIL)):
        raise _FaultyError("address", str(FAULT))
    if len(typed.get("note", "")) > LONGEST:
        raise _FaultyError("note", _("Please write at most 400 characters."))
    try:
        ask_confidential(
            visit,
            channel,
            address=address,
            no_voicemail=bool(typed.get("no_voicemail")),
            note=typed.get("note", ""),
            reason=_reason(typed, "reason"),
            actor=actor,
            now=clock.now(),
        )
    except ValueError:
        raise _FaultyError("address", _("There is none on file. Please enter the address or number.")) from None
    return _("Saved: the patient is reached in this way only.")


def _end(visit: UUID, typed: Typed, actor: Actor) -> str:
    if end_confidential(visit, reason=_reason(typed, "end_reason"), actor=actor, now=clock.now()):
        return _("Ended: what was agreed to before holds again.")
    return _("There is no such request any more. Nothing was changed.")


STEPS: Mapping[str, Callable[[UUID, Typed, Actor], str]] = {"told": _told, "ask": _ask, "end": _end}


def _reason(typed: Typed, field: str) -> str:
    reason = typed.get(field, "")
    if not reason or len(reason) > LONGEST:
        raise _FaultyError(field, _("Please say how you know that the patient wants this, in at most 400 characters."))
    return reason


def _page(
    request: HttpRequest,
    appointment_id: UUID,
    *,
    typed: Typed | None = None,
    faults: Mapping[str, str] | None = None,
    http_status: int = 200,
) -> HttpResponse:
    found = visit_reaching(appointment_id, actor=actor_of(request))
    if found is None:
        raise Http404
    return page(
        request,
        "reaching.html",
        section="appointments",
        now=clock.now(),
        http_status=http_status,
        appointment_id=appointment_id,
        name=found.name,
        may_change=may(request, Verb.CONTACT_CHANGE),
        typed=typed or {},
        faults=faults or {},
        topics=[(topic.value, TOPIC[topic]) for topic in ABOUT_VISITS],
        channels=[(channel.value, CHANNEL[channel]) for channel in SENT],
        ways=REACHED_BY.items(),
        **reaching_context(found.reaching),
    )
