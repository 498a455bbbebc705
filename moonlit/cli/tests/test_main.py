import importlib
import re
from pathlib import Path

import pytest

from moonlit.cli.main import COMMANDS, main

MAKEFILE = Path(__file__).resolve().parents[3] / "Makefile"


def test_every_command_explains_itself(capsys):
    for name in COMMANDS:
        with pytest.raises(SystemExit) as ended:
            main([name, "--help"])
        assert ended.value.code == 0
        assert f"moonlit {name}" in capsys.readouterr().out


def test_every_listed_command_can_be_run():
    for name in COMMANDS:
        module = importlib.import_module(f"moonlit.cli.{name}")
        assert callable(module.run), name


def test_without_a_command_the_commands_are_listed(capsys):
    assert main([]) == 0
    said = capsys.readouterr().out
    assert all(f"  {name} " in said for name in COMMANDS)


def test_an_unknown_command_is_said_to_be_one(capsys):
    assert main(["dance"]) == 2
    assert "'dance'" in capsys.readouterr().err


def test_every_make_target_has_one_line_of_help():
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE.read_text(), re.MULTILINE))
    helped = set(re.findall(r"^([a-z-]+):.*## .+$", MAKEFILE.read_text(), re.MULTILINE))
    known = {"help", "demo", "test", "test-all", "lint", "lock", "faults", "states", "bench", "clean"}
    assert targets == helped == known
