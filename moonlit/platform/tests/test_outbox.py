from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from moonlit.platform import outbox
from moonlit.platform.models import OutboxDelivery, OutboxEvent
from moonlit.platform.testing import run_pending

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at(monkeypatch):
    """The worker's clock stands at NOW; `at(later)` moves it."""
    holder = {"now": NOW}
    monkeypatch.setattr("moonlit.platform.clock.now", lambda: holder["now"])
    return lambda instant: holder.update(now=instant)


@pytest.fixture
def heard(monkeypatch):
    """Two subscribers of `thing.happened`; what they heard."""
    events = []
    monkeypatch.setattr(outbox, "_subscribers", {})
    outbox.subscriber("thing.happened", consumer="first")(lambda event: events.append(("first", event)))
    outbox.subscriber("thing.happened", consumer="second")(lambda event: events.append(("second", event)))
    return events


@pytest.fixture
def failing(monkeypatch):
    """One subscriber that fails while `failing["on"]`, after writing a row."""
    state = {"on": True, "calls": 0}
    monkeypatch.setattr(outbox, "_subscribers", {})

    @outbox.subscriber("thing.happened", consumer="weak")
    def weak(event):
        state["calls"] += 1
        OutboxEvent.objects.create(topic="trace", subject=event.subject, version=state["calls"], created_at=NOW)
        if state["on"]:
            raise RuntimeError("Marisol Quintero-Hale could not be told")

    return state


def test_every_subscriber_hears_an_event_once(db, heard):
    outbox.emit("thing.happened", "42", version=3)
    assert heard == []
    run_pending(NOW)
    run_pending(NOW)
    outbox.sweep_outbox(NOW + timedelta(days=1))
    assert [(who, event.topic, event.subject, event.version) for who, event in heard] == [
        ("first", "thing.happened", "42", 3),
        ("second", "thing.happened", "42", 3),
    ]


def test_the_same_fact_is_told_once_and_its_next_version_again(db, heard):
    outbox.emit("thing.happened", "42", version=1)
    outbox.emit("thing.happened", "42", version=1)
    outbox.emit("thing.happened", "42", version=2)
    run_pending(NOW)
    assert [event.version for who, event in heard if who == "first"] == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_fact_that_was_rolled_back_is_never_told(heard):
    def emit_and_fail():
        with transaction.atomic():
            outbox.emit("thing.happened", "42")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        emit_and_fail()
    run_pending(NOW)
    outbox.sweep_outbox(NOW)
    assert heard == []
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_telling_needs_a_transaction(heard):
    with pytest.raises(transaction.TransactionManagementError):
        outbox.emit("thing.happened", "42")


def test_the_sweep_delivers_what_the_queue_lost(db, heard):
    outbox.emit("thing.happened", "42")
    outbox.sweep_outbox(NOW)
    assert len(heard) == 2
    assert OutboxDelivery.objects.filter(done_at=NOW).count() == 2


def test_a_failed_delivery_leaves_nothing_behind_and_waits_longer_each_time(db, failing):
    outbox.emit("thing.happened", "42")
    now, waits = NOW, []
    for _ in range(3):
        with pytest.raises(RuntimeError):
            outbox.deliver_due(OutboxDelivery.objects.get().pk, now)
        waits.append((OutboxDelivery.objects.get().next_at - now).total_seconds())
        now = OutboxDelivery.objects.get().next_at
    delivery = OutboxDelivery.objects.get()
    assert waits == [5, 10, 20]
    assert (delivery.attempts, delivery.done_at, delivery.last_error_class) == (3, None, "RuntimeError")
    assert not OutboxEvent.objects.filter(topic="trace").exists()


def test_a_delivery_is_postponed_before_its_subscriber_runs(db, monkeypatch):
    monkeypatch.setattr(outbox, "_subscribers", {})
    seen = []
    outbox.subscriber("thing.happened", consumer="deadly")(
        lambda _event: seen.append(OutboxDelivery.objects.get().next_at),
    )
    outbox.emit("thing.happened", "42")
    run_pending(NOW)
    assert seen == [NOW + timedelta(seconds=5)]


def test_a_delivery_is_not_tried_before_it_is_due(db, failing):
    outbox.emit("thing.happened", "42")
    outbox.sweep_outbox(NOW)
    outbox.sweep_outbox(NOW + timedelta(seconds=4))
    assert failing["calls"] == 1
    failing["on"] = False
    outbox.sweep_outbox(NOW + timedelta(seconds=5))
    assert failing["calls"] == 2
    assert OutboxDelivery.objects.get().done_at == NOW + timedelta(seconds=5)


def test_one_poisoned_delivery_does_not_hold_up_the_others(db, failing):
    healthy = []
    outbox.subscriber("thing.happened", consumer="zz-healthy")(healthy.append)
    outbox.emit("thing.happened", "42")
    outbox.sweep_outbox(NOW)
    assert len(healthy) == 1


def test_waiting_never_exceeds_an_hour(db, failing):
    outbox.emit("thing.happened", "42")
    OutboxDelivery.objects.update(attempts=500)
    outbox.sweep_outbox(NOW)
    assert OutboxDelivery.objects.get().next_at == NOW + timedelta(hours=1)


def test_an_event_for_a_consumer_that_is_gone_stays_visible(db, heard, monkeypatch):
    outbox.emit("thing.happened", "42")
    monkeypatch.setattr(outbox, "_subscribers", {})
    run_pending(NOW)
    assert OutboxDelivery.objects.filter(done_at=None, attempts=1).count() == 2


def test_two_subscribers_cannot_share_a_name(heard):
    with pytest.raises(ValueError, match="already listens"):
        outbox.subscriber("thing.happened", consumer="first")(print)
