"""The practice as other rooms read it: immutable values, built in a fixed number of queries, kept per facts version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from moonlit.domain.facts import (
    BOTH_MODALITIES,
    ClosureFacts,
    LocationFacts,
    PracticeFacts,
    ProviderFacts,
    ServiceFacts,
    VisitTypeFacts,
)
from moonlit.domain.periods import Period, Windows, join
from moonlit.domain.reasons import LocationKind, Modality, Profession
from moonlit.domain.zones import local_date
from moonlit.platform.env import env
from moonlit.practice.models import (
    Absence,
    Closure,
    Engagement,
    LanguageProficiency,
    License,
    Location,
    Practice,
    Provider,
    ProviderFlag,
    ProviderPhoto,
    ProviderVisitType,
    VisitType,
)
from moonlit.practice.versions import Versioned


@dataclass(frozen=True, slots=True)
class PracticeView:
    name: str
    message_name: str
    """The only name a message may show (rules 6.1)."""
    time_zone: str
    phone: str
    states: tuple[str, ...]
    home_state: str
    embed_origins: tuple[str, ...]
    staff_emails: Mapping[str, str]
    """Team -> address."""
    message_from: str
    message_owners: Mapping[str, str]
    published_languages: Mapping[str, date]
    """Language -> the first day on which patients may read our pages in it. Only those a named person has reviewed."""
    change_notice_hours: int


def has_practice() -> bool:
    """Whether a practice file has been loaded."""
    return Practice.objects.exists()


def practice() -> PracticeView:
    """The practice. Raises Practice.DoesNotExist before the first load."""
    return _practice.get()


def message_owner(kind: str) -> str:
    """Who sends messages of this kind: moonlit (also while nobody has said), ehr or none (rules 6.2). Always read anew:
    a wrong answer would tell the patient twice, or not at all.
    """
    owners = Practice.objects.values_list("message_owners", flat=True).filter(pk=1).first() or {}
    return str(owners.get(kind, "moonlit"))


def last_known() -> PracticeView | None:
    """The practice as this process read it last, without a query; None when it has not yet."""
    return _practice.last


def is_published(language: str, now: datetime) -> bool:
    """Whether patients may read our pages in this language: English always, another from the day that the practice
    file names together with who has reviewed its words.
    """
    if language == "en":
        return True
    first = practice().published_languages.get(language) if has_practice() else None
    return first is not None and first <= today(now)


def photo(name: str) -> bytes | None:
    """The picture of this name, as WebP; None when no card shows it (any more)."""
    found = ProviderPhoto.objects.filter(name=name).values_list("webp", flat=True).first()
    return None if found is None else bytes(found)


def today(now: datetime) -> date:
    """`T`: the practice's local date."""
    return local_date(now, practice().time_zone)


def period(starts: date | None, ends: date | None) -> Period | None:
    """The days of a row; None for one withdrawn before it began, which ends the day before its start."""
    return None if starts is not None and ends is not None and ends < starts else Period(starts, ends)


def text_number() -> str:
    """The number our texts come from, in E.164; empty where the vendor's account chooses it."""
    return env().notifyre_from


def practice_facts() -> PracticeFacts:
    """In two queries."""
    row = Practice.objects.first()
    closures = tuple(
        ClosureFacts(code, during)
        for code, starts, ends in Closure.objects.order_by("pk").values_list("location__code", "starts", "ends")
        if (during := period(starts, ends)) is not None
    )
    if row is None:
        return PracticeFacts(closures=closures)
    return PracticeFacts(
        time_zone=row.time_zone,
        states=tuple(row.states),
        home_state=row.home_state,
        lead_threshold_days=row.lead_threshold_days,
        new_patient_runway_days=row.new_patient_runway_days,
        minors_policy_published=row.minors_policy is not None,
        remote_interpreter_on_demand=row.remote_interpreter_on_demand,
        closures=closures,
    )


def location_facts() -> dict[str, LocationFacts]:
    """In one query."""
    return {
        row.code: LocationFacts(
            row.code, LocationKind(row.kind), row.state or None, row.time_zone, row.ehr_department_id
        )
        for row in Location.objects.order_by("pk")
    }


