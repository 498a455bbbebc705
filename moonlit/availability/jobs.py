"""What the worker does for the calendars by itself."""

from datetime import datetime

from moonlit.availability import services
from moonlit.platform.sweeps import sweep


@sweep(every_seconds=60)
def move_calendars_on(now: datetime) -> None:
    """The rounds after midnight (UTC) move every calendar on; afterwards there is nothing to find."""
    services.move_calendars_on(now)


@sweep(every_seconds=3600)
def forget_past(now: datetime) -> None:
    services.forget_past(now)
