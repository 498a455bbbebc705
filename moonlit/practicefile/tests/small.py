"""A practice of two clinicians and one payer, and what is wrong with a text."""

from datetime import UTC, date, datetime

from moonlit.practicefile.checks import all_faults, check, check_planned
from moonlit.practicefile.difference import Options, compare
from moonlit.practicefile.faults import Fault, FaultyFileError
from moonlit.practicefile.parsing import PracticeFile
from moonlit.practicefile.tables import TABLES

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
TODAY = date(2026, 11, 23)

SMALL = """\
practice:
  name: Moonlit Psychiatry
  message_name: Moonlit
  time_zone: America/Denver
  phone: "801-555-0100"
  states: [UT, ID]
  home_state: UT
  office_hours: {mon: [["08:00", "17:00"]]}
  staff_emails: {front_desk: frontdesk@example.org}
  message_from: hello@example.org
  message_owners: {confirmation: moonlit}
  published_languages: {es: {reviewer: Perpetua Oyelaran, on: 2026-01-01}}
locations:
  - {code: video, name: Video visit, kind: telehealth, ehr_department_id: "1", time_zone: America/Denver}
  - {code: ogden, name: Ogden, kind: clinic, ehr_department_id: "3", time_zone: America/Denver,
     address: {line1: 25 Invented Street, city: Ogden, state: UT, zip: "84401"}}
closures:
  - {location: ogden, starts: 2026-12-24, ends: 2026-12-25, reason: Christmas}
visit_types:
  - {code: intake, name: {en: First visit}, family: medication, minutes: 60, new_patient: true, modalities: [telehealth]}
providers:
  - npi: "2000000101"
    name: {first: Marisol, last: Quintero-Hale, credentials: MD}
    profession: attending_physician
    native_languages: [en, es]
    language_proficiencies: [{language: es, verified_on: 2025-05-01}]
    calendar_source_id: "71"
    engagements: [{starts: 2023-07-01, ends: null}]
    absences: [{starts: 2026-12-24, ends: 2027-01-02, reason: leave}]
    bookable: true
    accepts_new_patients: true
    can_bill_independently: true
    licenses: [{state: UT, number: U-1, starts: 2020-01-01, ends: 2027-01-31}]
    visit_types: [{visit_type: intake, location: video, minutes: 60, min_age: 18, max_age: 99, ehr_reason_id: "101"}]
  - npi: "2000000218"
    name: {first: Theo, last: Wexler}
    profession: resident_physician
    calendar_source_id: "72"
    engagements: [{starts: 2024-07-01}]
    bookable: true
    licenses: [{state: UT, number: U-2, starts: 2024-07-01}]
    visit_types: [{visit_type: intake, minutes: 60, ehr_reason_id: "101"}]
payers:
  - code: regence
    name: Regence BlueCross BlueShield of Utah
    type: commercial
    state: UT
    aliases: [blue cross]
    requires_independent: true
    group_contract: {starts: 2026-06-01, roster: [{provider: "2000000101", starts: 2026-06-01}]}
    supervised_terms: [{starts: 2025-11-01, claim_mode: attending_rendering, presence: sign_off, source: letter}]
    benefit_routes: [{to: regence, employer: University, question: {en: "Who?"}}]
    ehr_packages: [{plan: null, package_ids: ["10459"]}]
contracts:
  - {provider: "2000000101", payer: regence, status: active, starts: 2025-11-01, confirmed_by: letter, confirmed_on: 2025-10-20}
supervisions:
  - {supervisor: "2000000101", supervisee: "2000000218", payer: regence, starts: 2025-11-01}
documents:
  - {kind: terms, version: "1", url: /documents/terms}
vendors:
  - {name: sendgrid, baa_until: +365d}
"""

NOTHING_STORED = {table.name: {} for table in TABLES}


def with_change(old: str, new: str, text: str = SMALL) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def faults_in(text: str) -> list[Fault]:
    """Every fault of a file loaded into an empty database."""
    try:
        parsed = PracticeFile(text).read(TODAY)
    except FaultyFileError as faulty:
        return faulty.faults
    keys = [row.key for row in parsed.rows]
    difference = compare(parsed.rows, keys, parsed.wishes, NOTHING_STORED, Options(TODAY))
    return all_faults(parsed.faults, check(parsed.rows, NOTHING_STORED), check_planned(difference.planned))


def found_and_expected(old: str, new: str, lines_below: int, field: str, code: str) -> tuple[list, tuple]:
    """What is wrong once `old` is `new`, and what should be: a fault `lines_below` the line on which `old` began."""
    line = SMALL[: SMALL.index(old)].count("\n") + 1 + lines_below
    return [(each.line, each.field, each.code) for each in faults_in(with_change(old, new))], (line, field, code)
