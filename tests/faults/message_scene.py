"""A practice, both message vendors as simulators over HTTP, and a worker that does what the real one does, by our clock.

The vendors' clocks follow the scene's. What they tell by webhook they keep back until the test has them tell it.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

import httpx2
from django.db import connection, transaction
from django.db.models import F, Min
from procrastinate.contrib.django import app

from moonlit.audit.actor import PUBLIC, SYSTEM
from moonlit.booking.models import Appointment
from moonlit.domain.zones import first_instant, local_date
from moonlit.leads.inputs import LeadInput
from moonlit.leads.services import create_lead
from moonlit.notifications.models import Attempt, Message, VendorNotice
from moonlit.notifications.notifyre.client import Notifyre
from moonlit.notifications.sendgrid.client import SendGrid
from moonlit.notifications.services.handover import OVERDUE
from moonlit.people.models import Consent, Patient
from moonlit.platform import clock, http, vendor_settings
from moonlit.platform.models import OutboxDelivery
from moonlit.platform.outbox import emit
from moonlit.platform.sweeps import all_sweeps
from moonlit.platform.tests import oddserver
from moonlit.practice.models import Location, Provider, VisitType
from moonlit.practicefile.services import load
from moonlit.worklist.models import Task
from simulators.running import running
from tests.faults.message_gate import Gate
from tests.support.practice import DENVER, MONDAY, PRACTICE
from tests.support.scene import Clock

KEY, TOKEN, SECRET = "SG.key", "token", "webhook-secret-of-no-worth-whatever-7Qz"
OURS = ("moonlit.notifications.", "moonlit.leads.", "moonlit.platform.outbox")
"""Modules whose jobs and sweeps the worker of this scene runs."""
IMPATIENT = 0.4
"""Seconds the adapters wait for an answer."""
CHANNELS = {"email": "sendgrid", "sms": "notifyre"}

_TAKE = """
UPDATE procrastinate_jobs SET status = 'doing' WHERE id = (
  SELECT id FROM procrastinate_jobs
  WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= %s) AND task_name LIKE ANY(%s)
  ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, task_name, args
