"""Whatever happens in whatever order (answers lost, workers killed, notices early or late, staff pressing buttons): no
message arrives twice unless somebody asked for that knowingly, and none is lost without everybody seeing it.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moonlit.audit.actor import SYSTEM
from moonlit.booking.models import Appointment
from moonlit.notifications.dead_letters import MAY_HAVE_ARRIVED
from moonlit.notifications.models import Attempt, Message, VendorNotice
from moonlit.notifications.port import (
    ConfigurationRefused,
    Found,
    NotReached,
    Rejected,
    Sent,
    Throttled,
    Trace,
    Unknown,
)
from moonlit.notifications.services import Resend, push, queue_visit_message, resend, sweep
from moonlit.notifications.services.deliveries import work_off
from moonlit.notifications.tests.scene import NOW
from moonlit.worklist.models import Task

pytestmark = pytest.mark.django_db

SENDS = (
    "take",
    "take",
    "reject",
    "throttle",
    "not_reached",
    "wrong_key",
    "lost_on_the_way",
    "answer_lost",
    "lands_late",
    "killed_before",
    "killed_after",
)
LOOKS = ("truth", "truth", "not_reached")
STEPS = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([0, 15, 45, 120, 300, 1200, 7200])),
    st.tuples(st.just("push"), st.sampled_from(["email", "sms"])),
    st.tuples(st.just("push"), st.sampled_from(["email", "sms"])),
    st.tuples(st.just("sweep"), st.none()),
    st.tuples(st.just("event"), st.none()),
    st.tuples(st.just("notice"), st.sampled_from(["processed", "delivered", "blocked", "bounced"])),
    st.tuples(st.just("resend"), st.booleans()),
    st.tuples(st.just("cancel"), st.none()),
)


class Killed(BaseException):
    """The process is gone, in the middle of a call."""


@dataclass
class World:
    """Two vendors that do as the history says, the clock, and what arrived."""

    sends: list[str]
    looks: list[str]
    now: datetime = NOW
    arrived: Counter = field(default_factory=Counter)
    on_the_way: list[tuple[datetime, object]] = field(default_factory=list)
    knowingly: Counter = field(default_factory=Counter)
    failed_after_all: Counter = field(default_factory=Counter)
    """Copies of which the vendor said that nobody got them."""

    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)
        for due, message_id in list(self.on_the_way):
            if due <= self.now:
                self.on_the_way.remove((due, message_id))
                self.arrived[message_id] += 1

    def send(self, message, *, now):
        what = self.sends.pop() if self.sends else "take"
        match what:
            case "killed_before":
                raise Killed
            case "reject":
                raise Rejected("vendor_400")
            case "throttle":
                raise Throttled("vendor_429", retry_after=30)
            case "not_reached":
                raise NotReached("connection_not_made")
            case "wrong_key":
                raise ConfigurationRefused("vendor_401")
            case "lost_on_the_way":
                raise Unknown("answer_lost")
            case "lands_late":
                self.on_the_way.append((now + timedelta(seconds=110), message.id))
                raise Unknown("answer_lost")
        self.arrived[message.id] += 1
        if what == "killed_after":
            raise Killed
        if what == "answer_lost":
            raise Unknown("answer_lost")
        return Sent(f"{message.id}/{self.arrived[message.id]}")


@dataclass
class Vendor:
    name: str
    world: World
    can_be_asked: bool
    per_second: float = 0

    def send(self, message, *, now):
        return self.world.send(message, now=now)

    def look_up(self, message_id, to, *, since, now):
        if not self.can_be_asked:
            return Found(Trace.CANNOT_TELL)
        if self.world.looks and self.world.looks.pop() == "not_reached":
            raise NotReached("connection_not_made")
        there = self.world.arrived[message_id]
        return Found(Trace.SENT, f"{message_id}/{there}") if there else Found(Trace.ABSENT)


VENDORS: dict[str, Vendor] = {}


def email():
    return VENDORS["email"]


def sms():
    return VENDORS["sms"]


def pushed(row, world):
    with suppress(Killed):
        push(row.pk, actor=SYSTEM, now=world.now)


def told(world, word, visit):
    """The vendors tell of every message that they have; where the first copy failed, it is not delivered."""
    for row in Message.objects.all():
        if not world.arrived[row.pk] or not row.vendor:
            continue
        VendorNotice.objects.create(
            id=uuid4(),
            vendor=row.vendor,
            notice_id=str(uuid4()),
            name=word,
            message_id=row.pk,
            vendor_id=row.vendor_id,
            delivery=word,
            told_at=world.now,
            received_at=world.now,
            next_at=world.now,
        )
        before = row.delivery
        work_off(now=world.now)
        row.refresh_from_db()
        if word in ("blocked", "bounced") and row.delivery == word != before:
            world.failed_after_all[row.pk] += 1


def asked_to_resend(world, anyway):
    for row in Message.objects.all():
        unclear = row.error in MAY_HAVE_ARRIVED
        done = resend(row.pk, actor=SYSTEM, now=world.now, anyway=anyway)
        if done.answer is Resend.RESENT and unclear:
            assert anyway
            world.knowingly[row.pk] += 1


def nobody_is_told_twice(world):
    for message_id, copies in world.arrived.items():
        allowed = 1 + world.knowingly[message_id] + world.failed_after_all[message_id]
        assert copies <= allowed, (copies, Message.objects.values("state", "error", "resends").get(pk=message_id))


def settle(world):
    """The vendors are well again, and nobody does anything any more but the workers."""
    world.sends, world.looks = [], []
    for _ in range(400):
        waiting = Message.objects.filter(next_at__isnull=False).order_by("next_at").first()
        if waiting is None:
            world.wait(600)  # what is still on its way lands
            nobody_is_told_twice(world)
            return
        world.wait(max(0.0, (waiting.next_at - world.now).total_seconds()))
        pushed(waiting, world)
        nobody_is_told_twice(world)
    raise AssertionError("a message never settled")


def nothing_is_lost_silently(world, visit):
    for row in Message.objects.all():
        there = world.arrived[row.pk]
        tries = Attempt.objects.filter(message=row)
        assert tries.count() == row.attempts
        match row.state:
            case "sent":
                assert there
            case "suppressed":
                assert row.error
            case "failed":
                assert row.error
                asked = ("message_failed", "contact_bounced")  # the second says it too, where the contact is dead
                about = Task.objects.filter(kind__in=asked, subject=f"appointment:{visit.pk}")
                assert about.exists()
                if row.error not in MAY_HAVE_ARRIVED:
                    assert there <= world.knowingly[row.pk] + world.failed_after_all[row.pk], row.error
            case state:
                raise AssertionError(state)


def play(history, sends, looks, visit):
    world = World(list(sends), list(looks))
    VENDORS.update(
        email=Vendor("sendgrid", world, can_be_asked=False), sms=Vendor("notifyre", world, can_be_asked=True)
    )

    def tell():
        queue_visit_message("appointment.booked", visit.pk, 1, actor=SYSTEM, now=world.now)

    tell()
    for step, how in history:
        match step:
            case "wait":
                world.wait(how)
            case "push":
                pushed(Message.objects.get(channel=how), world)
            case "sweep":
                sweep(now=world.now)
            case "event":
                tell()
            case "notice":
                told(world, how, visit)
            case "resend":
                asked_to_resend(world, how)
            case "cancel":
                Appointment.objects.filter(pk=visit.pk).update(state="cancelled")
        nobody_is_told_twice(world)
        assert Message.objects.count() == 2
    settle(world)
    nothing_is_lost_silently(world, visit)


HISTORIES = given(
    history=st.lists(STEPS, max_size=14),
    sends=st.lists(st.sampled_from(SENDS), max_size=6),
    looks=st.lists(st.sampled_from(LOOKS), max_size=6),
)


def in_a_world_of_its_own(history, sends, looks, visit):
    with transaction.atomic():
        play(history, sends, looks, visit)
        transaction.set_rollback(True)


@pytest.fixture
def far(visit, settings):
    """A visit a week ahead, so that no message comes too late by itself."""
    settings.EMAIL_FACTORY, settings.SMS_FACTORY = f"{__name__}.email", f"{__name__}.sms"
    visit.start += timedelta(days=7)
    visit.end += timedelta(days=7)
    visit.save()
    return visit


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@HISTORIES
def test_every_message_arrives_once_or_is_given_up_visibly(far, history, sends, looks):
    in_a_world_of_its_own(history, sends, looks, far)


@pytest.mark.long
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@HISTORIES
def test_every_message_arrives_once_or_is_given_up_visibly_in_many_more_histories(far, history, sends, looks):
    in_a_world_of_its_own(history, sends, looks, far)
