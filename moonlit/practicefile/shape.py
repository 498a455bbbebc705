"""The shape of the practice file: which members each section has and what may stand in them."""

from __future__ import annotations

import itertools
from typing import Any

from yaml import Node

from moonlit.domain import reasons
from moonlit.practice.models import DOCUMENT_KINDS, FLAGS
from moonlit.practice.office import WEEKDAYS
from moonlit.practicefile import scalars as s
from moonlit.practicefile.faults import suggestion
from moonlit.practicefile.reading import (
    Member,
    Reading,
    Wrong,
    dictionary,
    list_of,
    mapping,
    nullable,
    optional,
    set_of,
)

TEAMS = ("front_desk", "billing", "credentialing", "clinical", "technical")
MESSAGE_KINDS = ("confirmation", "reminder", "change", "cancellation", "join_link")
OWNERS = ("moonlit", "ehr", "none")
ELIGIBILITY_PROVIDERS = ("optum", "stedi")


def _one_of(*words: str) -> Any:
    def check(name: str) -> str:
        if name not in words:
            raise Wrong("unknown_member", f'"{name}" is not one of {", ".join(words)}.{suggestion(name, list(words))}')
        return name

    return check


def _hours(reading: Reading, node: Node, path: str) -> list[str]:
    """["09:00", "17:00"]"""
    pair = list_of(s.clock)(reading, node, path)
    if len(pair) != 2 or pair[0] >= pair[1]:
        raise Wrong("hours_invalid", 'Hours are an opening and a later closing time, such as ["09:00", "17:00"].')
    return pair


def _day_hours(reading: Reading, node: Node, path: str) -> list[list[str]]:
    spans = list_of(_hours)(reading, node, path)
    if any(earlier[1] > later[0] for earlier, later in itertools.pairwise(spans)):
        raise Wrong("hours_invalid", "The hours of a day must follow one another without overlap.")
    return spans


def _published(reading: Reading, node: Node, path: str) -> dict[str, str]:
    """Kept as JSON, so the day is text."""
    record = mapping(reviewer=Member(s.text(120)), on=Member(s.day))(reading, node, path)
    return {name: str(value) for name, value in record.values.items()}


def _minors(reading: Reading, node: Node, path: str) -> dict[str, str]:
    return mapping(version=Member(s.text(40)), url=Member(s.address))(reading, node, path).values


def translated(longest: int) -> Any:
    """{en, es, ...}; English is the one every page can fall back on."""
    read_texts = dictionary(s.language_code, s.text(longest))

    def read(reading: Reading, node: Node, path: str) -> dict[str, str]:
        texts = read_texts(reading, node, path)
        if "en" not in texts:
            raise Wrong("member_missing", 'The English text ("en") is missing.')
        return texts

    return read


_when = {"starts": Member(s.day), "ends": optional(nullable(s.day))}
_modalities = set_of(s.choice(reasons.Modality), at_least=1)

