"""Webhooks that were refused: written down without letting whoever sends them fill the audit log."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.notifications.models import RefusedWebhook
from moonlit.platform.log import get_logger

log = get_logger(__name__)

PAUSE = timedelta(minutes=1)
"""At most one row of the audit log in this time for each vendor and code."""


def note_refused(vendor: str, code: str, *, now: datetime) -> None:
    """Count a refused webhook; the first of a minute is audited with how many there were since the last row."""
    log.warning("webhook_refused", vendor=vendor, code=code)
    with transaction.atomic():
        RefusedWebhook.objects.get_or_create(vendor=vendor, code=code)
        RefusedWebhook.objects.filter(vendor=vendor, code=code).update(unaudited=F("unaudited") + 1)
        _audit(vendor, code, now)


def audit_refused(*, now: datetime) -> None:
    """Audit what was counted and not followed by another one that would have told of it."""
    for vendor, code in list(RefusedWebhook.objects.filter(unaudited__gt=0).values_list("vendor", "code")):
        with transaction.atomic():
            _audit(vendor, code, now)


def _audit(vendor: str, code: str, now: datetime) -> None:
    row = RefusedWebhook.objects.select_for_update().get(vendor=vendor, code=code)
    if not row.unaudited or (row.audited_at is not None and now - row.audited_at < PAUSE):
        return
    RefusedWebhook.objects.filter(pk=row.pk).update(unaudited=0, audited_at=now)
    facts = {"code": code, "count": row.unaudited}
    record(Verb.WEBHOOK_REFUSED, actor=Actor("vendor", vendor), subject=f"webhook:{vendor}", facts=facts)
