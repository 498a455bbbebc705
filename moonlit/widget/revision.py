"""Which answers a page has shown: so that an older tab neither wipes newer ones nor books what nobody looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moonlit.platform.crypto.blind import blind_index
from moonlit.widget.models import Draft

_DIGITS = 24
"""96 bits: two revisions never meet by accident, and the key keeps them from telling anything."""


def answers_revision(answers: Mapping[str, str]) -> str:
    """Of step 4 alone: what the page of step 4 has in its fields."""
    return _revision("draft answers", dict(answers))


def draft_revision(draft: Draft) -> str:
    """Of everything the check page shows and its button sends: choices, time, clinician and answers."""
    start = draft.start.isoformat() if draft.start else ""
    return _revision("whole draft", [draft.choices, start, draft.provider_id, draft.answers])


def _revision(purpose: str, content: Any) -> str:
    return blind_index(purpose, json.dumps(content, sort_keys=True)).hex()[:_DIGITS]
