"""People's texts to our number: kept once, understood, answered once; a STOP counts in the same transaction.

The person's last word counts, by the vendor's clock: a STOP that arrives late does not undo the START sent after it.
One number has one task for staff, whatever it writes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.domain.business_time import add_business_time, end_of_business_day
from moonlit.domain.stop_words import Meaning, Said, read
from moonlit.domain.zones import local_date
from moonlit.notifications.contact_queries import NEAR, near_visits
from moonlit.notifications.kinds import Kind
from moonlit.notifications.models import Message, Reply, StoppedContact
from moonlit.notifications.port import NotReached, TextReceived, get_sms
from moonlit.notifications.services.contacts import resume_contact, stop_contact
from moonlit.notifications.services.deliveries import ask_for_contact
from moonlit.notifications.services.queue_others import queue_reply
from moonlit.notifications.services.state import withheld
from moonlit.notifications.services.withhold import STOPPED
from moonlit.people.queries import people_with_number
from moonlit.people.services import permit_texts, phone_index, revoke_texts
from moonlit.platform.db import advisory_lock
from moonlit.platform.log import get_logger
from moonlit.platform.ratelimit import allow
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.queries import open_subjects
from moonlit.worklist.services import bring_forward, close_task, open_task

log = get_logger(__name__)

SOON = timedelta(hours=1)
"""Office time in which somebody asks whether the visit was meant."""
STOP_ANSWERED_WITHIN = timedelta(minutes=5)
"""The one confirmation may be sent so long after a stop (47 CFR 64.1200(a)(12)); an older one just holds."""
ANSWERED_WITHIN = timedelta(hours=1)
FREE_ANSWERS_EVERY = 24 * 3600.0
POLLED_BACK = timedelta(days=2)
"""How far back replies are asked for that no webhook brought."""

SMS = Message.Channel.SMS


def take_in(told: TextReceived, vendor: str, *, now: datetime) -> bool:
    """Keep what somebody wrote and do what it asks. False: we had it, nothing is done."""
    actor = Actor("vendor", vendor)
    index = phone_index(told.sender)
    with transaction.atomic():
        advisory_lock("stopped-contact", index.hex())
        if Reply.objects.filter(vendor=vendor, reply_id=told.reply_id).exists():
            return False
        said = read(told.text)
        if said.meaning is Meaning.START and not told.dated:
            said = Said(Meaning.FREE)  # nobody knows whether a STOP came after it: for a person to read
        reply = Reply(
            id=uuid4(),
            vendor=vendor,
            reply_id=told.reply_id,
            sender=told.sender,
            sender_index=index,
            text=told.text,
            meaning=said.meaning,
            said_at=told.said_at,
            received_at=now,
        )
        reply.save(force_insert=True)
        record(Verb.REPLY_RECEIVED, actor=actor, subject=f"reply:{reply.pk}", facts={"meaning": said.meaning})
        if said.meaning is Meaning.STOP:
            _stop(reply, said, index, actor=actor, now=now)
        elif said.meaning is Meaning.START:
            _start(reply, said, index, actor=actor, now=now)
        elif said.meaning is Meaning.HELP:
            _answer(reply, "help", said, index, now=now)
        else:
            _free(reply, said, index, actor=actor, now=now)
    return True


def take_in_missed(*, now: datetime) -> int:
    """Ask the vendor for what people wrote lately and no webhook brought; how many were new. A lost STOP must not be.

    Nothing when the vendor does not answer: it is asked again in a few minutes. One that stumbles keeps no other out.
    """
    sender = get_sms()
    try:
        told = sender.replies_since(now - POLLED_BACK, now=now)
    except NotReached as fault:
        log.warning("replies_not_read", vendor=sender.name, code=fault.code)
        return 0
    return sum(_take_in_one(each, sender.name, now=now) for each in sorted(told, key=lambda each: each.said_at))


def _take_in_one(told: TextReceived, vendor: str, *, now: datetime) -> bool:
    try:
        return take_in(told, vendor, now=now)
    except Exception as fault:  # noqa: BLE001  a STOP behind it must be heard
        log.error("reply_not_taken_in", vendor=vendor, error=type(fault).__name__)
        return False


def mark_read(reply_id: UUID, *, until: datetime | None = None, actor: Actor, now: datetime) -> bool:
    """Somebody has read it, with what else came from its number until `until` (None: until itself), and done what it
    asks for. The task of the number closes; one opens again for what came since. False: read before, or unknown.
    """
    with transaction.atomic():
        row = Reply.objects.filter(pk=reply_id).first()
        if row is None:
            return False
        index = bytes(row.sender_index)
        advisory_lock("stopped-contact", index.hex())
        unread = Reply.objects.filter(sender_index=index, read_at=None)
        if not unread.filter(pk=reply_id).exists():
            return False
        seen = unread.filter(Q(received_at__lte=until or row.received_at) | Q(pk=reply_id))
        marked = seen.update(read_at=now, read_by=actor.id)
        record(Verb.REPLY_READ, actor=actor, subject=f"reply:{reply_id}", facts={"marked": True, "texts": marked})
        if task := _reading_task(index):
            close_task(TaskKind.REPLY_TO_READ, subject=task, outcome=TaskOutcome.DONE, actor=actor, now=now)
        for later in unread.order_by("received_at", "id"):
            said = read(later.text)
            if said.to_read or said.about_visit:
                _ask_to_read(later, said, index, actor=actor, now=now)
    return True


def _stop(reply: Reply, said: Said, index: bytes, *, actor: Actor, now: datetime) -> None:
    if said.to_read:
        _ask_to_read(reply, said, index, actor=actor, now=now)
    # Asked each time, and whatever was said since: somebody who is stopped already and writes CANCEL means the visit.
    _ask_about_visits(said, index, actor=actor, now=now)
    started = Reply.objects.filter(sender_index=index, meaning=Reply.Meaning.START, said_at__gt=reply.said_at)
    if started.exists():
        return
    new = stop_contact(SMS, reply.sender, StoppedContact.Reason.STOP_WORD, said.wording, actor=actor, now=now)
    revoke_texts(index, actor=actor, now=now)
    if new:
        _withhold_waiting(index, actor=actor)
        _answer(reply, "stopped", said, index, now=now)
    elif said.about_visit:
        _ask_to_read(reply, said, index, actor=actor, now=now)


def _withhold_waiting(index: bytes, *, actor: Actor) -> None:
    """What waits for its hour shows from now on that it will not be sent. A row that somebody holds this moment is
    passed over, or two would wait for each other: it is judged once more before it leaves.
    """
    waiting = Message.objects.filter(channel=SMS, recipient_index=index, state=Message.State.QUEUED)
    for message in waiting.exclude(kind=Kind.REPLY).select_for_update(skip_locked=True):
        withheld(message, STOPPED, actor=actor)


def _start(reply: Reply, said: Said, index: bytes, *, actor: Actor, now: datetime) -> None:
    stopped = Reply.objects.filter(sender_index=index, meaning=Reply.Meaning.STOP, said_at__gte=reply.said_at)
    if stopped.exists():
        return
    resume_contact(SMS, reply.sender, actor=actor, now=now)
    permit_texts(index, actor=actor, now=now)
    _answer(reply, "started", said, index, now=now)


def _free(reply: Reply, said: Said, index: bytes, *, actor: Actor, now: datetime) -> None:
    _ask_to_read(reply, said, index, actor=actor, now=now)
    if said.wrong_number:
        reason = StoppedContact.Reason.UNREACHABLE
        if stop_contact(SMS, reply.sender, reason, "wrong number", actor=actor, now=now):
            _withhold_waiting(index, actor=actor)
            _answer(reply, "stopped", said, index, now=now)
            near = near_visits(index, now)
            for subject in [f"appointment:{visit.pk}" for visit in near] or [f"reply:{reply.pk}"]:
                ask_for_contact(subject, actor=actor, now=now)
    elif allow(f"reply|free|{index.hex()}", capacity=1, per_seconds=FREE_ANSWERS_EVERY, now=now):
        _answer(reply, "free", said, index, now=now)


def _answer(reply: Reply, what: str, said: Said, index: bytes, *, now: datetime) -> None:
    until = reply.said_at + (STOP_ANSWERED_WITHIN if what == "stopped" else ANSWERED_WITHIN)
    if now <= until:
        queue_reply(reply.pk, reply.sender, what, _language(said, index), until=until, now=now)


def _language(said: Said, index: bytes) -> str:
    """That of the word; else that of the people with this number. Whether it is published is asked when it is sent."""
    if said.language == "es":
        return "es"
    languages = {patient.language.partition("-")[0] for patient in people_with_number(index)}
    return "es" if languages == {"es"} else "en"


def _ask_about_visits(said: Said, index: bytes, *, actor: Actor, now: datetime) -> None:
    """Did they mean the visit (rules 6.4)? Asked of the front desk, soon; of CANCEL however far the visit is."""
    for visit in near_visits(index, now, within=None if said.about_visit else NEAR):
        open_task(
            TaskKind.STOP_OR_CANCEL,
            subject=f"appointment:{visit.pk}",
            team=Team.FRONT_DESK,
            due=min(add_business_time(now, SOON, office()), visit.start),
            visit_date=local_date(visit.start, visit.time_zone),
            actor=actor,
            now=now,
        )


def _ask_to_read(reply: Reply, said: Said, index: bytes, *, actor: Actor, now: datetime) -> None:
    """One number has one such task, about the first text that waits: whoever texts a hundred times fills no list."""
    due = add_business_time(now, SOON, office()) if said.about_visit else end_of_business_day(now, office())
    if task := _reading_task(index):
        bring_forward(TaskKind.REPLY_TO_READ, subject=task, due=due)
        return
    open_task(
        TaskKind.REPLY_TO_READ,
        subject=f"reply:{reply.pk}",
        team=Team.FRONT_DESK,
        due=due,
        visit_date=None,
        actor=actor,
        now=now,
    )


def _reading_task(index: bytes) -> str:
    """The subject of the open task to read what this number wrote; "" when there is none."""
    about = [UUID(subject.partition(":")[2]) for subject in open_subjects(TaskKind.REPLY_TO_READ)]
    found = Reply.objects.filter(pk__in=about, sender_index=index).values_list("pk", flat=True).first()
    return f"reply:{found}" if found else ""