"""


@dataclass
class MessageScene:
    vendors: dict[str, str]
    """Address of each vendor's simulator, by channel."""
    public_key: str
    gate: Gate | None = None
    clock: Clock = field(default_factory=Clock)
    senders: dict[str, Any] = field(default_factory=dict)
    doors: dict[str, httpx2.Client] = field(default_factory=dict, repr=False)
    """To the simulators' control addresses."""
    people: int = 0
    began: datetime | None = None
    """When this case began: what was promised before is no matter of it."""

    # -- the vendors' side --------------------------------------------------------------------------------------

    def control(self, channel: str, method: str, what: str, body: object = None) -> Any:
        if channel not in self.doors:
            self.doors[channel] = httpx2.Client(base_url=f"{self.vendors[channel]}/_control/", trust_env=False)
        answer = self.doors[channel].request(method, what, json=body, timeout=20)
        answer.raise_for_status()
        return answer.json()

    def reset(self) -> None:
        """Vendors without messages, that hold their webhooks back and look at our clock."""
        for channel, vendor in CHANNELS.items():
            self.control(channel, "POST", "reset")
            address = f"{self.gate.address}/api/v1/webhooks/{vendor}"
            self.settings(channel, webhook=address, webhook_pauses=[0.02] * 20)
            self.control(channel, "POST", "webhooks", {"hold": True})
        self.began = self.clock()
        self.at(self.began)

    def settings(self, channel: str, **values: object) -> None:
        self.control(channel, "PUT", "settings", values)

    def arm(self, channel: str, kind: str, **more: object) -> None:
        self.control(channel, "POST", "faults", {"kind": kind, **more})

    def taken(self, channel: str) -> list[dict[str, Any]]:
        """What the vendor has accepted, oldest first."""
        return self.control(channel, "GET", "messages")["messages"][::-1]

    def told(self, **how: object) -> None:
        """The vendors tell everything they kept back; returns when each notice was taken (or is dead)."""
        for channel in CHANNELS:
            self.control(channel, "POST", "webhooks/release", how)
            while any(one["state"] == "waiting" for one in self.control(channel, "GET", "webhooks")["webhooks"]):
                time.sleep(0.01)
            self.control(channel, "POST", "webhooks", {"hold": True})

    # -- the way there ------------------------------------------------------------------------------------------

    def plug(self, *channels: str) -> None:
        """The vendors' own addresses again; for these channels one at which nobody listens."""
        address = {
            channel: oddserver.refused_address() if channel in channels else self.vendors[channel]
            for channel in CHANNELS
        }
        mail = http.client(
            "sendgrid", address["email"], headers={"Authorization": f"Bearer {KEY}"}, read_seconds=IMPATIENT
        )
        text = http.client("notifyre", address["sms"], headers={"x-api-token": TOKEN}, read_seconds=IMPATIENT)
        keys = vendor_settings.public_keys(self.public_key)
        self.senders["email"] = SendGrid(mail, "no-reply@mail.example.org", keys=keys)
        self.senders["sms"] = Notifyre(text, "20220711", "+18015550199", secrets=(SECRET,), per_second=0)

    def order(self) -> dict[str, Any]:
        """What a forked worker is told."""
        return {"vendors": self.vendors, "public_key": self.public_key, "now": self.clock().isoformat()}

    # -- ours ---------------------------------------------------------------------------------------------------

    def at(self, instant: datetime) -> None:
        """It is this time now, here and at the vendors."""
        self.clock.at = instant
        for channel in CHANNELS:
            self.settings(channel, clock_shift=instant.timestamp() - time.time())

    def next_day(self) -> None:
        """Nine in the morning of the next day that has not begun, nothing at the vendors, nobody still to be seen."""
        Appointment.objects.filter(state="booked").update(state="completed")
        day = local_date(self.clock(), DENVER) + timedelta(days=1)
        self.clock.at = first_instant(day, dt.time(9), DENVER)
        self.reset()

    def visit(self, **ahead: float) -> Appointment:
        """Booked three days ago for so much later than now, by another person each time, who agreed to texts."""
        self.people += 1
        now, location = self.clock(), Location.objects.get(code="video")
        booked = now - timedelta(days=3)
        person = Patient.objects.create(
            first_name="Robin",
            last_name="Fictional",
            date_of_birth="1990-01-01",
            email=self.email(),
            phone=self.phone(),
            state="UT",
            created_at=booked,
        )
        start = now + timedelta(**ahead)
        visit = Appointment.objects.create(
            state="booked",
            provider=Provider.objects.first(),
            location=location,
            visit_type=VisitType.objects.first(),
            patient=person,
            slot_ehr_id=f"slot-{self.people}",
            athena_appt_id=f"visit-{self.people}",
            start=start,
            end=start + timedelta(hours=1),
            time_zone=location.time_zone,
            place_state="UT",
            created_at=booked,
            booked_at=booked,
        )
        for kind in ("sms", "email"):
            Consent.objects.create(
                patient=person, appointment=visit.pk, kind=kind, state="given", source="widget", decided_at=booked
            )
        return visit

    def lead(self) -> UUID:
        """Somebody whose insurance was not taken, and is now: to be invited, by both channels."""
        self.people += 1
        given = LeadInput.model_validate(
            {
                "email": self.email(),
                "phone": self.phone(),
                "payer": "basin",
                "reason": "effective_date_over_30_days",
                "consent": {"email": True, "sms": True, "version": "1"},
            }
        )
        return create_lead(given, by_hand=False, actor=PUBLIC, now=self.clock())

    def email(self) -> str:
        """Of the last person."""
        return f"pat{self.people}@example.org"

    def phone(self) -> str:
        return f"+1801555{100 + self.people % 100:04}" if self.people < 100 else f"+1385555{100 + self.people % 100:04}"

    def tell(self, topic: str, subject: object, version: int = 0) -> None:
        with transaction.atomic():
            emit(topic, str(subject), version)

    def work(self) -> None:
        """Every sweep once, then every job that is due, until none is."""
        for each in all_sweeps():
            if each.name.startswith(OURS):
                each.run(self.clock())
        while self._job():
            pass

    def _job(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, [self.clock(), [f"{name}%" for name in OURS]])
            found = cursor.fetchone()
        if found is None:
            return False
        number, name, arguments = found
        app.tasks[name](**(json.loads(arguments) if isinstance(arguments, str) else arguments))
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [number])
        return True

    def until_due(self) -> bool:
        """Move the clock to the next instant at which there is something to do; False when there is none."""
        now = self.clock()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT min(scheduled_at) FROM procrastinate_jobs WHERE status = 'todo' AND task_name LIKE ANY(%s)",
                [[f"{name}%" for name in OURS]],
            )
            (job,) = cursor.fetchone()
        open_messages = Message.objects.filter(state__in=["queued", "sending"])
        due = [
            job,
            open_messages.aggregate(at=Min(F("next_at") + OVERDUE))["at"],
            VendorNotice.objects.aggregate(at=Min(F("next_at") + OVERDUE))["at"],
            OutboxDelivery.objects.filter(done_at=None).aggregate(at=Min("next_at"))["at"],
        ]
        first = min((at for at in due if at is not None), default=None)
        if first is None:
            return False
        self.at(max(first, now + timedelta(seconds=1)))
        return True

    def settle(self, *, webhooks: bool = True) -> None:
        """Let the worker work at every hour at which there is something to do, and the vendors tell what they know."""
        for _ in range(300):
            self.work()
            if webhooks:
                self.told()
                self.work()
            if not self.until_due():
                return
        raise AssertionError(f"never settled: {list(Message.objects.values_list('kind', 'channel', 'state', 'error'))}")

    # -- what must be true in the end ---------------------------------------------------------------------------

    def ended(self) -> str:
        """How the messages of this case ended, and how many each vendor took."""
        said = []
        for channel, vendor in CHANNELS.items():
            rows = self._rows(channel)
            states = Counter(row.state if row.state == "sent" else f"{row.state} ({row.error})" for row in rows)
            told = ", ".join(f"{number} {state}" for state, number in sorted(states.items())) or "nothing"
            said.append(f"{vendor} {told}, took {len(self.taken(channel))}")
        return "; ".join(said)

    def check(self) -> None:
        """Each message of this case is exactly once at its vendor, or visibly given up."""
        for channel in CHANNELS:
            taken = Counter(_our_id(message) for message in self.taken(channel))
            rows = self._rows(channel)
            assert taken.keys() <= {str(row.pk) for row in rows}, "the vendor has a message we never promised"
            for row in rows:
                times = taken[str(row.pk)]
                assert row.next_at is None, f"{row.kind} is still {row.state}"
                assert row.state in {"sent", "failed", "suppressed"}
                assert times <= 1, f"{row.kind} left {times} times"
                assert row.state != "sent" or times == 1, f"{row.kind} is called sent and never left"
                assert row.state != "suppressed" or times == 0, f"{row.kind} is called withheld and left"
                assert row.state != "failed" or _has_task(row), f"{row.kind} was given up silently"
            contacts = Counter((row.event, row.recipient) for row in rows)
            assert not contacts or max(contacts.values()) == 1, "two messages of one event to one contact"
        open_tries = Attempt.objects.filter(outcome=Attempt.Outcome.UNDER_WAY)
        unended = list(open_tries.values_list("message__channel", "message__state", "message__error", "number"))
        assert not unended, f"a try never ended: {unended}"

    def _rows(self, channel: str) -> list[Message]:
        return list(Message.objects.filter(channel=channel, created_at__gte=self.began).order_by("created_at", "kind"))


