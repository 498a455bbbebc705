"""Outbox: facts told to later modules, in the transaction that made them true.

`emit` writes the event and one delivery per subscriber and wakes the worker. A subscriber runs in one
transaction with the mark that it ran, so its database work happens exactly once; it does no remote call (it
enqueues a job that does). A delivery that fails is postponed, longer each time, before its error is raised.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from moonlit.platform import clock
from moonlit.platform.jobs import enqueue, job
from moonlit.platform.log import get_logger
from moonlit.platform.models import OutboxDelivery, OutboxEvent
from moonlit.platform.sweeps import sweep

log = get_logger(__name__)

FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)
POISONED_AFTER = 8  # attempts; from then on each failure is an alarm
SWEEP_BATCH = 200


@dataclass(frozen=True, slots=True)
class Event:
    id: int
    topic: str
    subject: str
    """The id of what it is about, as text."""
    version: int


Handler = Callable[[Event], None]
_subscribers: dict[str, dict[str, Handler]] = {}


def subscriber(topic: str, *, consumer: str) -> Callable[[Handler], Handler]:
    """Have the function run once per event of the topic. `consumer` names it in the database and never changes.

    Raises ValueError when the name is taken.
    """

    def register(handler: Handler) -> Handler:
        taken = _subscribers.setdefault(topic, {})
        if taken.get(consumer, handler) is not handler:
            raise ValueError(f"{consumer} already listens to {topic}")
        taken[consumer] = handler
        return handler

    return register


def emit(topic: str, subject: UUID | str | int, version: int = 0) -> None:
    """Tell that something happened; must be called inside the transaction that made it so.

    The same (topic, subject, version) is told once: a second call does nothing.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("emit() needs an open transaction")
    now = clock.now()
    event, new = OutboxEvent.objects.get_or_create(
        topic=topic,
        subject=str(subject),
        version=version,
        defaults={"created_at": now},
    )
    if not new:
        return
    for consumer in _subscribers.get(topic, {}):
        delivery = OutboxDelivery.objects.create(event=event, consumer=consumer, next_at=now)
        enqueue(deliver, delivery=delivery.pk)


@job(queue="messages", priority=10)
def deliver(delivery: int) -> None:
    """Hand one event to one subscriber; nothing if that is done or another process is at it."""
    deliver_due(delivery, clock.now())


def deliver_due(delivery_id: int, now: datetime) -> None:
    """Run the subscriber of a delivery that is due. Raises what the subscriber raises, after postponing."""
    due = OutboxDelivery.objects.filter(pk=delivery_id, done_at=None, next_at__lte=now)
    attempts = due.values_list("attempts", flat=True).first()
    if attempts is None:
        return
    # Postponed first and committed: a subscriber that kills its process must not be the next one to run again.
    retry_at = now + min(FIRST_RETRY * 2 ** min(attempts, 20), LONGEST_RETRY)
    if due.filter(attempts=attempts).update(attempts=F("attempts") + 1, next_at=retry_at) == 0:
        return
    row = OutboxDelivery.objects.select_related("event").get(pk=delivery_id)
    event = Event(row.event.pk, row.event.topic, row.event.subject, row.event.version)
    handler = _subscribers.get(event.topic, {}).get(row.consumer)
    if handler is None:
        log.error("outbox_consumer_unknown", consumer=row.consumer, topic=event.topic)
        return
    try:
        with transaction.atomic():
            if OutboxDelivery.objects.filter(pk=delivery_id, done_at=None).update(done_at=now, last_error_class=""):
                handler(event)
    except Exception as fault:
        OutboxDelivery.objects.filter(pk=delivery_id).update(last_error_class=type(fault).__name__)
        if attempts + 1 >= POISONED_AFTER:
            log.error("outbox_delivery_poisoned", consumer=row.consumer, topic=event.topic, attempts=attempts + 1)
        raise


@sweep(every_seconds=5)
def sweep_outbox(now: datetime) -> None:
    """Deliver here what is overdue, whether or not the queue still knows of it."""
    overdue = OutboxDelivery.objects.filter(done_at=None, next_at__lte=now).order_by("next_at", "id")
    for delivery_id in list(overdue.values_list("id", flat=True)[:SWEEP_BATCH]):
        try:
            deliver_due(delivery_id, now)
        except Exception:  # one poisoned delivery must not hold up the others
            log.exception("outbox_delivery_failed", event_id=delivery_id)
