"""Consents of one visit, signed after the booking: through the verified link, or before staff (rules 4.11)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.booking.models import Appointment, ManageLink
from moonlit.booking.services.chart_writes import forms_signed
from moonlit.booking.services.readiness import review_readiness_of
from moonlit.domain.consents import Signer, consents_needed
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.people.queries import proves_the_patient
from moonlit.people.services import sign
from moonlit.people.signing_queries import OpenSignatures, open_signatures
from moonlit.platform.tokens import token_hash
from moonlit.practice.documents import documents_in_force
from moonlit.practice.queries import today

_OURS = Appointment.objects.filter(origin=Appointment.Origin.MOONLIT, patient__isnull=False)


def sign_consents(
    appointment_id: UUID,
    versions: Mapping[str, str],
    *,
    signer: Signer,
    contacts: Collection[UUID] = (),
    actor: Actor,
    now: datetime,
) -> None:
    """Record what was signed for a visit: consent kind -> the version read, and contacts who may now be told.

    What is signed goes on to the chart. Signing again what is signed changes nothing. Raises Refused: `not_found`,
    `forbidden` for somebody who may not agree for this patient, `consent_missing` for a text that has changed.
    """
    row = _OURS.filter(pk=appointment_id).first()
    if row is None:
        raise Refused(RefusalCode.NOT_FOUND, "There is no such visit.")
    with transaction.atomic():
        changed = sign(
            row.pk,
            row.patient_id,
            versions,
            signer=signer,
            documents=documents_in_force(),
            contacts=contacts,
            source="staff" if actor.kind == "staff" else "link",
            today=today(now),
            actor=actor,
            now=now,
        )
        if changed:
            forms_signed(row.pk, now=now)
            review_readiness_of(row.pk, now=now)


def signer_of(token: str) -> Signer:
    """Who comes with a manage link once its code is entered. The caller has checked the session."""
    link = ManageLink.objects.select_related("appointment").get(token_hash=token_hash(token))
    visit = link.appointment
    if visit.patient_id is None or proves_the_patient(visit.pk, visit.patient_id, holder=link.holder):
        return Signer.PATIENT
    return Signer.REPRESENTATIVE


def to_be_signed(appointment_id: UUID) -> OpenSignatures:
    """What can still be signed for a visit; nothing for one made in the EHR: it is signed there."""
    row = _OURS.select_related("location").filter(pk=appointment_id).first()
    if row is None:
        return OpenSignatures((), ())
    texts = documents_in_force()
    kinds = consents_needed(texts, video=row.location.kind == "telehealth", self_pay=row.self_pay)
    return open_signatures(row.pk, needed={kind: texts[kind] for kind in kinds})