def _our_id(message: dict[str, Any]) -> str:
    return str((message.get("custom_args") or message.get("metadata"))["outbox_id"])


def _has_task(row: Message) -> bool:
    return (
        row.kind in {"code", "reply"}
        or Task.objects.filter(kind__in=["message_failed", "contact_bounced"], subject__endswith=row.subject).exists()
    )


@contextmanager
def message_scene(vendors: dict[str, str], gate: Gate) -> Iterator[MessageScene]:
    """The small practice, on a Monday at nine in Denver, and fresh vendors."""
    scene = MessageScene(vendors, public_key(vendors["email"]), gate)
    load(PRACTICE, actor=SYSTEM, now=scene.clock(), anchor=MONDAY)
    scene.reset()
    scene.plug()
    with standing(scene):
        yield scene


@contextmanager
def vendors() -> Iterator[dict[str, str]]:
    """Both simulators as processes of their own; the webhook's secret is theirs by environment."""
    with ExitStack() as stack:
        with patch.dict("os.environ", {"SIM_NOTIFYRE_WEBHOOK_SECRET": SECRET}):
            mail = stack.enter_context(running("simulators.sendgrid", "--api-key", KEY))
            text = stack.enter_context(running("simulators.notifyre", "--api-token", TOKEN))
        yield {"email": mail, "sms": text}


def public_key(address: str) -> str:
    path = "/v3/user/webhooks/event/settings/signed"
    answer = httpx2.get(address + path, headers={"Authorization": f"Bearer {KEY}"}, trust_env=False)
    return str(answer.json()["public_key"])


_scene: MessageScene | None = None


def current_email() -> Any:
    """The factory of the settings while a scene stands."""
    return _scene.senders["email"]


def current_sms() -> Any:
    return _scene.senders["sms"]


@contextmanager
def standing(scene: MessageScene) -> Iterator[None]:
    """Until the block ends the program sends through this scene's adapters, by its clock."""
    global _scene  # noqa: PLW0603  the settings name a factory without arguments
    from django.conf import settings

    _scene = scene
    names = {"EMAIL_FACTORY": f"{__name__}.current_email", "SMS_FACTORY": f"{__name__}.current_sms"}
    before = {name: getattr(settings, name) for name in names}
    for name, value in names.items():
        setattr(settings, name, value)
    try:
        with patch.object(clock, "now", scene.clock):
            yield
    finally:
        for name, value in before.items():
            setattr(settings, name, value)
        _scene = None
