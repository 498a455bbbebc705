"""How a person is reached, put together for a page: addresses, what is stopped there, and who recorded what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from moonlit.notifications.contact_queries import StoppedLine, stops_on
from moonlit.people.reaching_queries import Reaching
from moonlit.staff.queries import names_of


@dataclass(frozen=True, slots=True)
class Way:
    channel: str
    contact: str = field(repr=False)
    to_booker: bool
    stopped: bool


@dataclass(frozen=True, slots=True)
class TopicWays:
    topic: str
    ways: tuple[Way, ...]
    """Empty: nothing is sent."""


def reaching_context(reaching: Reaching) -> dict[str, Any]:
    """What `dashboard/_reaching.html` shows. The caller has audited the read."""
    stops = {stop.contact: stop for contact in _contacts(reaching) for stop in stops_on(contact)}
    ids = [choice.decided_by for choice in reaching.choices]
    if reaching.confidential:
        ids.append(reaching.confidential.set_by)
    return {
        "reaching": reaching,
        "reaching_topics": [TopicWays(line.topic, _ways(line, stops)) for line in reaching.topics],
        "reaching_stops": list(stops.values()),
        "reaching_names": names_of(ids),
    }


def _contacts(reaching: Reaching) -> list[str]:
    """Every contact that something could go to, each once."""
    known = [reaching.email, reaching.phone, reaching.confidential.address if reaching.confidential else ""]
    for line in reaching.topics:
        known += [line.email, line.sms, line.booker_email]
    return sorted({contact for contact in known if contact})


def _ways(line: Any, stops: dict[str, StoppedLine]) -> tuple[Way, ...]:
    found = (("email", line.email, False), ("sms", line.sms, False), ("email", line.booker_email, True))
    return tuple(Way(channel, contact, to_booker, contact in stops) for channel, contact, to_booker in found if contact)