PRACTICE = mapping(
    name=Member(s.text(120)),
    message_name=Member(s.neutral(s.text(40), "The message name")),
    time_zone=Member(s.zone),
    phone=Member(s.phone),
    states=Member(set_of(s.state, at_least=1)),
    home_state=Member(s.state),
    embed_origins=optional(set_of(s.origin), list),
    minors_policy=optional(nullable(_minors)),
    office_hours=optional(dictionary(_one_of(*WEEKDAYS), _day_hours), dict),
    staff_emails=optional(dictionary(_one_of(*TEAMS), s.email), dict),
    message_from=optional(s.neutral(s.email, "The sender"), str),
    message_owners=optional(dictionary(_one_of(*MESSAGE_KINDS), s.choice(OWNERS)), dict),
    published_languages=optional(dictionary(s.language_code, _published), dict),
    lead_threshold_days=optional(s.whole(0, 365), lambda: 30),
    new_patient_runway_days=optional(s.whole(0, 3650), lambda: 0),
    remote_interpreter_on_demand=optional(s.flag, lambda: False),
    change_notice_hours=optional(s.whole(0, 24 * 30), lambda: 24),
)
_ADDRESS = mapping(
    line1=optional(s.text(120, empty=True), str),
    city=optional(s.text(60, empty=True), str),
    state=Member(s.state),
    zip=optional(s.zip_code, str),
)
LOCATION = mapping(
    code=Member(s.code),
    name=Member(s.text(120)),
    kind=Member(s.choice(reasons.LocationKind)),
    ehr_department_id=optional(nullable(s.ehr_id)),
    time_zone=Member(s.zone),
    address=optional(nullable(_ADDRESS)),
)
CLOSURE = mapping(
    location=optional(nullable(s.code)),
    starts=Member(s.day),
    ends=Member(s.day),
    reason=optional(s.text(120, empty=True), str),
)
VISIT_TYPE = mapping(
    code=Member(s.code),
    name=Member(translated(120)),
    family=Member(s.code),
    minutes=Member(s.minutes),
    new_patient=Member(s.flag),
    modalities=Member(_modalities),
    min_notice_hours=optional(s.whole(0, 24 * 90), lambda: 24),
    horizon_days=optional(s.whole(1, 730), lambda: 90),
    self_pay_cents=optional(nullable(s.cents)),
    public=optional(s.flag, lambda: True),
)
PROVIDER = mapping(
    npi=Member(s.npi),
    name=Member(
        mapping(first=Member(s.text(60)), last=Member(s.text(60)), credentials=optional(s.text(40, empty=True), str))
    ),
    profession=Member(s.choice(reasons.Profession)),
    native_languages=optional(set_of(s.language), list),
    language_proficiencies=optional(list_of(mapping(language=Member(s.language), verified_on=Member(s.day))), list),
    interpreter_ok=optional(s.flag, lambda: False),
    calendar_source_id=optional(nullable(s.ehr_id)),
    modalities=optional(nullable(_modalities)),
    locations=optional(nullable(set_of(s.code, at_least=1))),
    engagements=optional(list_of(mapping(**_when)), list),
    absences=optional(
        list_of(mapping(starts=Member(s.day), ends=Member(s.day), reason=optional(s.text(120, empty=True), str))), list
    ),
    **{flag: optional(s.flag) for flag in FLAGS},
    weekly_new_patient_cap=optional(nullable(s.whole(0, 500))),
    daily_cap=optional(nullable(s.whole(0, 200))),
    max_supervisees=optional(nullable(s.whole(0, 200))),
    about=optional(dictionary(s.language_code, s.text(2000)), dict),
    photo=optional(s.address, str),
    licenses=optional(list_of(mapping(state=Member(s.state), number=Member(s.text(40)), **_when)), list),
    visit_types=optional(
        list_of(
            mapping(
                visit_type=Member(s.code),
                location=optional(nullable(s.code)),
                minutes=Member(s.minutes),
                min_age=optional(nullable(s.age)),
                max_age=optional(nullable(s.age)),
                ehr_reason_id=optional(nullable(s.ehr_id)),
                ehr_type_id=optional(nullable(s.ehr_id)),
                self_pay_cents=optional(nullable(s.cents)),
                starts=optional(nullable(s.day)),
                ends=optional(nullable(s.day)),
            )
        ),
        list,
    ),
)
_ROSTER = mapping(provider=Member(s.npi), **_when)
_GROUP_CONTRACT = mapping(
    **_when, roster_required=optional(s.flag, lambda: True), roster=optional(list_of(_ROSTER), list)
)
_SUPERVISED_TERMS = mapping(
    **_when,
    claim_mode=Member(s.choice(reasons.ClaimMode)),
    presence=Member(s.choice(reasons.Presence)),
    visit_types=optional(nullable(set_of(s.code, at_least=1))),
    modalities=optional(nullable(_modalities)),
    source=Member(s.text(200)),
)
_BENEFIT_ROUTE = mapping(
    plan=optional(nullable(s.text(80))),
    employer=optional(nullable(s.text(120))),
    county=optional(nullable(s.text(60))),
    to=Member(s.code),
    question=optional(nullable(translated(300))),
    card_hint=optional(nullable(translated(300))),
    starts=optional(nullable(s.day)),
    ends=optional(nullable(s.day)),
)
_PACKAGES = mapping(
    plan=optional(nullable(s.text(80))),
    package_ids=Member(set_of(s.ehr_id, at_least=1)),
    confirmed_by=optional(s.text(120, empty=True), str),
)
PAYER = mapping(
    code=Member(s.code),
    name=Member(s.text(120)),
    type=Member(s.choice(reasons.PayerType)),
    state=Member(s.state),
    practice_status=optional(s.choice(reasons.PayerStatus), lambda: str(reasons.PayerStatus.APPROVED)),
    aliases=optional(set_of(s.text(80)), list),
    plan_codes=optional(set_of(s.text(80)), list),
    requires_independent=optional(s.flag, lambda: False),
    group_contract=optional(nullable(_GROUP_CONTRACT)),
    supervised_terms=optional(list_of(_SUPERVISED_TERMS), list),
    benefit_routes=optional(list_of(_BENEFIT_ROUTE), list),
    ehr_packages=optional(list_of(_PACKAGES), list),
    eligibility_payer_ids=optional(dictionary(_one_of(*ELIGIBILITY_PROVIDERS), s.ehr_id), dict),
)
CONTRACT = mapping(
    provider=Member(s.npi),
    payer=Member(s.code),
    status=Member(s.choice(reasons.ContractStatus)),
    starts=optional(nullable(s.day)),
    ends=optional(nullable(s.day)),
    confirmed_by=optional(nullable(s.text(200)), str),
    confirmed_on=optional(nullable(s.day)),
    evidence=optional(nullable(s.text(255)), str),
)
SUPERVISION = mapping(supervisor=Member(s.npi), supervisee=Member(s.npi), payer=optional(nullable(s.code)), **_when)
DOCUMENT = mapping(kind=Member(s.choice(DOCUMENT_KINDS)), version=Member(s.text(40)), url=Member(s.address))
VENDOR = mapping(name=Member(s.code), baa_until=optional(nullable(s.day)))

FILE = mapping(
    practice=optional(PRACTICE),
    locations=optional(list_of(LOCATION), list),
    closures=optional(list_of(CLOSURE), list),
    visit_types=optional(list_of(VISIT_TYPE), list),
    providers=optional(list_of(PROVIDER), list),
    payers=optional(list_of(PAYER), list),
    contracts=optional(list_of(CONTRACT), list),
    supervisions=optional(list_of(SUPERVISION), list),
    documents=optional(list_of(DOCUMENT), list),
    vendors=optional(list_of(VENDOR), list),
)
