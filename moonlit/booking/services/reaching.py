"""How the person of a visit wants to be written to: chosen behind the link, or asked for of staff."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.booking.models import Appointment
from moonlit.booking.services.links import revoke_all_links
from moonlit.booking.services.signing import sign_consents
from moonlit.domain.consents import Signer
from moonlit.domain.reaching import Channel
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.people.models import MessagePreference, Patient
from moonlit.people.reach import other_rows
from moonlit.people.services import (
    Choice,
    end_confidential_contact,
    set_confidential_contact,
    set_preferences,
)

FOR_PATIENT, FOR_BOOKER = "patient", "booker"


def choose_messages(
    appointment_id: UUID,
    choices: Iterable[Choice],
    *,
    by: Signer,
    agreed: Mapping[str, str],
    proven: bytes,
    actor: Actor,
    now: datetime,
) -> None:
    """Store what somebody chose behind the visit's link. `agreed`: kind of consent (sms, email) -> version read, where
    choosing a channel agrees to it. `proven`: as for `people.services.set_preferences`.

    Who booked for the patient chooses only about the messages to themselves, and agrees to nothing (rules 4.11).
    Raises Refused: `not_found` for a visit without patient, and as `sign_consents`.
    """
    patient_id = _patient_of(appointment_id)
    for_booker = by is Signer.REPRESENTATIVE
    with transaction.atomic():
        if agreed and not for_booker:
            sign_consents(appointment_id, agreed, signer=by, actor=actor, now=now)
        set_preferences(
            patient_id,
            choices,
            source=MessagePreference.Source.LINK,
            decided_by=FOR_BOOKER if for_booker else FOR_PATIENT,
            proven=proven,
            actor=actor,
            now=now,
        )


def record_told(appointment_id: UUID, choice: Choice, *, actor: Actor, now: datetime) -> bool:
    """Store what the patient told staff about messages. False: it stood so already. Raises Refused (`not_found`)."""
    told = MessagePreference.Source.STAFF
    patient_id = _patient_of(appointment_id)
    return bool(set_preferences(patient_id, [choice], source=told, decided_by=actor.id, actor=actor, now=now))


def ask_confidential(
    appointment_id: UUID,
    channel: Channel,
    *,
    address: str = "",
    no_voicemail: bool = False,
    note: str = "",
    reason: str = "",
    actor: Actor,
    now: datetime,
) -> None:
    """Reach the person of this visit in one way only. Every link to any of the person's visits that was given out
    before ends with it: those in messages, and those of status pages, whoever has them open.

    The rest as for `people.services.set_confidential_contact`. Raises Refused (`not_found`) for a visit without
    patient, ValueError when there is no address for the channel.
    """
    patient_id = _patient_of(appointment_id)
    people = [patient_id, *other_rows(Patient.objects.get(pk=patient_id)).values_list("pk", flat=True)]
    with transaction.atomic():
        # Locked first: a message about to leave has its link by now, or is judged by the new request.
        visits = Appointment.objects.select_for_update(no_key=True).filter(patient__in=people).order_by("pk")
        to_end = list(visits.values_list("pk", flat=True))
        set_confidential_contact(
            patient_id,
            channel,
            address=address,
            no_voicemail=no_voicemail,
            note=note,
            reason=reason,
            actor=actor,
            now=now,
        )
        for visit in to_end:
            revoke_all_links(visit, actor=actor, now=now)


def end_confidential(appointment_id: UUID, *, reason: str = "", actor: Actor, now: datetime) -> bool:
    """The patient of this visit takes the request back. False: there is none. Raises Refused (`not_found`)."""
    return end_confidential_contact(_patient_of(appointment_id), reason=reason, actor=actor, now=now)


def _patient_of(appointment_id: UUID) -> UUID:
    found = Appointment.objects.filter(pk=appointment_id, patient__isnull=False).values_list("patient", flat=True)
    if (patient := found.first()) is None:
        raise Refused(RefusalCode.NOT_FOUND, "There is no such visit.")
    return patient
