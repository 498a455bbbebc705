"""Each way a file can be wrong is named with its line, its field and a stable code."""

import pytest

from moonlit.practicefile.tests.small import SMALL, faults_in, found_and_expected, with_change

CONTRACT = "starts: 2025-11-01, confirmed_by: letter, confirmed_on: 2025-10-20}"
SECOND = '\n  - {provider: "2000000101", payer: regence, status: active, '

ONE_FAULT = {
    # what is written twice, or not known
    "a member twice": ("  name: Moonlit Psychiatry", "  name: A\n  name: B", 1, "practice.name", "duplicate_member"),
    "an unknown member": ("home_state: UT", "home_state: UT\n  motto: x", 1, "practice.motto", "unknown_member"),
    "an unknown section": ("documents:", "document: []\ndocuments:", 0, "document", "unknown_member"),
    "a missing member": ("    profession: resident_physician\n", "", -2, "providers[1].profession", "member_missing"),
    "a row twice": (
        CONTRACT,
        CONTRACT + SECOND + "starts: 2025-11-01, ends: 2025-11-01}",
        1,
        "contracts[1].starts",
        "duplicate_row",
    ),
    "a license twice": (
        "[{state: UT, number: U-2, starts: 2024-07-01}]",
        "[{state: UT, number: U-2, starts: 2024-07-01},\n {state: UT, number: U-3, starts: 2024-07-01}]",
        1,
        "providers[1].licenses[1].starts",
        "duplicate_row",
    ),
    "an undated contract twice": (
        CONTRACT,
        CONTRACT + SECOND + "}" + SECOND + "}",
        2,
        "contracts[2].starts",
        "duplicate_row",
    ),
    # codes of other rows
    "an unknown payer": ("payer: regence, status", "payer: regense, status", 0, "contracts[0].payer", "unknown_payer"),
    "an unknown provider": (
        'supervisee: "2000000218"',
        'supervisee: "2000000325"',
        0,
        "supervisions[0].supervisee",
        "unknown_provider",
    ),
    "an unknown provider on a roster": (
        '[{provider: "2000000101"',
        '[{provider: "2000000325"',
        0,
        "payers[0].group_contract.roster[0].provider",
        "unknown_provider",
    ),
    "an unknown visit type": (
        "{visit_type: intake, location",
        "{visit_type: intakes, location",
        0,
        "providers[0].visit_types[0].visit_type",
        "unknown_visit_type",
    ),
    "an unknown visit type in terms": (
        "presence: sign_off,",
        "presence: sign_off, visit_types: [intakes],",
        0,
        "payers[0].supervised_terms[0].visit_types",
        "unknown_visit_type",
    ),
    "an unknown location": (
        "location: video",
        "location: vidio",
        0,
        "providers[0].visit_types[0].location",
        "unknown_location",
    ),
    "an unknown location of a provider": (
        'calendar_source_id: "72"',
        'calendar_source_id: "72"\n    locations: [boise]',
        1,
        "providers[1].locations",
        "unknown_location",
    ),
    "an unknown behavioral payer": ("{to: regence", "{to: hmhi", 0, "payers[0].benefit_routes[0].to", "unknown_payer"),
    # rows that contradict themselves or each other
    "an end before its start": (
        "ends: 2027-01-02",
        "ends: 2026-12-23",
        0,
        "providers[0].absences[0].ends",
        "ends_before_starts",
    ),
    "a contract that ends before it starts": (
        CONTRACT,
        "starts: 2025-11-01, ends: 2025-10-31, confirmed_by: letter, confirmed_on: 2025-10-20}",
        0,
        "contracts[0].ends",
        "ends_before_starts",
    ),
    "ages in the wrong order": (
        "max_age: 99",
        "max_age: 17",
        0,
        "providers[0].visit_types[0].max_age",
        "ages_reversed",
    ),
    "a closure of two years": ("ends: 2026-12-25", "ends: 2028-12-25", 0, "closures[0].ends", "out_of_range"),
    "a home state outside the states": (
        "home_state: UT",
        "home_state: WA",
        0,
        "practice.home_state",
        "home_state_missing",
    ),
    "a clinic nowhere": (
        ',\n     address: {line1: 25 Invented Street, city: Ogden, state: UT, zip: "84401"}}',
        "}",
        0,
        "locations[1].code",
        "member_missing",
    ),
    "supervision of oneself": (
        'supervisee: "2000000218"',
        'supervisee: "2000000101"',
        0,
        "supervisions[0].supervisee",
        "supervises_oneself",
    ),
    "contracts that overlap by a day": (
        CONTRACT,
        "starts: 2025-11-01, ends: 2026-03-01}" + SECOND + "starts: 2026-03-01}",
        1,
        "contracts[1].starts",
        "contracts_overlap",
    ),
    "two places of one department": (
        'ehr_department_id: "3"',
        'ehr_department_id: "1"',
        0,
        "locations[1].ehr_department_id",
        "ehr_id_shared",
    ),
    "two clinicians of one calendar": (
        'calendar_source_id: "72"',
        'calendar_source_id: "71"',
        0,
        "providers[1].calendar_source_id",
        "ehr_id_shared",
    ),
    "a sender that gives the specialty away": (
        "hello@example.org",
        "hello@psychiatry.example.org",
        0,
        "practice.message_from",
        "message_name_reveals",
    ),
    # YAML itself
    "a reference": (
        "aliases: [blue cross]",
        "aliases: &names [blue cross]\n    plan_codes: *names",
        0,
        "",
        "yaml_reference",
    ),
    "a tag": ("last: Wexler", "last: !!python/name:os.system Wexler", 0, "", "yaml_tag"),
    "a bracket left open": ("aliases: [blue cross]", "aliases: [blue cross", 1, "", "malformed_yaml"),
}


