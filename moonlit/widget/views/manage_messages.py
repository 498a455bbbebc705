"""Which messages somebody gets about the visit, over which channel: chosen behind the link and a code (rules 4.11)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from moonlit.booking.services import proven_contact
from moonlit.domain.reaching import SENT, Channel
from moonlit.domain.refusals import Refused
from moonlit.notifications.contact_queries import contact_index, stops_on
from moonlit.notifications.masks import masked
from moonlit.people.message_queries import MessageSettings
from moonlit.platform.policy import public
from moonlit.platform.ratelimit import allow
from moonlit.practice.documents import texts_in_force
from moonlit.practice.queries import text_number
from moonlit.widget import managing, words
from moonlit.widget.forms.messages import Box, agreed_by, boxes, choices_from
from moonlit.widget.guard import patient_page, switches_language
from moonlit.widget.managing import Managed, in_session
from moonlit.widget.pages import ErrorLine, page
from moonlit.widget.texts import WORDS, text_address
from moonlit.widget.way import see_other

MOST_SAVED = 20
"""For one visit at once: every save that changes something is a row that is kept."""
PER_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Group:
    """One channel of the page."""

    channel: Channel
    address: str
    """As much of it as tells two apart: the page does not say what we know. Of a number the end."""
    boxes: list[Box]
    stopped: str
    """Why nothing is sent there: stop_word, bounced, ...; empty when it is, or when the contact is not proven."""
    agreed: bool
    version: str
    text: str
    """Address of the text of the consent."""
    points: tuple[object, ...]
    """What that text says."""


@public
@patient_page
@in_session
def messages(request: HttpRequest, managed: Managed) -> HttpResponse:
    """Saved with one press; what was not shown is left as it is."""
    settings = managing.message_settings(managed)
    typed = request.POST if request.method == "POST" else None
    proven = proven_contact(managed.session)
    stops = {channel: _stop(settings, channel, proven) for channel in SENT}
    offered = boxes(settings, {channel: not stops[channel] for channel in SENT}, typed)
    if typed is None or switches_language(request):
        return _messages_page(request, managed, settings, offered, stops)
    texts = texts_in_force()
    choices = choices_from(typed, offered, {kind: text.version for kind, text in texts.items()})
    if not choices:
        return managed.to("manage_messages")
    bucket = f"messages|{managed.visit.appointment}"
    if not (verdict := allow(bucket, capacity=MOST_SAVED, per_seconds=PER_SECONDS, now=managed.now)):
        fault = _("That was a lot at once. Nothing is lost. Wait a few minutes and press Save again.")
        answer = _messages_page(request, managed, settings, offered, stops, fault=fault, status=429)
        answer["Retry-After"] = str(verdict.retry_after)
        return answer
    try:
        managing.choose(managed, choices, agreed_by(choices, settings, typed))
    except Refused as refused:
        return _messages_page(request, managed, settings, offered, stops, fault=_(refused.detail), status=422)
    return see_other(reverse("manage_messages", args=[managed.token, managed.session]) + "?notice=saved")


def _stop(settings: MessageSettings, channel: Channel, proven: bytes) -> str:
    """Why nothing is sent there, for who has proven this very contact: anybody can book with a stranger's number, and
    must not learn from us that we know it.
    """
    address = settings.addresses.get(channel, "")
    if not address or contact_index(channel, address) != proven:
        return ""
    return next((stop.reason for stop in stops_on(address)), "")


def _messages_page(
    request: HttpRequest,
    managed: Managed,
    settings: MessageSettings,
    offered: list[Box],
    stops: dict[Channel, str],
    *,
    fault: str = "",
    status: int = 200,
) -> HttpResponse:
    texts = texts_in_force()
    groups = [
        Group(
            channel=channel,
            address=masked(channel, settings.addresses[channel]).lstrip("."),
            boxes=[box for box in offered if box.channel is channel],
            stopped=stops[channel],
            agreed=channel in settings.agreed or not managed.by_patient,
            version=texts[channel].version if channel in texts else "",
            text=text_address(texts[channel]) if channel in texts else "",
            points=WORDS[channel].in_short,
        )
        for channel in SENT
        if channel in settings.addresses
    ]
    return page(
        request,
        "manage/messages",
        title=_("Your messages"),
        errors=[ErrorLine("page-form", fault)] if fault else [],
        status=status,
        groups=groups,
        by_patient=managed.by_patient,
        confidential=settings.confidential,
        any_box=bool(offered),
        on=[box for box in offered if (box.topic, box.channel) in settings.on],
        missing=[channel for channel in SENT if channel not in settings.addresses],
        our_number=words.phone_words(text_number()),
        saved=request.GET.get("notice") == "saved" and not fault,
        typed_form="page-form" if offered else "",
        **managed.described(),
    )
