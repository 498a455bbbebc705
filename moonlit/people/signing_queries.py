"""What is still to be signed for a visit, as the person behind a verified link may see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from moonlit.people.models import Consent, RoiContact


@dataclass(frozen=True, slots=True)
class ToSign:
    kind: str
    version: str
    """The version in force, which is what would be signed now."""


@dataclass(frozen=True, slots=True)
class ContactToSign:
    id: UUID
    name: str
    scope: str


@dataclass(frozen=True, slots=True)
class OpenSignatures:
    texts: tuple[ToSign, ...]
    contacts: tuple[ContactToSign, ...]
    """People who may be told something once the patient has signed for them."""


def open_signatures(appointment: UUID, *, needed: Mapping[str, str]) -> OpenSignatures:
    """What the patient, or a recorded representative, can still sign. `needed`: kind -> version in force.

    A text that was refused or taken back is not brought up again here.
    """
    decided = Consent.objects.filter(appointment=appointment).exclude(state=Consent.State.TO_BE_SIGNED)
    done = set(decided.values_list("kind", flat=True))
    people = RoiContact.objects.filter(appointment=appointment, signed_at=None, revoked_at=None)
    return OpenSignatures(
        texts=tuple(ToSign(kind, version) for kind, version in sorted(needed.items()) if kind not in done),
        contacts=tuple(ContactToSign(row.pk, row.name, row.scope) for row in people.order_by("granted_at", "id")),
    )
