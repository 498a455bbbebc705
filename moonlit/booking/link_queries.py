"""Reads for whoever comes with a link: what a message about a code needs, what a session may see of its visit."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from moonlit.booking.models import Appointment, ManageLink, OneTimeCode, VisitReview
from moonlit.booking.queries import Clinician, PublicStatus, linked, status_by_token
from moonlit.booking.services.codes import CODE_LIVES
from moonlit.booking.services.outcome import stored_criteria
from moonlit.domain.booking import State, public_word
from moonlit.domain.criteria import Criteria
from moonlit.practice.queries import practice


@dataclass(frozen=True, slots=True)
class CodeAsked:
    """Somebody with a link has asked for a code."""

    appointment: UUID
    channel: str
    """email | sms"""
    holder: str
    """To whom the message with the link went: patient | booker, empty when the link came with the booking's answer."""


def code_asked(code_id: UUID, now: datetime) -> CodeAsked | None:
    """The request, while a code may still be sent for it; None once it is used, replaced, too old or its link dead."""
    row = (
        OneTimeCode.objects.select_related("link")
        .filter(
            pk=code_id,
            ended_at=None,
            asked_at__gt=now - CODE_LIVES,
            link__revoked_at=None,
            link__expires_at__gt=now,
        )
        .first()
    )
    return CodeAsked(row.link.appointment_id, row.channel, row.link.holder) if row else None


@dataclass(frozen=True, slots=True)
class ManagedVisit:
    """What a session shows of its visit: everything but the person."""

    appointment: UUID
    state: str
    """The public word."""
    change: str
    """cancel | move | "": what is under way."""
    start: datetime
    end: datetime
    time_zone: str
    provider: Clinician
    supervisor: Clinician | None
    modality: str
    location: str
    can_change_until: datetime
    """From then on a move is a request to staff, and a cancel is a late one."""
    criteria: Criteria | None
    """What a move decides again; None for a visit made in the EHR, which staff move."""
    asked_to_talk: bool
    """Staff have asked the patient to call, or to choose another time, and it is not settled yet (rules 4.14)."""


def managed_visit(appointment: UUID) -> ManagedVisit:
    """The visit behind a session. The caller has checked the session; raises DoesNotExist for an unknown id."""
    row = Appointment.objects.select_related("provider", "supervisor", "location").get(pk=appointment)
    return ManagedVisit(
        appointment=row.pk,
        state=public_word(State(row.state)),
        change=row.change,
        start=row.start,
        end=row.end,
        time_zone=row.time_zone,
        provider=Clinician(row.provider_id, row.provider.display_name),
        supervisor=Clinician(row.supervisor.pk, row.supervisor.display_name) if row.supervisor else None,
        modality="telehealth" if row.location.kind == "telehealth" else "in_person",
        location=row.location.code,
        can_change_until=row.start - timedelta(hours=practice().change_notice_hours),
        criteria=stored_criteria(row.criteria) if row.criteria else None,
        asked_to_talk=row.reviews.filter(state=VisitReview.State.OPEN, told_at__isnull=False).exists(),
    )


def patient_of(appointment: UUID) -> UUID | None:
    """Whose visit it is; None for one without a person of ours."""
    return Appointment.objects.values_list("patient", flat=True).get(pk=appointment)


class ChangeWord(enum.Enum):
    """How the last change of a visit stands, in one word."""

    CANCELLING = "cancelling"
    MOVING = "moving"
    CANCELLED = "cancelled"
    MOVED = "moved"
    STANDS = "stands"
    """Nothing is under way, and nothing has changed: the change came to nothing."""


@dataclass(frozen=True, slots=True)
class ChangeStatus:
    word: ChangeWord
    visit: PublicStatus
    """The visit as it stands: after a move the new one."""


def change_status(status_token: str, now: datetime) -> ChangeStatus | None:
    """What became of a change, for the holder of a status link; None for a link that does not live."""
    link = linked(status_token, ManageLink.Purpose.STATUS, now)
    found = status_by_token(status_token, now)
    if link is None or found is None:
        return None
    if found.change == "cancel":
        word = ChangeWord.CANCELLING
    elif found.change == "move":
        word = ChangeWord.MOVING
    elif found.state in {"cancelled", "late_cancelled"}:
        word = ChangeWord.CANCELLED
    else:
        word = ChangeWord.STANDS if found.appointment == link.pk else ChangeWord.MOVED
    return ChangeStatus(word, found)
