"""Whatever stands in a file, loading it names faults or works; it never fails in another way."""

import pytest
import yaml
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moonlit.audit.actor import SYSTEM
from moonlit.practicefile.faults import Fault, FaultyFileError
from moonlit.practicefile.services import load
from moonlit.practicefile.tests.small import NOW, SMALL


def _places(node: yaml.Node) -> list[tuple[int, int]]:
    """Where each value begins and ends in the text."""
    found = [(node.start_mark.index, node.end_mark.index)]
    if isinstance(node, yaml.MappingNode):
        found += [place for _, value in node.value for place in _places(value)]
    elif isinstance(node, yaml.SequenceNode):
        found += [place for value in node.value for place in _places(value)]
    return found


PLACES = _places(yaml.compose(SMALL, Loader=yaml.SafeLoader))
ODD = [
    "null",
    "7",
    "-1",
    "99999999999",
    "3.5",
    "true",
    "'true'",
    "''",
    "' '",
    "x",
    "'" + "long " * 60 + "'",
    "[]",
    "[[]]",
    "{}",
    "{en: x}",
    "2026-02-30",
    "9999-12-31",
    "0001-01-01",
    "+3d",
    "-99999d",
    "'2000000101'",
    "regence",
    "telehealth",
    "[telehealth]",
    '"\\0"',
    '"a\\nb"',
    "'\U0001f319'",
]


def _faults_of_loading(text: str) -> list[Fault]:
    with transaction.atomic():
        try:
            load(text, actor=SYSTEM, now=NOW)
        except FaultyFileError as faulty:
            return faulty.faults
        finally:
            transaction.set_rollback(True)
    return []


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(st.sampled_from(PLACES), st.sampled_from(ODD))
def test_an_odd_value_anywhere_is_a_fault_or_is_loaded(place, odd):
    first, last = place
    end = "\n" if SMALL[first:last].endswith("\n") else ""
    faults = _faults_of_loading(SMALL[:first] + odd + end + SMALL[last:])
    assert all(fault.line >= 1 and fault.sentence and fault.code for fault in faults)
