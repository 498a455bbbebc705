from itertools import combinations
from pathlib import Path

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.cli.demo_seed import practice_for_athena
from moonlit.platform import clock
from moonlit.practice.models import Provider
from moonlit.practicefile.services import load

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "practice.yaml"

pytestmark = pytest.mark.django_db


@pytest.fixture
def told():
    load(EXAMPLE.read_text(), actor=SYSTEM, now=clock.now())
    return practice_for_athena()


def test_every_provider_with_an_ehr_id_and_a_visit_has_open_time_every_workday(told):
    mapped = {
        p.calendar_source_id
        for p in Provider.objects.exclude(calendar_source_id=None).filter(visit_types__ehr_reason_id__isnull=False)
    }
    for provider in mapped:
        days = {
            block["weekday"]
            for schedule in told["schedules"]
            if schedule["providerid"] == provider
            for block in schedule["blocks"]
        }
        assert days == {0, 1, 2, 3, 4}, provider


def test_nobody_is_at_two_places_at_once(told):
    blocks = [
        (schedule["providerid"], block["weekday"], block["start"], block["end"])
        for schedule in told["schedules"]
        for block in schedule["blocks"]
    ]
    for (who, day, start, end), (other, other_day, other_start, other_end) in combinations(blocks, 2):
        assert (who, day) != (other, other_day) or end <= other_start or other_end <= start


def test_each_schedule_is_bookable_by_reasons_its_provider_has_there(told):
    known = {(reason["providerid"], reason["departmentid"], reason["id"]) for reason in told["reasons"]}
    for schedule in told["schedules"]:
        assert schedule["reasonids"]
        for reason in schedule["reasonids"]:
            assert (schedule["providerid"], schedule["departmentid"], reason) in known


def test_schedules_always_reach_at_least_ninety_days(told):
    assert told["days"] >= 90


def test_telling_it_twice_tells_the_same(told):
    assert practice_for_athena() == told
