from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlit.ehr.athena import wire

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=10,
)


@pytest.mark.parametrize("value", [None, "", "0", 0, " "])
def test_four_ways_to_have_no_id(value):
    assert wire.an_id(value) == ""


@pytest.mark.parametrize("value", ["86", 86, " 86 "])
def test_an_id_is_text_however_it_came(value):
    assert wire.an_id(value) == "86"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("30", 30),
        (30, 30),
        ("3600", 3600),
        (-5, -5),
        ("-5.0", -5),
        ("", None),
        (None, None),
        (True, None),
        ("1e999", None),
        ("x", None),
    ],
)
def test_numbers_are_read_from_numbers_and_text(value, number):
    assert wire.number(value) == number


@pytest.mark.parametrize("value", [True, "true", "TRUE", 1, "1", "Y", "y", "yes"])
def test_every_way_to_say_yes(value):
    assert wire.flag(value)


@pytest.mark.parametrize("value", [False, "false", 0, "0", "N", "", None, [], {}])
def test_everything_else_is_no(value):
    assert not wire.flag(value)


@pytest.mark.parametrize("value", [["1", "2"], [1, 2], "1,2", "1, 2,"])
def test_a_list_of_ids_is_read_from_lists_and_comma_lists(value):
    assert wire.texts(value) == ("1", "2")


ROW = {"providerid": 1}


@pytest.mark.parametrize(
    ("payload", "rows"),
    [
        ({"providers": [ROW], "totalcount": 1}, [ROW]),
        ([ROW], [ROW]),
        ([], []),
        ({"totalcount": 0}, []),
        ({"providers": []}, []),
    ],
)
def test_a_list_is_found_bare_or_under_its_key(payload, rows):
    assert wire.rows(payload, "providers") == rows


@pytest.mark.parametrize("payload", [None, "", 1, {"error": "no"}, {"providers": "x"}, {"others": [ROW]}])
def test_what_is_no_list_is_not_taken_for_an_empty_one(payload):
    with pytest.raises(wire.UnreadableError):
        wire.rows(payload, "providers")


@pytest.mark.parametrize("payload", [ROW, [ROW]])
def test_one_row_comes_alone_or_in_an_array(payload):
    assert wire.one(payload) == ROW


@pytest.mark.parametrize("payload", [[], [ROW, ROW], 1, "x", None])
def test_anything_else_is_not_one_row(payload):
    with pytest.raises(wire.UnreadableError):
        wire.one(payload)


def test_of_several_rows_the_one_asked_for_is_taken():
    assert wire.one_of([{"id": 1}, {"id": "2"}], "id", "2") == {"id": "2"}
    with pytest.raises(wire.UnreadableError):
        wire.one_of([{"id": 1}, {"id": "2"}], "id", "3")


YES = [
    1,
    "1",
    True,
    "true",
    {"success": True},
    {"success": "true", "errormessage": ""},
    [{"success": True}],
    [{"patientid": "1"}],
    {"status": "x"},
    {"waitlistid": 7},
]


@pytest.mark.parametrize("payload", YES)
def test_every_shape_of_success(payload):
    assert wire.succeeded(payload)
    assert wire.refusal(payload) is None


@pytest.mark.parametrize(
    "payload",
    [
        {"success": False, "errormessage": "No."},
        {"success": "false", "error": "No."},
        "No.",
        {"errormessage": "No."},
        [{"success": 0, "errormessage": "No."}],
    ],
)
def test_every_shape_of_refusal_gives_its_reason(payload):
    assert wire.refusal(payload) == "No."
    assert not wire.succeeded(payload)


@pytest.mark.parametrize("payload", [{"success": False}, [{"success": "false", "errormessage": ""}], ""])
def test_a_no_without_reason_is_neither_yes_nor_no(payload):
    assert wire.refusal(payload) == ""


def test_a_remark_beside_a_patient_id_is_no_refusal():
    assert wire.refusal([{"patientid": "100", "errormessage": "The patient already exists."}]) is None


@pytest.mark.parametrize(
    ("link", "offset"),
    [
        ("/v1/195900/departments?limit=1&offset=1", 1),
        ("/v1/1/appointments/open?DEPARTMENTID=162&OFFSET=1500", 1500),
        ("/v1/1/x?limit=5", None),
        (None, None),
    ],
)
def test_the_next_page_is_found_in_links_of_any_case(link, offset):
    assert wire.next_offset({"next": link}) == offset


@given(JSON)
def test_no_answer_whatever_makes_a_reader_stumble(payload):
    for read in (
        wire.text,
        wire.an_id,
        wire.number,
        wire.flag,
        wire.texts,
        wire.refusal,
        wire.succeeded,
        wire.next_offset,
    ):
        read(payload)
    for shaped in (lambda: wire.rows(payload, "x"), lambda: wire.one(payload), lambda: wire.one_of(payload, "x", "1")):
        with suppress(wire.UnreadableError):
            shaped()
