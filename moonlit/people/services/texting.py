"""Consent to texts, taken back or given again by a word sent to our number: for everyone who uses that number."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.people.models import Consent
from moonlit.people.reach import ids_with_number

BY_REPLY = "reply"
"""`Consent.source` of what such a word decided."""


def revoke_texts(number_index: bytes, *, actor: Actor, now: datetime) -> int:
    """STOP: every consent to texts of the people with this number is taken back; how many were.

    `number_index` is `phone_index` of the E.164 number. Twice changes nothing.
    """
    return _move(number_index, Consent.State.GIVEN, Consent.State.REVOKED, {}, actor=actor, now=now)


def permit_texts(number_index: bytes, *, actor: Actor, now: datetime) -> int:
    """START: what such a word took back is given again, to the wording agreed to then; how many consents.

    Who never agreed to texts does not by this: the word only undoes the other.
    """
    by_word = {"source": BY_REPLY}
    return _move(number_index, Consent.State.REVOKED, Consent.State.GIVEN, by_word, actor=actor, now=now)


def _move(
    number_index: bytes,
    old: Consent.State,
    new: Consent.State,
    only: dict[str, str],
    *,
    actor: Actor,
    now: datetime,
) -> int:
    with transaction.atomic():
        rows = Consent.objects.filter(kind="sms", state=old, patient__in=ids_with_number(number_index), **only)
        visits = list(rows.values_list("pk", "appointment"))
        for pk, appointment in visits:
            if Consent.objects.filter(pk=pk, state=old).update(state=new, source=BY_REPLY, decided_at=now):
                facts = {"kinds": ["sms"], "state": new.value, "source": BY_REPLY}
                record(Verb.CONSENT_RECORDED, actor=actor, subject=f"appointment:{appointment}", facts=facts)
    return len(visits)
