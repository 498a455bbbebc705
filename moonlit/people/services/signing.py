"""Who agreed to what, later than at the booking: signed by the patient or a recorded representative (rules 4.11)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.domain.consents import Representation, Signer, may_sign, of_age
from moonlit.domain.refusals import RefusalCode, RefusalReason, Refused
from moonlit.people.models import Booker, Consent, Patient, RoiContact
from moonlit.people.services.given import full_name
from moonlit.platform.crypto.fields import sealed


def sign(
    appointment: UUID,
    patient_id: UUID,
    versions: Mapping[str, str],
    *,
    signer: Signer,
    documents: Mapping[str, str],
    contacts: Collection[UUID] = (),
    source: str,
    today: date,
    actor: Actor,
    now: datetime,
) -> bool:
    """Record what was signed: consent kind -> the version that was read, and contacts who may now be told.

    `documents` maps kinds to the version in force, `today` is the practice's local date. Whether anything changed:
    what is given already in that version stays as it was first signed. Raises Refused: `forbidden` for somebody who
    may not agree for this patient, `consent_missing` for a version that is not the one in force.
    """
    patient = Patient.objects.get(pk=patient_id)
    booker = Booker.objects.filter(appointment=appointment).first()
    adult = of_age(date.fromisoformat(patient.date_of_birth), today, patient.state or "")
    if not may_sign(signer, _representation(booker), adult=adult, on=today):
        raise Refused(RefusalCode.FORBIDDEN, "Only the patient or a recorded representative can sign this.")
    old = [kind for kind, version in versions.items() if documents.get(kind, "") != version]
    if old:
        detail = "This text has changed meanwhile. Please read the current version."
        reasons = [RefusalReason("consent_version", detail, field=f"consents.{kind}") for kind in old]
        raise Refused(RefusalCode.CONSENT_MISSING, detail, reasons)
    name = full_name(patient) if signer is Signer.PATIENT or booker is None else booker.name
    with transaction.atomic():
        kinds = [
            kind
            for kind, version in versions.items()
            if _give(appointment, patient, kind, version, name, source=source, now=now)
        ]
        released = [contact for contact in contacts if _release(appointment, contact, name, now=now)]
        if kinds or released:
            facts = {"kinds": kinds, "contacts": [str(contact) for contact in released], "signer": signer.value}
            record(Verb.CONSENT_RECORDED, actor=actor, subject=f"appointment:{appointment}", facts=facts)
    return bool(kinds or released)


def revoke_contact(contact_id: UUID, *, actor: Actor, now: datetime) -> bool:
    """Take back a permission to tell somebody; from now on it releases nothing. False: it was taken back already."""
    with transaction.atomic():
        if not RoiContact.objects.filter(pk=contact_id, revoked_at=None).update(revoked_at=now):
            return False
        facts = {"revoked": str(contact_id)}
        record(Verb.CONSENT_RECORDED, actor=actor, subject=f"contact:{contact_id}", facts=facts)
    return True


def record_authority(appointment: UUID, authority: str, *, until: date | None, actor: Actor, now: datetime) -> bool:
    """Staff have seen what lets the person who booked act for the patient, and say what it is. False: nobody else
    booked. Must not be called with an empty `authority`.
    """
    if not authority.strip():
        raise ValueError("an authority says what was seen")
    with transaction.atomic():
        booker = Booker.objects.filter(appointment=appointment).only("pk").first()
        if booker is None:
            return False
        Booker.objects.filter(pk=booker.pk).update(
            authority_until=until,
            authority_recorded_by=actor.id,
            authority_recorded_at=now,
            **sealed(Booker, booker.pk, authority=authority.strip()),
        )
        facts = {"authority": authority.strip(), "until": until.isoformat() if until else None}
        record(Verb.PATIENT_CHANGED, actor=actor, subject=f"booker:{booker.pk}", facts=facts)
    return True


def _representation(booker: Booker | None) -> Representation | None:
    if booker is None:
        return None
    return Representation(booker.kind, bool(booker.authority), booker.authority_until)


def _give(
    appointment: UUID, patient: Patient, kind: str, version: str, name: str, *, source: str, now: datetime
) -> bool:
    row, new = Consent.objects.get_or_create(
        appointment=appointment,
        kind=kind,
        defaults={
            "patient": patient,
            "version": version,
            "state": Consent.State.GIVEN,
            "source": source,
            "decided_at": now,
            "signer_name": name,
        },
    )
    if new:
        return True
    if row.state == Consent.State.GIVEN and row.version == version:
        return False
    return bool(
        Consent.objects.filter(pk=row.pk, state=row.state, version=row.version).update(
            state=Consent.State.GIVEN,
            version=version,
            source=source,
            decided_at=now,
            **sealed(Consent, row.pk, signer_name=name),
        )
    )


def _release(appointment: UUID, contact: UUID, name: str, *, now: datetime) -> bool:
    unsigned = RoiContact.objects.filter(pk=contact, appointment=appointment, signed_at=None, revoked_at=None)
    return bool(unsigned.update(signed_at=now, **sealed(RoiContact, contact, signer_name=name)))
