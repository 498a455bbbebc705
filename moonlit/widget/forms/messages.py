"""What may be chosen about messages behind a visit's link, as boxes: one for each topic over each channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from moonlit.domain.reaching import SENT, Channel
from moonlit.people.message_queries import ABOUT_VISITS, MessageSettings
from moonlit.people.services import Choice
from moonlit.people.topics import Topic

SHOWN = "shown"
"""Names the boxes that stood on the page: one that did not is no answer."""

TOPIC_WORDS: Mapping[Topic, str | Promise] = {
    Topic.VISITS: _("News about my visit: booked, moved or cancelled, or something left to do"),
    Topic.REMINDERS: _("Reminders before my visit"),
}


@dataclass(frozen=True, slots=True)
class Box:
    name: str
    topic: Topic
    channel: Channel
    ticked: bool

    @property
    def label(self) -> str:
        return str(TOPIC_WORDS[self.topic])


def boxes(settings: MessageSettings, usable: Mapping[Channel, bool], typed: QueryDict | None) -> list[Box]:
    """The boxes of the channels that can be used now, ticked as `typed` on the page, else as it stands."""
    return [
        Box(name, topic, channel, name in typed if typed is not None else (topic, channel) in settings.on)
        for channel in SENT
        if channel in settings.addresses and usable[channel]
        for topic in ABOUT_VISITS
        if (name := f"{topic}_{channel}")
    ]


def choices_from(typed: QueryDict, offered: list[Box], versions: Mapping[str, str]) -> list[Choice]:
    """What the boxes say that stood on the page and are still offered. `versions`: text in force of each channel."""
    shown = set(typed.getlist(SHOWN))
    return [
        Choice(box.topic, box.channel, box.name in typed, versions.get(box.channel, ""))
        for box in offered
        if box.name in shown
    ]


def agreed_by(choices: list[Choice], settings: MessageSettings, typed: Mapping[str, Any]) -> dict[str, str]:
    """Channels that are agreed to by choosing them -> the version that was read with the box."""
    wanted = {choice.channel for choice in choices if choice.allowed} - settings.agreed
    return {channel.value: str(typed.get(f"version_{channel}", ""))[:40] for channel in wanted}
