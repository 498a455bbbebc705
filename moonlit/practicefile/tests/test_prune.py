"""`--prune` ends what the file no longer has. Nothing is ever deleted, and the past stays as it was."""

from datetime import date, timedelta

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.coverage.models import GroupContract, ProviderPayer, RosterEntry, SupervisedTerms, Supervision
from moonlit.coverage.queries import facts
from moonlit.practice.models import Absence, Closure, Engagement, License, Provider, ProviderFlag, VisitType
from moonlit.practicefile.report import counts, lines
from moonlit.practicefile.services import load
from moonlit.practicefile.stored import read_stored
from moonlit.practicefile.tests.small import NOW, SMALL, TODAY, with_change

pytestmark = pytest.mark.django_db

YESTERDAY = TODAY - timedelta(days=1)
PRACTICE_ONLY = SMALL[: SMALL.index("locations:")]
CONTRACT = "starts: 2025-11-01, confirmed_by: letter, confirmed_on: 2025-10-20}"


@pytest.fixture(autouse=True)
def _loaded() -> None:
    load(SMALL, actor=SYSTEM, now=NOW - timedelta(days=10))


def load_now(text: str, **options):
    return load(text, actor=SYSTEM, now=NOW, **options)


def test_rows_absent_from_the_file_stay_without_prune():
    before = read_stored()
    assert load_now(PRACTICE_ONLY).difference.changes == []
    assert read_stored() == before


def test_prune_ends_every_period_yesterday_and_deletes_nothing():
    sizes = {name: len(rows) for name, rows in read_stored().items()}
    load_now(PRACTICE_ONLY, prune=True)
    assert {name: len(rows) for name, rows in read_stored().items()} == sizes
    for model in (Engagement, License, GroupContract, RosterEntry, SupervisedTerms, Supervision, ProviderFlag):
        assert set(model.objects.values_list("ends", flat=True)) == {YESTERDAY}, model
    contract = ProviderPayer.objects.get()
    assert (contract.status, contract.effective_date, contract.end_date) == ("active", date(2025, 11, 1), YESTERDAY)
    assert VisitType.objects.get().public is False


def test_a_row_that_had_not_begun_never_will():
    load_now(PRACTICE_ONLY, prune=True)
    for row in (Absence.objects.get(), Closure.objects.get()):
        assert row.ends == row.starts - timedelta(days=1)
    assert facts().practice.closures == ()
    assert all(provider.absences == () for provider in facts().providers.values())


def test_a_start_on_the_first_day_of_the_calendar_can_be_pruned():
    load_now(with_change("[{starts: 2024-07-01}]", "[{starts: 0001-01-01, ends: 0001-01-01}]"), force=True)
    assert load_now(PRACTICE_ONLY, prune=True).written


def test_prune_twice_changes_nothing_more():
    load_now(PRACTICE_ONLY, prune=True)
    again = load(PRACTICE_ONLY, actor=SYSTEM, now=NOW + timedelta(days=30), prune=True)
    assert not again.written
    assert counts(again.difference)["end"] == 0


def test_a_row_without_an_end_is_told_and_left():
    left = [line for line in lines(load_now(PRACTICE_ONLY, prune=True).difference) if line.startswith(".")]
    assert ". payer regence: not in the file; it has no end to set, so it stays" in left
    assert ". location video: not in the file; it has no end to set, so it stays" in left


def test_a_pruned_provider_is_no_longer_bookable():
    start, end = SMALL.index('  - npi: "2000000218"'), SMALL.index("payers:")
    text = (SMALL[:start] + SMALL[end:]).replace(
        '  - {supervisor: "2000000101", supervisee: "2000000218", payer: regence, starts: 2025-11-01}\n', ""
    )
    load_now(text.replace("supervisions:\n", ""), prune=True)
    wexler = facts().providers[Provider.objects.get(npi="2000000218").pk]
    assert [period.ends for period in wexler.bookable] == [YESTERDAY]
    quintero = facts().providers[Provider.objects.get(npi="2000000101").pk]
    assert quintero.bookable[0].ends is None


def test_a_start_corrected_to_an_earlier_day_replaces_the_pruned_contract():
    later = with_change(CONTRACT, "starts: 2027-03-01, confirmed_by: letter, confirmed_on: 2025-10-20}")
    load_now(later, prune=True)
    load_now(with_change(CONTRACT, "starts: 2027-01-01, confirmed_by: letter, confirmed_on: 2025-10-20}"), prune=True)
    starts = [row.starts for row in facts().contracts]
    assert starts == [date(2025, 11, 1), date(2027, 1, 1)]


def test_a_pruned_application_is_inactive():
    text = SMALL.replace("status: active", "status: credentialing_in_progress").replace(CONTRACT, "starts: +50d}")
    load_now(text, prune=True)
    load_now(PRACTICE_ONLY, prune=True)
    assert set(ProviderPayer.objects.filter(effective_date__gt=TODAY).values_list("status", flat=True)) == {"inactive"}


def test_a_row_edited_by_staff_is_not_ended_unless_forced():
    Engagement.objects.filter(provider__npi="2000000101").update(edited_at=NOW)
    load_now(PRACTICE_ONLY, prune=True)
    assert Engagement.objects.get(provider__npi="2000000101").ends is None
    load_now(PRACTICE_ONLY, prune=True, force=True)
    assert Engagement.objects.get(provider__npi="2000000101").ends == YESTERDAY


def test_a_pruned_row_that_comes_back_is_open_again():
    load_now(PRACTICE_ONLY, prune=True)
    load_now(SMALL)
    assert ProviderPayer.objects.get().end_date is None
    assert Absence.objects.get().ends == date(2027, 1, 2)
