"""One patient's way: the draft behind the token with all that follows from it, each worked out once a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from moonlit.availability.queries import Candidate
from moonlit.booking.queries import HeldTime, held_time
from moonlit.booking.requests import BookingRequest
from moonlit.coverage.queries import facts as current_facts
from moonlit.domain.coverage import is_minor
from moonlit.domain.criteria import Criteria
from moonlit.domain.facts import Facts
from moonlit.domain.zones import local_date
from moonlit.eligibility.queries import today_at_practice
from moonlit.people.checks import birth_date_faults
from moonlit.platform import clock
from moonlit.practice.documents import documents_in_force
from moonlit.widget import pages, queries, services
from moonlit.widget.birthdate import birth_date
from moonlit.widget.forms.request import Faulty, request_from
from moonlit.widget.journey import Choices, Meaning, Page, Standing, next_page
from moonlit.widget.models import Draft

_CALENDAR = frozenset({Meaning.TIMES, Meaning.OPENS_LATER})


class Lost(StrEnum):
    """Why the time that was chosen cannot be had; what the pages about times say of it (`notice` of their address)."""

    TAKEN = "taken"
    CHANGED = "changed"
    """The answers of steps 1 and 2 are others now."""
    AGE = "age"
    """It is free, but not with anybody who sees patients of this age."""


class Way:
    """Read it; to change something call `services` and look at a new one."""

    def __init__(self, token: str, draft: Draft) -> None:
        self.token = token
        self.draft = draft
        self.now = clock.now()

    @cached_property
    def facts(self) -> Facts:
        return current_facts()

    @cached_property
    def choices(self) -> Choices:
        return Choices.from_stored(self.draft.choices)

    @cached_property
    def standing(self) -> Standing:
        return queries.standing(self.choices, self.now, hold=self.draft.hold, born=self.born)

    @cached_property
    def by_choices(self) -> Standing:
        """The same by steps 1 and 2 alone, whatever the birth date says."""
        if self.born is None:
            return self.standing
        return queries.standing(self.choices, self.now, hold=self.draft.hold)

    @cached_property
    def born(self) -> date | None:
        """The birth date of step 4, once one is typed that somebody can have."""
        answers: Mapping[str, str] = self.draft.answers or {}
        found = birth_date(*(answers.get(f"dob_{part}", "") for part in ("month", "day", "year")))
        if not isinstance(found, date):
            return None
        return None if birth_date_faults(found, today=today_at_practice(self.now), field="") else found

    @cached_property
    def can_choose_time(self) -> bool:
        """Whether steps 1 and 2 lead to a calendar."""
        return self.choices.answered and self.standing.meaning in _CALENDAR

    @cached_property
    def request(self) -> BookingRequest | Faulty | None:
        """What step 4 amounts to; None where there is no time or calendar yet."""
        criteria = self.standing.criteria
        if criteria is None or self.draft.start is None:
            return None
        return request_from(
            self.draft.answers,
            criteria=criteria,
            start=self.draft.start,
            provider=self.draft.provider_id,
            facts=self.facts,
            documents=documents_in_force(),
            today=today_at_practice(self.now),
        )

    @cached_property
    def criteria(self) -> Criteria | None:
        """What decides who can be seen; by the birth date, once it is known."""
        return self.request.criteria if isinstance(self.request, BookingRequest) else self.standing.criteria

    @cached_property
    def seen_by(self) -> list[Candidate]:
        """Who may take the chosen time, the one who will be seen first."""
        return [] if self.criteria is None else queries.who_would_be_seen(self.draft, self.criteria, self.now)

    @cached_property
    def lost(self) -> Lost | None:
        """Why nobody can take the chosen time, as far as the time itself tells; None while somebody can."""
        if self.draft.start is None or self.seen_by:
            return None
        criteria = self.by_choices.criteria
        fits_another_age = (
            self.born is not None
            and criteria is not None
            and bool(queries.who_would_be_seen(self.draft, criteria, self.now))
        )
        return Lost.AGE if fits_another_age else Lost.TAKEN

    @cached_property
    def kept_for(self) -> Criteria | None:
        """What the chosen time is kept for while somebody types: a slip in the birth date lets nothing go before it is
        sent. None where steps 1 and 2 lead to no calendar.
        """
        if self.can_choose_time and self.seen_by:
            return self.criteria
        return self.by_choices.criteria if self.choices.answered and self.by_choices.meaning in _CALENDAR else None

    @cached_property
    def held(self) -> HeldTime | None:
        """The time kept for this draft; None when there is none (any more)."""
        return None if self.draft.hold is None else held_time(self.draft.hold, self.now)

    @cached_property
    def is_minor(self) -> bool:
        """Whether the birth date makes the patient a minor on the day of the visit (rules 1.9)."""
        if not isinstance(self.request, BookingRequest):
            return False
        day = local_date(self.request.start, self.facts.practice.time_zone)
        return is_minor(self.facts, self.request.criteria.age.on(day), self.request.criteria.place_state)

    def next(self) -> Page:
        """The first step that still needs the patient."""
        if self.standing.meaning in {Meaning.LEAD, Meaning.QUESTION} or not self.choices.answered:
            time_holds = answers_hold = False
        else:
            time_holds = bool(self.seen_by)
            answers_hold = isinstance(self.request, BookingRequest)
        return next_page(
            self.choices,
            self.standing,
            identified=self.draft.identified,
            time_holds=time_holds,
            answers_hold=answers_hold,
        )


def onward(token: str, draft: Draft) -> HttpResponseRedirect:
    """To the first step that still needs the patient; where the answers no longer fit the time, that is said."""
    way = Way(token, draft)
    where = way.next()
    if where is Page.WHEN and way.lost is not None:
        return to(where, token, notice=Lost.AGE if way.lost is Lost.AGE else Lost.CHANGED)
    return to(where, token)


def to(name: Page | str, token: str, **query: str) -> HttpResponseRedirect:
    """303 to a page of the draft."""
    return see_other(reverse(f"book_{name}", args=[token]) + (f"?{urlencode(query)}" if query else ""))


def see_other(address: str) -> HttpResponseRedirect:
    """303: the next request is a GET, and a reload repeats nothing."""
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response


View = Callable[[HttpRequest, Way], HttpResponse]


def on_the_way(*, identified: bool = False) -> Callable[[View], Callable[..., HttpResponse]]:
    """For the pages under a draft: they get its `Way`. Those about a person exist under an identified draft only."""

    def wrap(view: View) -> Callable[..., HttpResponse]:
        @wraps(view)
        def run(request: HttpRequest, token: str, **_more: Any) -> HttpResponse:
            now = clock.now()
            draft = queries.draft_by_token(token, now)
            if draft is None:
                return pages.gone(request)
            if not queries.may_be_changed(draft, now):
                return (
                    see_other(reverse("book_status", args=[draft.status_token])) if draft.status_token else _sent(token)
                )
            if identified and not draft.identified:
                return to(Page.WHEN, token)
            services.keep_awake(draft, now=now)
            request.ends = queries.ends(draft, now)  # type: ignore[attr-defined]  the page tells the patient
            return view(request, Way(token, draft))

        return run

    return wrap


def _sent(token: str) -> HttpResponse:
    return see_other(reverse("book_sent", args=[token]))
