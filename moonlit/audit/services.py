"""Writing the audit log."""

from typing import Any
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb
from moonlit.platform.log import request_id as current_request


def record(
    verb: Verb,
    *,
    actor: Actor,
    subject: str | UUID,
    facts: dict[str, Any] | None = None,
    reason: str = "",
    request_id: str = "",
) -> None:
    """Write one row in the caller's transaction: no row, no change. `subject` is "kind:id" without PHI.

    `facts` and `reason` are encrypted; keep facts to what a reader of the log needs. Raises
    TransactionManagementError outside a transaction, where a later failure would leave a row about something
    that did not happen.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("record() belongs in the transaction of the change")
    AuditEvent.objects.create(
        actor_kind=actor.kind,
        actor_id=actor.id,
        verb=verb,
        subject=str(subject),
        facts=facts or {},
        reason=reason,
        request_id=request_id or current_request.get(),
    )