@pytest.mark.parametrize("case", ONE_FAULT.values(), ids=ONE_FAULT.keys())
def test_a_fault_is_named_with_its_line_field_and_code(case):
    found, expected = found_and_expected(*case)
    assert found == [expected]


def test_a_right_file_has_no_faults():
    assert faults_in(SMALL) == []


@pytest.mark.parametrize(
    "name",
    [
        "Moonlit Psychiatry",
        "PSYCH care",
        "Psiquiatría Luna",
        "Mental Wellness",
        "Behavioural Care",
        "Terapia Luna",
        "Luna Counseling",
    ],
)
def test_a_message_name_that_tells_the_specialty_is_refused(name):
    [fault] = faults_in(with_change("message_name: Moonlit", f"message_name: {name}"))
    assert (fault.line, fault.field, fault.code) == (3, "practice.message_name", "message_name_reveals")


def test_every_fault_is_told_at_once_in_the_order_of_the_file():
    text = with_change('- npi: "2000000218"', '- npi: "2000000219"')
    text = with_change("time_zone: America/Denver\n  phone", "time_zone: Mars\n  phone", text)
    text = with_change("status: active", "status: aktive", text)
    faults = faults_in(text)
    assert [fault.code for fault in faults] == ["unknown_zone", "npi_invalid", "unknown_word", "unknown_provider"]
    assert faults == sorted(faults)


def test_a_near_miss_comes_with_a_suggestion():
    [fault] = faults_in(with_change("payer: regence, status", "payer: regense, status"))
    assert 'Did you mean "regence"?' in fault.sentence
    [fault] = faults_in(with_change("    bookable: true\n    accepts", "    bookabel: true\n    accepts"))
    assert 'Did you mean "bookable"?' in fault.sentence


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a list\n", "word\n", "practice: {\n", "a: \x00\n", "[" * 5000])
def test_a_text_that_is_no_practice_file_is_one_fault(text):
    assert len(faults_in(text)) == 1


def test_a_file_without_a_practice_needs_one_in_the_database():
    assert [fault.code for fault in faults_in("vendors: []\n")] == ["member_missing"]
