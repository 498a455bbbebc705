"""What the patient's pages read: their draft, what its choices mean, and names for codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from moonlit.availability.queries import Candidate, candidates, outcome
from moonlit.booking.queries import candidate_of_hold, status_by_token
from moonlit.coverage.queries import facts as current_facts
from moonlit.domain.criteria import Age, Criteria
from moonlit.domain.facts import Facts
from moonlit.domain.reasons import LeadReason, Modality, Outcome
from moonlit.eligibility.queries import check, default_visit_type
from moonlit.platform.tokens import token_hash
from moonlit.practice.models import Location, Provider, VisitType
from moonlit.widget import words
from moonlit.widget.asking import kinds_of_help
from moonlit.widget.journey import Choices, Meaning, Standing, early_lead, modality_of, standing_of
from moonlit.widget.models import Draft

IDLE = timedelta(minutes=20)
LONGEST = timedelta(hours=2)
NOT_BOOKED = "not_booked"


def living(now: datetime) -> Q:
    """The drafts that still answer."""
    return Q(seen_at__gt=now - IDLE, started_at__gt=now - LONGEST)


def draft_by_token(token: str, now: datetime) -> Draft | None:
    """The draft behind a path; None for an unknown, dead or finished one alike."""
    return Draft.objects.filter(living(now), token_hash=token_hash(token)).first()


@dataclass(frozen=True, slots=True)
class Ends:
    """How long a draft still answers, in whole seconds."""

    idle: int
    """Unless the patient does something."""
    last: int
    """Whatever he does."""


def ends(draft: Draft, now: datetime) -> Ends:
    """When what was typed is forgotten."""
    last = draft.started_at + LONGEST
    return Ends(*(int((each - now).total_seconds()) for each in (min(draft.seen_at + IDLE, last), last)))


def may_be_changed(draft: Draft, now: datetime) -> bool:
    """Whether the draft still takes answers: not once sent, unless the visit could not be booked (rules 4.6)."""
    if draft.sent_at is None:
        return True
    if not draft.status_token:
        return False
    status = status_by_token(draft.status_token, now)
    return status is not None and status.state == NOT_BOOKED


def draft_to_go_on(status_token: str, appointment: UUID, now: datetime) -> Draft | None:
    """The draft of a visit that could not be booked, while it lives and no other visit was asked for with it.

    Only by the status link that its sender got: another link of the same visit reads nobody's answers.
    """
    draft = Draft.objects.filter(living(now), appointment=appointment, identified=True).first()
    if draft is None or draft.status_token != status_token:
        return None
    return draft if may_be_changed(draft, now) else None


def standing(choices: Choices, now: datetime, *, hold: UUID | None = None, born: date | None = None) -> Standing:
    """What the choices so far mean. Before step 2 the best answer over every kind of visit, state and place counts.

    `hold` is the patient's own: when it is the last time there is, there still is one for him. `born` is known from
    step 4 on; it then decides the age (rules 1.9), so that every time shown can be booked (rules 3.1).
    """
    facts = current_facts()
    if not kinds_of_help(facts):  # a practice file without visits for somebody new
        reason: LeadReason | None = LeadReason.NO_PROVIDER_AVAILABLE
    elif not choices.answered:
        return _best(choices, facts, now)
    else:
        reason = early_lead(choices, facts.practice.states)
    if reason is not None:
        return Standing(Meaning.LEAD, reason, None, self_pay_offered=False, answer=None, criteria=None)
    criteria = criteria_of(choices, facts)
    if born is not None:
        criteria = replace(criteria, age=Age(born=born))
    answer = outcome(criteria, now)
    if answer.outcome is Outcome.NO_TIMES and hold is not None and candidate_of_hold(hold, criteria, now) is not None:
        answer = check(criteria, now)
    return standing_of(choices, answer, criteria)


def in_page_language(usual: Criteria | None, now: datetime) -> Criteria | None:
    """The usual criteria with the visit in the language of the page, where that leaves times to choose from.

    Who reads Spanish most likely wants to speak it; but nobody is sent away by an answer he has not given.
    """
    language = get_language() or "en"
    if usual is None or language == usual.visit_language:
        return usual
    spoken = replace(usual, visit_language=language)
    return spoken if outcome(spoken, now).outcome in {Outcome.BOOKABLE, Outcome.BOOKABLE_FROM} else usual


def criteria_of(choices: Choices, facts: Facts) -> Criteria:
    """The criteria of the answers of steps 1 and 2."""
    place = facts.locations.get(choices.place)
    return Criteria(
        visit_type=choices.help if choices.help in facts.visit_types else default_visit_type(facts) or "",
        modality=modality_of(choices),
        place_state=choices.state if choices.by_video else (place.state if place else "") or "",
        location=None if choices.by_video else choices.place,
        payer=choices.payer or None,
        self_pay=choices.self_pay,
        visit_language=choices.language,
        benefit=choices.benefit or None,
    )


def _best(choices: Choices, facts: Facts, now: datetime) -> Standing:
    rank = {Outcome.BOOKABLE: 0, Outcome.BOOKABLE_FROM: 1}
    plain = replace(choices, language="en")
    found = []
    for visit_type in kinds_of_help(facts):
        in_video = [replace(plain, help=visit_type, state=state) for state in _states(facts)]
        in_clinics = [
            replace(plain, help=visit_type, place=place.code)
            for place in facts.locations.values()
            if place.modality is Modality.IN_PERSON
        ]
        for asked in (*in_video, *in_clinics):
            criteria = criteria_of(asked, facts)
            found.append(standing_of(choices, check(criteria, now), criteria))
    best = min(found, key=lambda each: (rank.get(each.answer.outcome, 2), each.opens or date.max))
    return replace(best, self_pay_offered=any(each.self_pay_offered for each in found))


def _states(facts: Facts) -> list[str]:
    home = facts.practice.home_state
    return [home, *(state for state in facts.practice.states if state != home)]


def who_would_be_seen(draft: Draft, criteria: Criteria, now: datetime) -> list[Candidate]:
    """Everybody who may take the chosen time, the one who will be seen first; empty when it is gone."""
    if draft.start is None:
        return []
    held = None if draft.hold is None else candidate_of_hold(draft.hold, criteria, now)
    others = candidates(criteria, draft.start, provider_id=draft.provider_id, now=now)
    return others if held is None else [held, *others]


def hold_fits(draft: Draft, choices: Choices, now: datetime) -> bool:
    """Whether the time that is held could still be booked with these choices."""
    criteria = standing(choices, now, hold=draft.hold).criteria
    return draft.hold is not None and criteria is not None and candidate_of_hold(draft.hold, criteria, now) is not None


def holds_as(draft: Draft) -> str:
    """By what name the holds of a draft, and of all that were made from the same one, are counted."""
    return f"draft:{draft.made_from or draft.pk}"


def full_name(name: str, credentials: str) -> str:
    return f"{name}, {credentials}" if credentials else name


def clinician(provider: int) -> str:
    """Name and credentials."""
    found = current_facts().providers[provider]
    return full_name(found.name, found.credentials)


@dataclass(frozen=True, slots=True)
class Portrait:
    """How a clinician is shown."""

    initials: str
    photo: str
    """Address of the picture, always our own; empty: the initials stand in."""
    about: Mapping[str, str]
    """Language -> text."""


def portraits(providers: Iterable[int]) -> dict[int, Portrait]:
    """In one statement, without the pictures themselves."""
    rows = Provider.objects.filter(pk__in=providers).select_related("shown_photo").defer("shown_photo__webp")
    return {row.pk: Portrait(initials(row.first_name, row.last_name), photo_address(row), row.about) for row in rows}


def photo_address(row: Provider) -> str:
    """The picture set by `moonlit photo`, else a path of our own site from the practice file. Never another site's."""
    shown = getattr(row, "shown_photo", None)
    if shown is not None:
        return reverse("provider_photo", args=[shown.name])
    ours = row.photo.startswith("/") and "\\" not in row.photo and not urlsplit(row.photo).netloc
    return row.photo if ours else ""


