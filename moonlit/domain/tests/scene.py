"""A small fictional practice for the tests: one attending, one resident, one psychologist, a few payers.

`TODAY` is a Monday. Each builder gives something bookable; a test changes the one thing it is about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from moonlit.domain.criteria import Criteria
from moonlit.domain.facts import (
    ContractFacts,
    Facts,
    LocationFacts,
    PayerFacts,
    PracticeFacts,
    ProviderFacts,
    ServiceFacts,
    SupervisedTermsFacts,
    SupervisionFacts,
    VisitTypeFacts,
)
from moonlit.domain.periods import ALWAYS, Period
from moonlit.domain.reasons import ClaimMode, ContractStatus, LocationKind, Modality

TODAY = date(2026, 3, 2)
LONG_AGO = date(2020, 1, 1)
LONG = Period(LONG_AGO)
ATTENDING, RESIDENT, PSYCHOLOGIST, OTHER_ATTENDING = 1, 2, 3, 4
INTAKE = ServiceFacts("intake", 60, ehr_reason_id="101", min_age=18)
TERMS = SupervisedTermsFacts(Period(LONG_AGO), ClaimMode.ATTENDING_RENDERING)


def day(offset: int) -> date:
    """The day that many days after today."""
    return TODAY + timedelta(days=offset)


def span(first: int | None, last: int | None = None) -> Period:
    """A period by offsets from today; None is open."""
    return Period(None if first is None else day(first), None if last is None else day(last))


def provider(number: int, **changes: object) -> ProviderFacts:
    """An engaged, licensed, mapped, bookable clinician who bills independently and offers the intake."""
    base = ProviderFacts(
        id=number,
        npi=f"200000{number:04d}",
        name=f"Clinician {number}",
        engagements=(Period(LONG_AGO),),
        can_bill_independently=ALWAYS,
        licenses={"UT": (Period(LONG_AGO),)},
        services=(INTAKE,),
        calendar_source_id=str(70 + number),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def contract(who: int, payer: str = "regence", starts: date | None = LONG_AGO, **changes: object) -> ContractFacts:
    base = ContractFacts(who, payer, ContractStatus.ACTIVE, starts, confirmed_by="letter", confirmed_on=LONG_AGO)
    return replace(base, **changes)  # type: ignore[arg-type]


def supervision(during: Period = LONG, by: int = ATTENDING, payer: str | None = "regence") -> SupervisionFacts:
    return SupervisionFacts(by, RESIDENT, payer, during)


def payer(code: str = "regence", **changes: object) -> PayerFacts:
    return replace(PayerFacts(id=10, code=code, name=code.title()), **changes)  # type: ignore[arg-type]


REGENCE = payer(requires_independent=True, supervised_terms=(TERMS,))
TRAINEE = provider(RESIDENT, can_bill_independently=())


def facts(
    *providers: ProviderFacts,
    payers: Iterable[PayerFacts] = (REGENCE,),
    contracts: Iterable[ContractFacts] = (),
    supervisions: Iterable[SupervisionFacts] = (),
    **practice: object,
) -> Facts:
    return Facts(
        practice=PracticeFacts(**practice),  # type: ignore[arg-type]
        providers={each.id: each for each in providers or (provider(ATTENDING),)},
        payers={each.code: each for each in payers},
        visit_types={
            "intake": VisitTypeFacts("intake", "medication", 60, new_patient=True),
            "followup": VisitTypeFacts("followup", "medication", 30, new_patient=False),
        },
        locations={
            "video": LocationFacts("video", LocationKind.TELEHEALTH, None, "America/Denver", "1"),
            "sugarhouse": LocationFacts("sugarhouse", LocationKind.CLINIC, "UT", "America/Denver", "2"),
            "boise": LocationFacts("boise", LocationKind.CLINIC, "ID", "America/Boise", "3"),
        },
        contracts=tuple(contracts),
        supervisions=tuple(supervisions),
    )


def supervised_facts(**changes: object) -> Facts:
    """A resident seen under the attending's contract with Regence; change any argument of `facts`."""
    given: dict[str, object] = {"contracts": [contract(ATTENDING)], "supervisions": [supervision()], **changes}
    people = given.pop("people", (provider(ATTENDING), TRAINEE))
    return facts(*people, **given)  # type: ignore[arg-type, misc]


def criteria(**changes: object) -> Criteria:
    base = Criteria("intake", Modality.TELEHEALTH, "UT", payer="regence")
    return replace(base, **changes)  # type: ignore[arg-type]
