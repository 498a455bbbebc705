"""The product's settings under a clock that runs ahead by what stands in a file (see later.py)."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from moonlit.config.settings import *  # noqa: F403
from moonlit.platform import clock

_FILE = Path(os.environ["MOONLIT_LATER_FILE"])


def _now() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=float(_FILE.read_text()))


clock.now = _now
