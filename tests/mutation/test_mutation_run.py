"""The mutation run itself, on a module of three functions in a process of its own (the runner forks)."""

import subprocess
import sys
from pathlib import Path

from tests.mutation.__main__ import GROUP_OF, domain_mutants
from tests.mutation.equivalents import EQUIVALENT
from tests.mutation.mutants import enum_members, mutants

TOY = """
def is_adult(age):
    return age >= 18

def is_senior(age):
    return age >= 65

def count_to(limit):
    done = 0
    while done < limit:
        done += 1
    return done
"""
TEST = """
from toy import count_to, is_adult

def test_the_edges():
    assert is_adult(18) and not is_adult(17)
    assert count_to(3) == 3
"""
RUN = """
import sys, time
from pathlib import Path
from tests.mutation.__main__ import GROUP_OF, domain_mutants
from tests.mutation.equivalents import EQUIVALENT
from tests.mutation.mutants import mutants
from tests.mutation.runner import Tests, bytecode_elsewhere, judge
root = Path(sys.argv[1])
sys.path.insert(0, str(root))
with bytecode_elsewhere():
    tests = Tests(root, ("test_toy.py",))
    found = [each for each in mutants("toy", root / "toy.py", {}) if each.key in sys.argv[2:]]
    for mutant, verdict in judge(found, lambda _: (tests, 0.5), jobs=2, until=time.monotonic() + 60):
        print(f"{mutant.key} = {verdict.value}")
"""


def test_a_tested_change_is_killed_an_untested_one_survives_and_an_endless_one_is_stopped(tmp_path):
    expected = {
        "toy.is_adult: age >= 18 -> age > 18": "killed",
        "toy.is_adult: 18 -> 17": "killed",
        "toy.is_senior: age >= 65 -> age > 65": "survived",
        "toy.count_to: done += 1 -> done -= 1": "timeout",
    }
    (tmp_path / "toy.py").write_text(TOY)
    (tmp_path / "test_toy.py").write_text(TEST)
    command = [sys.executable, "-c", RUN, tmp_path, *expected]
    root = Path(__file__).resolve().parents[2]
    ended = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert dict(line.split(" = ") for line in ended.stdout.splitlines()) == expected
    assert (tmp_path / "toy.py").read_text() == TOY


def test_a_mutant_differs_by_one_change_and_leaves_the_module_whole(tmp_path):
    path = tmp_path / "lamp.py"
    path.write_text(
        "class Lamp(Enum):\n    ON = 1\n    OFF = 0\n\ndef lit(lamp):\n    return lamp is Lamp.ON and not dark\n"
    )
    found = {each.what for each in mutants("lamp", path, enum_members(path)) if each.function == "lit"}
    assert found == {
        "lamp is Lamp.ON and (not dark) -> lamp is Lamp.ON or not dark",
        "lamp is Lamp.ON and (not dark) -> not dark",
        "lamp is Lamp.ON and (not dark) -> lamp is Lamp.ON",
        "lamp is Lamp.ON -> lamp is not Lamp.ON",
        "Lamp.ON -> Lamp.OFF",
        "not dark -> dark",
    }


def test_the_list_of_equivalents_names_mutants_that_exist():
    found = {each.key for module in GROUP_OF for each in domain_mutants(module)}
    assert set(EQUIVALENT) <= found
