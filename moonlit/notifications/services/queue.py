"""What an event about a visit has to tell, and to whom (rules 4.11, 6.2-6.4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.booking.link_queries import CodeAsked, code_asked
from moonlit.booking.models import Appointment
from moonlit.domain.zones import local_date
from moonlit.notifications.audience import Heard, Recipient, of_visit
from moonlit.notifications.contact_queries import is_stopped
from moonlit.notifications.hours import next_civil
from moonlit.notifications.kinds import ABOUT_VISITS, NO_TASK, OF_A_TIME, OWNED, Kind
from moonlit.notifications.language import spoken
from moonlit.notifications.models import Message, Notice
from moonlit.notifications.services.promise import decide, promise, settle
from moonlit.notifications.services.state import tell_staff
from moonlit.notifications.services.withhold import untrue_of_visit, useless_from, zones_of_visit
from moonlit.notifications.truth import TOO_LATE
from moonlit.people.queries import code_way, reachable
from moonlit.platform.ratelimit import allow
from moonlit.practice.queries import message_owner

CODES_AT_ONCE = 5
CODES_REFILL = 12 * 3600.0
"""Codes to one contact, whatever visits and links they are about, and the seconds in which they refill."""

Outcome = Notice.Outcome


def queue_visit_message(
    topic: str,
    appointment_id: UUID,
    version: int,
    *,
    actor: Actor,
    now: datetime,
    not_before: datetime | None = None,
    occasion: UUID | None = None,
) -> Notice.Outcome | None:
    """Decide, once for each topic and version, whom to tell what a version of a visit has to tell: a message to each
    who is to hear, due at `not_before` or at once, a text in civil hours. None: it was decided before. `occasion`: what
    is told once for itself, not once for the version.

    Nothing when it is not true, comes too late, or the EHR owns this kind of message (rules 6.2). When nobody can be
    told, staff are asked to, unless it is one of the kinds that are not worth a call. Raises KeyError for a topic that
    is none of `ABOUT_VISITS`, Appointment.DoesNotExist.
    """
    told = ABOUT_VISITS[topic]
    visit = Appointment.objects.select_related("visit_type").get(pk=appointment_id)
    with transaction.atomic():
        notice = decide(
            f"{topic}:{occasion or visit.pk}:{version}",
            told.kind,
            visit.pk,
            now=now,
            version=version,
            visit_start=visit.start,
        )
        if notice is None:
            return None
        if owner := _other_owner(told.kind):
            return settle(notice, Outcome.NOT_OURS, owner)
        if untrue := untrue_of_visit(topic, visit, version, visit.start, now):
            return settle(notice, Outcome.TOO_LATE if untrue == TOO_LATE else Outcome.STALE, untrue)
        if told.kind in OF_A_TIME and _told_of_this_time(topic, notice):
            return settle(notice, Outcome.STALE, "told_already")
        if visit.patient_id is None:
            return settle(notice, Outcome.NOBODY, "no_contact")
        people = reachable(visit.pk, visit.patient_id, topic=told.topic)
        heard = of_visit(people, is_stopped)
        if not heard.recipients:
            if told.kind not in NO_TASK:
                visit_date = local_date(visit.start, visit.time_zone)
                tell_staff(f"appointment:{visit.pk}", visit_date=visit_date, actor=actor, now=now)
            return settle(notice, Outcome.NOBODY, heard.why)
        due = max(now, not_before or now)

        def rings(recipient: Recipient) -> datetime:
            by_text = recipient.channel == Message.Channel.SMS
            return next_civil(due, zones_of_visit(visit, people.state)) if by_text else due

        return promise(
            notice,
            heard.recipients,
            language=spoken(people.language, now),
            rings=rings,
            now=now,
            useless_at=useless_from(told, visit.start, visit.time_zone),
        )


def queue_code(code_id: UUID, *, now: datetime) -> None:
    """Promise the message for a code that was asked for; nothing when no contact for the channel is on file."""
    with transaction.atomic():
        asked = code_asked(code_id, now)
        if asked is None:
            return
        visit = Appointment.objects.select_related("patient").get(pk=asked.appointment)
        if visit.patient is None:
            return
        notice = decide(f"code.requested:{code_id}:0", Kind.CODE, visit.pk, now=now, version=visit.version)
        if notice is None:
            return
        heard = _of_code(visit, asked)
        if not heard.recipients:
            settle(notice, Outcome.NOBODY, heard.why)
            return
        contact = heard.recipients[0].contact
        # Whoever books with a stranger's number must not make it ring: so many codes reach one contact, and no more.
        if not allow(f"code|contact|{contact}", capacity=CODES_AT_ONCE, per_seconds=CODES_REFILL, now=now):
            settle(notice, Outcome.ENOUGH)
            return
        promise(
            notice,
            heard.recipients,
            language=spoken(visit.patient.language, now),
            rings=lambda _recipient: now,
            now=now,
            asked_code=code_id,
        )


def _of_code(visit: Appointment, asked: CodeAsked) -> Heard:
    """One contact at most: what was asked for, over the channel that was asked for."""
    way = code_way(visit.pk, visit.patient_id, channel=asked.channel, holder=asked.holder)
    if not way.contact:
        return Heard((), way.why)
    if is_stopped(asked.channel, way.contact):
        return Heard((), "stopped_contact")
    audience = Message.Audience.BOOKER if asked.holder == "booker" else Message.Audience.PATIENT
    return Heard((Recipient(audience, Message.Channel(asked.channel), way.contact),))


def _other_owner(kind: Kind) -> str:
    """The owner, ehr or none, when the practice leaves this kind to another (rules 6.2); "" when it is ours."""
    owner = message_owner(kind) if kind in OWNED else "moonlit"
    return "" if owner == "moonlit" else owner


def _told_of_this_time(topic: str, notice: Notice) -> bool:
    """Whether the same was promised for the same start, in another version of the visit."""
    same = Notice.objects.filter(subject=notice.subject, visit_start=notice.visit_start, outcome=Outcome.PROMISED)
    return same.filter(event__startswith=f"{topic}:").exclude(pk=notice.pk).exists()
