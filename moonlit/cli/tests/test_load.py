"""`moonlit load` as a person meets it."""

import argparse

import pytest

from moonlit.cli import load
from moonlit.practice.models import Practice
from moonlit.practicefile.tests.small import SMALL, with_change

pytestmark = pytest.mark.django_db


def run(tmp_path, text: str, *options: str) -> int:
    file = tmp_path / "practice.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    parser = argparse.ArgumentParser()
    load.configure(parser)
    return load.run(parser.parse_args([str(file), *options]))


def test_a_load_prints_what_it_did(tmp_path, capsys):
    assert run(tmp_path, SMALL) == 0
    out = capsys.readouterr().out
    assert "+ provider 2000000101\n" in out
    assert "Loaded: 29 added, 0 changed, 0 unchanged. Relative dates count from " in out
    assert run(tmp_path, SMALL) == 0
    assert capsys.readouterr().out.startswith("Nothing to do: 0 added, 0 changed, 29 unchanged.")


def test_a_dry_run_says_so_and_writes_nothing(tmp_path, capsys):
    assert run(tmp_path, SMALL, "--dry-run") == 0
    assert "Dry run, nothing written: 29 added" in capsys.readouterr().out
    assert not Practice.objects.exists()


def test_faults_are_printed_with_file_line_field_and_code(tmp_path, capsys):
    text = with_change("payer: regence, status", "payer: regense, status")
    assert run(tmp_path, text) == 1
    said = capsys.readouterr()
    line = SMALL[: SMALL.index("payer: regence, status")].count("\n") + 1
    assert said.out == ""
    assert f'practice.yaml:{line} contracts[0].payer: There is no payer "regense". Did you mean "regence"?' in said.err
    assert "(unknown_payer)\n1 fault; nothing was loaded.\n" in said.err


def test_an_anchor_may_be_given(tmp_path, capsys):
    assert run(tmp_path, SMALL, "--anchor", "2026-01-01") == 0
    assert Practice.objects.get().anchor.isoformat() == "2026-01-01"
    assert run(tmp_path, SMALL, "--anchor", "2026-02-01") == 0
    assert "~ anchor 2026-01-01 -> 2026-02-01\n" in capsys.readouterr().out


def test_a_file_that_cannot_be_read_is_told_in_a_sentence(tmp_path, capsys):
    assert run(tmp_path, b"\xff\xfe") == 1
    assert "it is not UTF-8 text" in capsys.readouterr().err
    parser = argparse.ArgumentParser()
    load.configure(parser)
    assert load.run(parser.parse_args([str(tmp_path / "none.yaml")])) == 1
    assert "No such file" in capsys.readouterr().err