def visit_type_facts() -> dict[str, VisitTypeFacts]:
    """In one query, in the order of the file."""
    return {
        row.code: VisitTypeFacts(
            code=row.code,
            family=row.family,
            minutes=row.minutes,
            new_patient=row.new_patient,
            modalities=frozenset(map(Modality, row.modalities)),
            min_notice_hours=row.min_notice_hours,
            horizon_days=row.horizon_days,
            self_pay_cents=row.self_pay_cents,
            public=row.public,
        )
        for row in VisitType.objects.order_by("pk")
    }


def provider_facts() -> dict[int, ProviderFacts]:
    """In seven queries, however many providers there are."""
    engagements = _windows(Engagement.objects.values_list("provider_id", "starts", "ends"))
    absences = _windows(Absence.objects.values_list("provider_id", "starts", "ends"))
    flags = _windows_by_word(ProviderFlag.objects.values_list("provider_id", "flag", "starts", "ends"))
    licenses = _windows_by_word(License.objects.values_list("provider_id", "state", "starts", "ends"))
    languages: dict[int, dict[str, date]] = defaultdict(dict)
    for provider, language, verified_on in LanguageProficiency.objects.values_list(
        "provider_id", "language", "verified_on"
    ):
        languages[provider][language] = verified_on
    services: dict[int, list[ServiceFacts]] = defaultdict(list)
    for service in ProviderVisitType.objects.select_related("visit_type", "location").order_by("pk"):
        if (during := period(service.starts, service.ends)) is not None:
            services[service.provider_id].append(_service(service, during))
    return {
        row.pk: ProviderFacts(
            id=row.pk,
            npi=row.npi,
            name=f"{row.first_name} {row.last_name}",
            credentials=row.credentials,
            profession=Profession(row.profession),
            engagements=engagements.get(row.pk, ()),
            absences=absences.get(row.pk, ()),
            licenses=licenses.get(row.pk, {}),
            native_languages=frozenset(row.native_languages),
            verified_languages=languages.get(row.pk, {}),
            interpreter_ok=row.interpreter_ok,
            modalities=BOTH_MODALITIES if row.modalities is None else frozenset(map(Modality, row.modalities)),
            locations=None if row.locations is None else frozenset(row.locations),
            services=tuple(services.get(row.pk, ())),
            calendar_source_id=row.calendar_source_id,
            max_supervisees=row.max_supervisees,
            weekly_new_patient_cap=row.weekly_new_patient_cap,
            daily_cap=row.daily_cap,
            **{flag.value: flags.get(row.pk, {}).get(flag.value, ()) for flag in ProviderFlag.Flag},
        )
        for row in Provider.objects.order_by("pk")
    }


def _service(row: ProviderVisitType, during: Period) -> ServiceFacts:
    return ServiceFacts(
        visit_type=row.visit_type.code,
        minutes=row.minutes,
        location=row.location.code if row.location else None,
        min_age=row.min_age,
        max_age=row.max_age,
        ehr_reason_id=row.ehr_reason_id,
        ehr_type_id=row.ehr_type_id,
        self_pay_cents=row.self_pay_cents,
        during=during,
    )


def _windows(rows: Iterable[tuple[int, date | None, date | None]]) -> dict[int, Windows]:
    found: dict[int, list[Period]] = defaultdict(list)
    for owner, starts, ends in rows:
        if (during := period(starts, ends)) is not None:
            found[owner].append(during)
    return {owner: join(periods) for owner, periods in found.items()}


def _windows_by_word(rows: Iterable[tuple[Any, ...]]) -> dict[int, dict[str, Windows]]:
    found = _windows(((owner, word), starts, ends) for owner, word, starts, ends in rows)
    by_owner: dict[int, dict[str, Windows]] = defaultdict(dict)
    for (owner, word), windows in found.items():
        by_owner[owner][word] = windows
    return by_owner


def _build_practice() -> PracticeView:
    row = Practice.objects.get()
    return PracticeView(
        name=row.name,
        message_name=row.message_name,
        time_zone=row.time_zone,
        phone=row.phone,
        states=tuple(row.states),
        home_state=row.home_state,
        embed_origins=tuple(row.embed_origins),
        staff_emails=row.staff_emails,
        message_from=row.message_from,
        message_owners=row.message_owners,
        published_languages={
            language: date.fromisoformat(each["on"])
            for language, each in row.published_languages.items()
            if each["reviewer"].strip()
        },
        change_notice_hours=row.change_notice_hours,
    )


_practice = Versioned(_build_practice)
