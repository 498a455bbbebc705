"""A code to a contact on file, and the session it opens (rules 4.10). A link alone changes nothing.

The code gets its value when the message that carries it is about to leave; the plain value is never stored, and the
table holds a keyed hash. Whoever guesses has five tries, counted before they are judged.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment, ManageLink, ManageSession, OneTimeCode
from moonlit.booking.services.links import living_link
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.people.queries import code_contact
from moonlit.people.services import email_index, phone_index
from moonlit.platform.crypto.blind import blind_index
from moonlit.platform.outbox import emit
from moonlit.platform.ratelimit import allow
from moonlit.platform.tokens import new_token, token_hash

CODE_LIVES = timedelta(minutes=10)
"""From the moment it is worded; and a message may be worded no later than this after it was asked for."""
MOST_TRIES = 5
SESSION_LIVES = timedelta(minutes=20)
DIGITS = 6
LINK_LIMIT = (3, 15 * 60)
"""Codes at once through one link, and the seconds in which they refill."""
VISIT_LIMIT = (5, 12 * 3600)
"""The same for all links of a visit: nobody's phone rings ten times because somebody holds a link."""
FORGOTTEN_AFTER = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Session:
    token: str
    """Shown once."""
    expires_at: datetime


class CodeLimit(Refused):
    """Too many codes were asked for; `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(RefusalCode.RATE_LIMITED, "These were many codes at once. Please wait before the next one.")
        self.retry_after = retry_after


def request_code(token: str, channel: str, *, actor: Actor, now: datetime) -> None:
    """Have a code sent over the channel, email or sms; the one asked for before through this link dies.

    The answer, and the work until it, is the same whether or not a contact for the channel is on file: the message
    finds out. Raises Refused: `not_found` for a link that does not live, CodeLimit.
    """
    with transaction.atomic():
        link = _living_and_locked(token, now)
        _spare_the_person(link, now)
        OneTimeCode.objects.filter(link=link, ended_at=None).update(ended_at=now)
        asked = OneTimeCode.objects.create(link=link, channel=OneTimeCode.Channel(channel), asked_at=now)
        record(
            Verb.CODE_REQUESTED, actor=actor, subject=f"appointment:{link.appointment_id}", facts={"channel": channel}
        )
        emit("code.requested", asked.pk)


def mint_code(code_id: UUID, *, now: datetime) -> str | None:
    """A value for a code that was asked for, or a new one in its place; None when it is no longer wanted.

    Must run inside the transaction that marks its message as leaving. Tries already made stay counted.
    """
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    wanted = OneTimeCode.objects.filter(
        pk=code_id,
        ended_at=None,
        tries__lt=MOST_TRIES,
        asked_at__gt=now - CODE_LIVES,
        link__revoked_at=None,
        link__expires_at__gt=now,
    )
    minted = wanted.update(code_hash=_code_hash(code_id, code), expires_at=now + CODE_LIVES)
    return code if minted else None


def verify_code(token: str, code: str, *, actor: Actor, now: datetime) -> Session:
    """The session that the code of this link opens. The code is used up.

    Raises Refused: `not_found` for a link that does not live, `code_invalid` in one sentence for a code that is wrong,
    expired, used, guessed too often or was never sent. Not inside a transaction that a refusal rolls back: the try
    counts.
    """
    with transaction.atomic():
        session = _judge(_living_and_locked(token, now), code, actor=actor, now=now)
    if session is None:
        detail = "This code does not fit, or it is too old. Please check it, or ask for a new one."
        raise Refused(RefusalCode.CODE_INVALID, detail)
    return session


def session_for(token: str, session_token: str, now: datetime) -> UUID | None:
    """The appointment that this session of this link may change; None for a wrong or dead one. Writes nothing."""
    living = ManageSession.objects.filter(
        token_hash=token_hash(session_token),
        expires_at__gt=now,
        link__token_hash=token_hash(token),
        link__purpose=ManageLink.Purpose.MANAGE,
        link__revoked_at=None,
        link__expires_at__gt=now,
    )
    return living.values_list("link__appointment_id", flat=True).first()


def proven_contact(session_token: str) -> bytes:
    """Blind index of the contact that this session's code went to; empty when nothing is known of it."""
    found = ManageSession.objects.filter(token_hash=token_hash(session_token)).values_list("contact_index", flat=True)
    return bytes(found.first() or b"")


def session_ends(session_token: str) -> datetime | None:
    """When this session closes by itself; None for one that is not known."""
    return (
        ManageSession.objects.filter(token_hash=token_hash(session_token)).values_list("expires_at", flat=True).first()
    )


def end_session(token: str, session_token: str) -> None:
    """Forget a session at once: the person has finished."""
    ManageSession.objects.filter(token_hash=token_hash(session_token), link__token_hash=token_hash(token)).delete()


def purge_codes(now: datetime) -> int:
    """Delete codes and sessions that ended two days ago; how many there were."""
    codes, _ = OneTimeCode.objects.filter(asked_at__lt=now - FORGOTTEN_AFTER).delete()
    sessions, _ = ManageSession.objects.filter(expires_at__lt=now - FORGOTTEN_AFTER).delete()
    return codes + sessions


def _living_and_locked(token: str, now: datetime) -> ManageLink:
    """The link, locked: what is asked for and guessed through it goes one at a time, and it cannot be revoked yet."""
    found = living_link(token, now)
    link = found and ManageLink.objects.select_for_update().filter(pk=found.pk, revoked_at=None).first()
    if link is None:
        raise Refused(RefusalCode.NOT_FOUND, "There is nothing here, or it is not yours to see.")
    return link


def _spare_the_person(link: ManageLink, now: datetime) -> None:
    for bucket, (capacity, seconds) in (
        (f"code|link|{link.pk}", LINK_LIMIT),
        (f"code|visit|{link.appointment_id}", VISIT_LIMIT),
    ):
        if not (verdict := allow(bucket, capacity=capacity, per_seconds=seconds, now=now)):
            raise CodeLimit(verdict.retry_after)


def _judge(link: ManageLink, code: str, *, actor: Actor, now: datetime) -> Session | None:
    live = OneTimeCode.objects.filter(link=link, ended_at=None, expires_at__gt=now)
    counted = live.filter(tries__lt=MOST_TRIES).update(tries=F("tries") + 1)
    row = live.first() if counted else None
    expected = bytes(row.code_hash) if row and row.code_hash else b""
    given = _code_hash(row.pk if row else link.pk, code)
    right = hmac.compare_digest(given, expected)
    if row is None or not right or not live.filter(pk=row.pk, code_hash=expected).update(ended_at=now):
        record(Verb.CODE_REFUSED, actor=actor, subject=f"appointment:{link.appointment_id}")
        return None
    session = Session(new_token(), now + SESSION_LIVES)
    ManageSession.objects.create(
        link=link,
        token_hash=token_hash(session.token),
        contact_index=_contact_index(link, row.channel),
        created_at=now,
        expires_at=session.expires_at,
    )
    record(Verb.SESSION_OPENED, actor=actor, subject=f"appointment:{link.appointment_id}")
    return session


def _contact_index(link: ManageLink, channel: str) -> bytes | None:
    patient = Appointment.objects.values_list("patient_id", flat=True).get(pk=link.appointment_id)
    contact = code_contact(link.appointment_id, patient, channel=channel, holder=link.holder) if patient else ""
    if not contact:
        return None
    return email_index(contact) if channel == OneTimeCode.Channel.EMAIL else phone_index(contact)


def _code_hash(code_id: UUID, code: str) -> bytes:
    return blind_index("booking.code", f"{code_id}:{code}")
