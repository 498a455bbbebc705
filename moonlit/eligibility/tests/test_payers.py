"""The search behind "How will you pay?" (interface.md, GET /payers)."""

import pytest

from moonlit.eligibility.queries import search_payers
from tests.support.scene import PRACTICE, build_scene

MORE = """
  - {code: zephyr, name: Zéphyr Blue-Cross of Idaho, type: commercial, state: ID, aliases: [zbc], plan_codes: []}
  - {code: blue, name: Regal BlueCross BlueShield of Utah, type: commercial, state: UT, aliases: [r.b.c., "Blå Kors"],
     plan_codes: []}
  - {code: blue_later, name: Blue Cross Later, type: exchange, state: ID, aliases: [], plan_codes: []}
  - {code: blue_soon, name: Blue Cross Soon, type: exchange, state: UT, aliases: [], plan_codes: []}
  - {code: blue_none, name: A Blue Cross, type: medicaid, state: UT, aliases: [], plan_codes: [], practice_status: denied}
  - {code: blue_far, name: A Far Blue Cross, type: medicaid, state: NV, aliases: [], plan_codes: []}
"""
MANY = "".join(
    f"\n  - {{code: many{n}, name: Manyfold {n:02}, type: commercial, state: UT, aliases: [], plan_codes: []}}"
    for n in range(14)
)


def contract(payer, starts):
    return (
        f'\n  - {{provider: "2000000325", payer: {payer}, status: active, starts: {starts}, ends: null, '
        "confirmed_by: letter, confirmed_on: -110d}"
    )


@pytest.fixture
def scene(db, settings):
    settings.EHR_FACTORY = "tests.support.scene.current_ehr"
    text = PRACTICE.replace("\ncontracts:", f"{MORE.rstrip()}{MANY}\ncontracts:")
    contracts = (
        contract("blue", "-100d")
        + contract("zephyr", "-100d")
        + contract("blue_later", "+9d")
        + contract("blue_soon", "+20d")
    )
    return build_scene(text.replace("\nsupervisions:", f"{contracts}\nsupervisions:"))


def found(scene, q):
    return [hit.code for hit in search_payers(q, scene.clock())]


@pytest.mark.parametrize(
    "q",
    [
        "regal bluecross",
        "Regal  BLUE CROSS",
        "cross regal",
        "blueshield",
        "blue shield utah",
        "r.b.c.",
        "rbc",
        "bla kors",
        "BLÅ",
        "rega",
    ],
)
def test_words_in_any_order_without_case_accents_or_spaces_find_a_payer(scene, q):
    assert "blue" in found(scene, q)


def test_every_word_must_be_there(scene):
    assert found(scene, "regal idaho") == []


def test_marks_between_letters_do_not_matter(scene):
    assert found(scene, "zephyr bluecross") == ["zephyr"]
    assert found(scene, "Zéphyr") == ["zephyr"]
    assert found(scene, "ze\N{COMBINING ACUTE ACCENT}phyr") == ["zephyr"]


def test_an_alias_finds_its_payer(scene):
    assert found(scene, "zbc") == ["zephyr"]
    assert found(scene, "alps") == ["alpine"]


def test_names_and_aliases_are_not_read_across(scene):
    assert found(scene, "idahozbc") == []


@pytest.mark.parametrize("q", ["", " ", "a", "é", "-", "- -", "!!", "  z  "])
def test_less_than_two_letters_find_nothing(scene, q):
    assert found(scene, q) == []


def test_two_letters_in_two_words_are_two(scene):
    assert "blue" in found(scene, "b c")


def test_the_bookable_come_first_then_those_bookable_later_then_leads_each_with_the_home_state_first(scene):
    hits = search_payers("blue cross", scene.clock())
    assert [(hit.code, hit.outcome.value) for hit in hits] == [
        ("blue", "bookable"),
        ("zephyr", "bookable"),
        ("blue_soon", "bookable_from"),
        ("blue_later", "bookable_from"),
        ("blue_none", "lead"),
        ("blue_far", "lead"),
    ]
    opens = {hit.code: hit.bookable_from.isoformat() for hit in hits if hit.bookable_from}
    assert opens == {"blue_soon": "2026-03-22", "blue_later": "2026-03-11"}


def test_ten_at_most(scene):
    hits = found(scene, "manyfold")
    assert len(hits) == 10
    assert hits == [f"many{number}" for number in range(10)]


def test_a_hit_says_what_it_is(scene):
    (hit,) = search_payers("alpine", scene.clock())
    assert (hit.code, hit.name, hit.type, hit.state) == ("alpine", "Alpine Health Plan", "commercial", "UT")


def test_a_practice_without_a_public_first_visit_finds_payers_as_leads(scene):
    from moonlit.practice.models import FactsVersion, VisitType

    VisitType.objects.update(public=False)
    FactsVersion.objects.update(version=10**9)
    hits = found(scene, "alps")
    assert hits
