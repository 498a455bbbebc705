"""Who may agree for a patient, and who may be told about one (rules 4.11)."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from moonlit.domain.coverage import AGE_OF_MAJORITY, AGE_OF_MAJORITY_BY_STATE
from moonlit.domain.criteria import Age


class Scope(enum.StrEnum):
    """What a contact may be told about; each includes the ones before it."""

    APPOINTMENTS = "appointments"
    APPOINTMENTS_AND_BILLING = "appointments_and_billing"
    ALL = "all"


_WIDTH = {scope: width for width, scope in enumerate(Scope)}


@dataclass(frozen=True, slots=True)
class Release:
    """A patient's permission to tell one contact."""

    scope: Scope
    granted_at: datetime
    signed_at: datetime | None
    """None: ticked only, which permits nothing."""
    expires_on: date | None
    """Last day of the permission; None: until it is taken back."""
    revoked_at: datetime | None


def may_tell(release: Release, scope: Scope, on: date) -> bool:
    """Whether this contact may be told about `scope` on that day (local at the practice).

    Only what is signed counts, within its scope, from the signature to the last day, unless taken back.
    """
    if release.signed_at is None or release.revoked_at is not None:
        return False
    return _WIDTH[scope] <= _WIDTH[release.scope] and (release.expires_on is None or on <= release.expires_on)


class Signer(enum.StrEnum):
    PATIENT = "patient"
    REPRESENTATIVE = "representative"
    """Who booked, acting for the patient."""


@dataclass(frozen=True, slots=True)
class Representation:
    """What is on record about the person who booked for the patient."""

    kind: str
    """parent | guardian | case_manager | other"""
    authority: bool
    """Staff have seen and recorded a document that lets this person act for the patient."""
    authority_until: date | None
    """Last day of that authority; None: no end is known."""


def consents_needed(kinds: Iterable[str], *, video: bool, self_pay: bool) -> frozenset[str]:
    """Which of the practice's texts a visit needs somebody's agreement to. Channels of messages are no texts."""
    left_out = {"sms", "email"}
    if not video:
        left_out.add("telehealth")
    if self_pay:
        left_out.add("assignment_of_benefits")
    return frozenset(kinds) - left_out


def of_age(born: date, on: date, state: str) -> bool:
    """Whether the patient agrees for himself that day, by the law of the state he is seen in."""
    return Age(born=born).on(on) >= AGE_OF_MAJORITY_BY_STATE.get(state, AGE_OF_MAJORITY)


def may_sign(signer: Signer, booker: Representation | None, *, adult: bool, on: date) -> bool:
    """Whether this signer's agreement counts that day (local at the practice).

    A grown patient agrees for himself, a minor's parent or guardian for the minor, and for either one whoever has an
    authority on record. A claim alone makes nobody the representative of an adult.
    """
    if signer is Signer.PATIENT:
        return adult
    if booker is None:
        return False
    if booker.authority and (booker.authority_until is None or on <= booker.authority_until):
        return True
    return not adult and booker.kind in {"parent", "guardian"}
