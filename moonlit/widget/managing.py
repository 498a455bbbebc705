"""The pages behind a link in a message: the visit with a proven session, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cached_property, wraps
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy

from moonlit.audit.actor import PUBLIC
from moonlit.booking.link_queries import ManagedVisit, managed_visit, patient_of
from moonlit.booking.services import (
    add_details,
    choose_messages,
    details_standing,
    link_lives,
    mint_status_link,
    proven_contact,
    request_cancel,
    request_move,
    session_for,
    signer_of,
    to_be_signed,
)
from moonlit.domain.added_details import Detail, still_missing, would_help
from moonlit.domain.consents import Signer
from moonlit.people.details_queries import Standing
from moonlit.people.inputs import AddedInput
from moonlit.people.message_queries import MessageSettings, booker_settings, patient_settings
from moonlit.people.services import Choice
from moonlit.platform import clock
from moonlit.widget import pages, queries, words
from moonlit.widget.way import see_other

CAN_CANCEL = frozenset({"pending", "booked"})
STANDS = frozenset({"booked", "checked_in"})


class Managed:
    """One request of somebody whose session holds."""

    def __init__(self, token: str, session: str, appointment: UUID, now: datetime) -> None:
        self.token = token
        self.session = session
        self.now = now
        self.visit: ManagedVisit = managed_visit(appointment)

    @property
    def may_cancel(self) -> bool:
        return self.visit.state in CAN_CANCEL and not self.visit.change and self.now < self.visit.start

    @property
    def is_late(self) -> bool:
        """Inside the notice period: a cancel counts as late, a move is a request to staff (rules 4.10)."""
        return self.now >= self.visit.can_change_until

    @property
    def may_ask_to_move(self) -> bool:
        return self.visit.state == "booked" and not self.visit.change and self.now < self.visit.start

    @property
    def may_move(self) -> bool:
        """By itself, without staff."""
        return self.may_ask_to_move and not self.is_late and self.visit.criteria is not None

    @property
    def may_add(self) -> bool:
        """Until the visit begins; what is told while it is being moved would stay behind with the old one."""
        return self.may_cancel

    @property
    def something_to_sign(self) -> bool:
        waiting = to_be_signed(self.visit.appointment)
        return self.may_add and bool(waiting.texts or waiting.contacts)

    @cached_property
    def who(self) -> Signer:
        """Whose contact the code went to."""
        return signer_of(self.token)

    @property
    def by_patient(self) -> bool:
        return self.who is Signer.PATIENT

    @cached_property
    def standing(self) -> Standing | None:
        """What is known of what may be told later; None for a visit that was made in the EHR."""
        return details_standing(self.visit.appointment)

    def to(self, name: str) -> HttpResponse:
        """303 to another page of the session."""
        return see_other(reverse(name, args=[self.token, self.session]))

    def described(self) -> dict[str, Any]:
        """What every page of the session has: its addresses, and the visit in words."""
        visit = self.visit
        return {
            "link": self.token,
            "session": self.session,
            "moment": words.moment_words(visit.start, visit.time_zone),
            "provider": queries.clinician(visit.provider.id),
            "supervisor": queries.clinician(visit.supervisor.id) if visit.supervisor else "",
            "place": queries.where(visit.location),
            "by_video": visit.modality == "telehealth",
        }


DETAIL_WORDS = {
    Detail.MEMBER_ID: (gettext_lazy("Add the member number of the insurance"), "id_member_id"),
    Detail.SUBSCRIBER: (gettext_lazy("Tell us who the insurance belongs to"), "id_relationship_0"),
    Detail.ADDRESS: (gettext_lazy("Add the address of the patient"), "id_line1"),
    Detail.SEX: (gettext_lazy("If you like, add the sex that the insurance has on file. It saves a call."), "id_sex"),
}
"""What is missing, in words, and the field it is about."""


def todo(managed: Managed) -> dict[str, Any]:
    """The checklist of a visit still ahead: what is missing, what would help, and whether that is all."""
    standing, to_sign = managed.standing, managed.something_to_sign
    if standing is None:
        return {}
    missing = [_item(detail, standing) for detail in still_missing(standing.known)]
    return {
        "checklist": True,
        "to_sign": to_sign,
        "missing": missing,
        "helpful": [_item(detail, standing) for detail in would_help(standing.known)],
        "something_missing": to_sign or bool(missing),
    }


def _item(detail: Detail, standing: Standing) -> dict[str, Any]:
    sentence, target = DETAIL_WORDS[detail]
    of_another = detail is Detail.SEX and not standing.known.own_policy
    return {"words": sentence, "target": "id_subscriber_sex" if of_another else target}


View = Callable[[HttpRequest, Managed], HttpResponse]


def in_session(view: View) -> Callable[..., HttpResponse]:
    """For pages under /m/{token}/s/{session}. A session that has ended leads back to the code, if the link lives."""

    @wraps(view)
    def run(request: HttpRequest, token: str, session: str) -> HttpResponse:
        now = clock.now()
        appointment = session_for(token, session, now)
        if appointment is not None:
            return view(request, Managed(token, session, appointment, now))
        if link_lives(token, now):
            return see_other(reverse("manage_code", args=[token]) + "?notice=ended")
        return pages.link_ended(request)

    return run


def add(managed: Managed, told: AddedInput) -> None:
    """Store what was told later. Raises Refused."""
    add_details(managed.visit.appointment, told, by=managed.who, actor=PUBLIC, now=managed.now)


def message_settings(managed: Managed) -> MessageSettings:
    """What whoever has the session gets about the visit; nothing for one that was made in the EHR."""
    visit = managed.visit.appointment
    patient_id = patient_of(visit)
    if patient_id is None:
        return MessageSettings({}, frozenset())
    if managed.by_patient:
        return patient_settings(visit, patient_id, proven=proven_contact(managed.session))
    return booker_settings(visit, patient_id)


def choose(managed: Managed, choices: Iterable[Choice], agreed: Mapping[str, str]) -> None:
    """Store what was chosen about messages. Raises Refused."""
    choose_messages(
        managed.visit.appointment,
        choices,
        by=managed.who,
        agreed=agreed,
        proven=proven_contact(managed.session),
        actor=PUBLIC,
        now=managed.now,
    )


def cancel(managed: Managed, *, reason: str, late_ok: bool) -> str:
    """Ask for the cancel; the token under which its end is told. Raises Refused."""
    appointment = managed.visit.appointment
    with transaction.atomic():
        request_cancel(appointment, note=reason, actor=PUBLIC, now=managed.now, late_ok=late_ok)
        return mint_status_link(appointment, actor=PUBLIC, now=managed.now)


def move(managed: Managed, start: datetime, provider: int) -> str:
    """Ask for the move; the token under which its end is told. Raises Refused (SlotTaken when somebody was faster)."""
    appointment = managed.visit.appointment
    with transaction.atomic():
        request_move(
            appointment,
            start=start,
            provider_id=provider,
            hold=None,
            proven_contact=proven_contact(managed.session),
            actor=PUBLIC,
            now=managed.now,
        )
        return mint_status_link(appointment, actor=PUBLIC, now=managed.now)
