"""Loading: all or nothing, the same file twice changes nothing, staff's edits stay."""

from datetime import date, timedelta

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.audit.models import AuditEvent
from moonlit.coverage.models import ProviderPayer, Supervision
from moonlit.practice.models import License, Practice, Provider, ProviderFlag, Vendor
from moonlit.practice.versions import facts_version
from moonlit.practicefile import services, writing
from moonlit.practicefile.faults import FaultyFileError
from moonlit.practicefile.report import counts, lines
from moonlit.practicefile.services import load
from moonlit.practicefile.stored import read_stored
from moonlit.practicefile.tests.small import NOW, SMALL, TODAY, with_change
from moonlit.worklist.models import Task

pytestmark = pytest.mark.django_db

CONTRACT = "starts: 2025-11-01, confirmed_by: letter, confirmed_on: 2025-10-20}"


def load_small(text: str = SMALL, now=NOW, **options):
    return load(text, actor=SYSTEM, now=now, **options)


def verbs() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))


def test_a_load_writes_every_row_of_the_file():
    loaded = load_small()
    assert loaded.written
    assert Practice.objects.get().anchor == TODAY
    assert Provider.objects.count() == 2
    contract = ProviderPayer.objects.get()
    assert (contract.effective_date, contract.end_date, contract.confirmed_on) == (
        date(2025, 11, 1),
        None,
        date(2025, 10, 20),
    )
    assert verbs() == ["practice:file:loaded"]


def test_a_second_load_changes_nothing_not_even_the_version():
    load_small()
    version, before = facts_version(), read_stored()
    again = load_small(now=NOW + timedelta(days=3))
    assert (again.written, again.difference.changes) == (False, [])
    assert (facts_version(), read_stored()) == (version, before)
    assert verbs() == ["practice:file:loaded"]


def test_a_changed_member_changes_its_row_alone_and_the_version():
    load_small()
    version = facts_version()
    loaded = load_small(with_change("name: Regence BlueCross BlueShield of Utah", "name: Regence"))
    assert list(lines(loaded.difference)) == ['~ payer regence: name "Regence BlueCross BlueShield of Utah" -> Regence']
    assert facts_version() > version


def test_one_fault_keeps_everything_out_and_leaves_a_trace():
    with pytest.raises(FaultyFileError):
        load_small(with_change("status: active", "status: aktive"))
    assert not Practice.objects.exists()
    assert verbs() == ["practice:file:refused"]


def test_a_failure_while_writing_takes_everything_back(monkeypatch):
    load_small()
    version, before = facts_version(), read_stored()
    save = writing.save_rows

    def failing(model, **rows):
        if model is ProviderPayer:
            raise RuntimeError("the disk is full")
        save(model, **rows)

    monkeypatch.setattr(writing, "save_rows", failing)
    text = with_change("name: Regence BlueCross BlueShield of Utah", "name: Regence")
    with pytest.raises(RuntimeError):
        load_small(with_change("confirmed_by: letter", "confirmed_by: call", text))
    assert (facts_version(), read_stored()) == (version, before)


def test_a_dry_run_tells_the_difference_and_writes_nothing():
    loaded = load_small(dry_run=True)
    assert not loaded.written
    assert counts(loaded.difference)["add"] == 29
    assert "+ contract 2000000101 / regence / 2025-11-01" in lines(loaded.difference)
    assert not Practice.objects.exists()
    assert verbs() == []
    with pytest.raises(FaultyFileError):
        load_small(with_change("status: active", "status: aktive"), dry_run=True)
    assert verbs() == []


def test_a_row_edited_by_staff_is_kept_and_told_until_it_is_forced():
    load_small()
    License.objects.filter(number="U-1").update(ends=date(2028, 1, 31), edited_at=NOW)
    kept = load_small()
    [line] = lines(kept.difference)
    assert line.startswith("= license 2000000101 / UT / 2020-01-01: ends 2028-01-31 -> 2027-01-31 (not written")
    assert (kept.written, License.objects.get(number="U-1").ends) == (False, date(2028, 1, 31))

    forced = load_small(force=True)
    row = License.objects.get(number="U-1")
    assert (forced.written, row.ends, row.edited_at) == (True, date(2027, 1, 31), None)


def test_a_flag_edited_by_staff_is_kept_until_it_is_forced():
    load_small()
    flag = ProviderFlag.objects.get(provider__npi="2000000218", flag="bookable")
    ProviderFlag.objects.filter(pk=flag.pk).update(ends=TODAY, edited_at=NOW)
    tomorrow = NOW + timedelta(days=1)
    assert counts(load_small(now=tomorrow).difference)["keep"] == 1
    assert ProviderFlag.objects.get(pk=flag.pk).ends == TODAY
    load_small(now=tomorrow, force=True)
    periods = ProviderFlag.objects.filter(provider__npi="2000000218", flag="bookable").values_list("starts", "ends")
    assert sorted(periods) == [(TODAY, TODAY), (TODAY + timedelta(days=1), None)]


def test_a_flag_holds_from_the_day_it_is_loaded_and_ends_the_day_before_it_is_taken_away():
    load_small()
    off = with_change(
        "    bookable: true\n    licenses: [{state: UT, number: U-2",
        "    bookable: false\n    licenses: [{state: UT, number: U-2",
    )
    load_small(off, now=NOW + timedelta(days=5))
    flag = ProviderFlag.objects.get(provider__npi="2000000218", flag="bookable")
    assert (flag.starts, flag.ends) == (TODAY, TODAY + timedelta(days=4))
    load_small(now=NOW + timedelta(days=7))
    assert ProviderFlag.objects.filter(
        provider__npi="2000000218", flag="bookable", ends=None
    ).get().starts == TODAY + timedelta(7)


