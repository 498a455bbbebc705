"""What the patient can still do for a visit before its day, for the page that says it is booked."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from moonlit.booking.services.details import details_standing
from moonlit.booking.services.signing import to_be_signed
from moonlit.domain.added_details import Detail, still_missing


@dataclass(frozen=True, slots=True)
class BeforeVisit:
    """Whether something is missing, never what is there: a status link says nothing about the patient."""

    to_sign: bool
    member_id: bool
    """The number of an insurance is missing."""
    address: bool
    """The patient's address is missing."""


def before_visit(appointment: UUID) -> BeforeVisit:
    """Nothing for a visit without patient: it was made in the EHR."""
    standing = details_standing(appointment)
    if standing is None:
        return BeforeVisit(to_sign=False, member_id=False, address=False)
    open_now, missing = to_be_signed(appointment), still_missing(standing.known)
    return BeforeVisit(
        to_sign=bool(open_now.texts or open_now.contacts),
        member_id=Detail.MEMBER_ID in missing,
        address=Detail.ADDRESS in missing,
    )