def initials(first: str, last: str) -> str:
    """MQ, of Marisol Quintero-Hale."""
    return "".join(name.strip()[:1] for name in (first, last)).upper()


@dataclass(frozen=True, slots=True)
class Where:
    name: str
    address: str
    """Empty for a video visit."""


def where(code: str) -> Where:
    """A place of visits as the patient knows it; clinics keep the name the practice gave them in every language."""
    row = Location.objects.get(code=code)
    if row.kind == Location.Kind.TELEHEALTH:
        return Where(_("Video visit"), "")
    return Where(row.name, ", ".join(part for part in (row.line1, row.city, f"{row.state} {row.zip}".strip()) if part))


def clinics() -> list[tuple[str, str, str]]:
    """Code, name and town of each clinic."""
    rows = Location.objects.filter(kind=Location.Kind.CLINIC).order_by("pk")
    return [(row.code, row.name, f"{row.city}, {row.state}" if row.city else row.state) for row in rows]


def payer_name(code: str) -> str:
    """The insurance as its card calls it; empty for none."""
    payer = current_facts().payers.get(code)
    return payer.name if payer else ""


def visit_name(code: str) -> str:
    """What the visit is called, in the language of the page; marked where it is not (words.shown_in)."""
    name: dict[str, str] = VisitType.objects.values_list("name", flat=True).get(code=code)
    return words.shown_in(name) or code