def test_a_flag_taken_away_on_its_first_day_never_held():
    load_small()
    off = with_change(
        "    bookable: true\n    licenses: [{state: UT, number: U-2",
        "    bookable: false\n    licenses: [{state: UT, number: U-2",
    )
    load_small(off)
    flag = ProviderFlag.objects.get(provider__npi="2000000218", flag="bookable")
    assert flag.ends == flag.starts - timedelta(days=1)
    load_small()
    assert ProviderFlag.objects.get(provider__npi="2000000218", flag="bookable").ends is None


def test_a_flag_the_file_does_not_name_is_left_alone():
    load_small()
    ProviderFlag.objects.create(
        provider=Provider.objects.get(npi="2000000218"), flag="accepts_new_patients", starts=TODAY
    )
    assert load_small().difference.changes == []


def test_relative_dates_count_from_the_day_of_the_first_load():
    load_small()
    load_small(now=NOW + timedelta(days=40))
    assert Vendor.objects.get().baa_until == TODAY + timedelta(days=365)


def test_the_first_day_is_the_practice_s_own_not_utc():
    load_small(now=NOW.replace(hour=5))  # 22:00 of the day before in Denver
    assert Practice.objects.get().anchor == TODAY - timedelta(days=1)


@pytest.mark.parametrize("shift", [7, -7, 14, -14])
def test_a_new_anchor_moves_the_rows_with_relative_dates_instead_of_doubling_them(shift):
    text = with_change(
        CONTRACT,
        'starts: -7d, ends: +6d}\n  - {provider: "2000000101", payer: regence, status: active, starts: +7d, ends: +20d}',
    )
    text = with_change("payer: regence, starts: 2025-11-01}", "payer: regence, starts: +3d}", text)
    load_small(text)
    ids = set(ProviderPayer.objects.values_list("pk", flat=True))
    anchor = TODAY + timedelta(days=shift)
    loaded = load_small(text, anchor=anchor)
    assert (loaded.anchor_before, loaded.anchor, Practice.objects.get().anchor) == (TODAY, anchor, anchor)
    assert set(ProviderPayer.objects.values_list("pk", flat=True)) == ids
    assert sorted(ProviderPayer.objects.values_list("effective_date", "end_date")) == [
        (anchor - timedelta(days=7), anchor + timedelta(days=6)),
        (anchor + timedelta(days=7), anchor + timedelta(days=20)),
    ]
    assert Supervision.objects.get().starts == anchor + timedelta(days=3)
    assert load_small(text).difference.changes == []


def test_a_contract_may_not_overlap_one_that_is_only_stored():
    load_small()
    text = with_change(CONTRACT, "starts: 2026-02-01}")
    with pytest.raises(FaultyFileError) as caught:
        load_small(text)
    [fault] = caught.value.faults
    assert (fault.code, fault.field) == ("contracts_overlap", "contracts[0].starts")
    assert "already stored, from 2025-11-01 without an end" in fault.sentence


def test_two_rows_may_swap_their_ehr_ids():
    load_small()
    text = with_change('ehr_department_id: "1"', 'ehr_department_id: "x"')
    text = with_change('ehr_department_id: "3"', 'ehr_department_id: "1"', text)
    text = with_change('ehr_department_id: "x"', 'ehr_department_id: "3"', text)
    load_small(text)
    assert read_stored()["location"][("video",)].values["ehr_department_id"] == "3"


def test_a_file_of_one_section_may_refer_to_what_is_stored():
    load_small()
    load_small('contracts:\n  - {provider: "2000000218", payer: regence, status: credentialing_in_progress}\n')
    assert ProviderPayer.objects.count() == 2


@pytest.mark.parametrize(
    ("contract", "kind"),
    [
        ("confirmed_by: letter, confirmed_on: 2025-10-20}", "start_date_missing"),
        ("starts: 2025-11-01}", "start_unconfirmed"),
        ("starts: 2025-11-01, confirmed_by: letter}", "start_unconfirmed"),
    ],
)
def test_a_contract_that_covers_nothing_opens_a_task_and_closes_it_when_put_right(contract, kind):
    load_small(with_change(CONTRACT, contract))
    task = Task.objects.get()
    assert (task.kind, task.state, task.team) == (kind, "open", "credentialing")
    assert task.subject == f"contract:{ProviderPayer.objects.get().pk}"
    assert task.due > NOW
    load_small(with_change(CONTRACT, contract), now=NOW + timedelta(days=1))
    assert Task.objects.count() == 1

    ProviderPayer.objects.update(effective_date=date(2025, 11, 1), confirmed_by="letter", confirmed_on=TODAY)
    services.review_contracts(actor=SYSTEM, now=NOW)
    assert Task.objects.get().state == "closed"


@pytest.mark.parametrize("contract", ["status: inactive", "status: credentialing_in_progress"])
def test_only_active_contracts_open_tasks(contract):
    text = with_change("status: active", contract)
    load_small(with_change(CONTRACT, "}", text))
    assert not Task.objects.exists()
