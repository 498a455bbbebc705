"""The mutation run of `make test-all`: python -m tests.mutation [--budget-seconds N] [--jobs N] [MODULE ...].

Takes the mutants of the domain in a fixed random order, spread evenly over the modules, until they or the time run out.
"""

import argparse
import random
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

from tests.mutation.equivalents import EQUIVALENT
from tests.mutation.mutants import Mutant, enum_members, mutants
from tests.mutation.runner import Tests, Verdict, bytecode_elsewhere, judge, seconds_of

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = ROOT / "moonlit" / "domain"
LEAST_KILLED = 0.85
LEAST_JUDGED = 50
"""Of each group: a rate of a handful says nothing."""
SEED = 20260302
GROUPS = {
    "coverage decision": (
        *("coverage", "routes", "standing", "carve_outs", "periods"),
        *("offers", "effective_dates", "changes", "refusals"),
    ),
    "booking states": ("booking", "visit_changes", "ehr_states"),
}
GROUP_OF = {module: group for group, modules in GROUPS.items() for module in modules}
FILES = {
    "coverage decision": (
        *(
            "test_coverage.py",
            "test_findings.py",
            "test_direct_route.py",
            "test_supervised_route.py",
            "test_standing.py",
        ),
        *(
            "test_carve_outs.py",
            "test_offers.py",
            "test_effective_dates.py",
            "test_last_days.py",
            "test_changes.py",
            "test_refusals.py",
        ),
        *("test_periods.py", "test_masks.py"),
    ),
    "booking states": (
        *("test_booking.py", "test_booking_refuses_steps.py", "test_booking_machine_model.py"),
        *("test_visit_changes.py", "test_change_machine_model.py", "test_ehr_states.py"),
    ),
}
"""The tests that run against each group's mutants; those named after the module first."""

say = partial(print, flush=True)


def tests_for(module: str) -> Tests:
    files = FILES[GROUP_OF[module]]
    named = sorted(files, key=lambda name: name != f"test_{module}.py")
    return Tests(ROOT, tuple(str((DOMAIN / "tests" / name).relative_to(ROOT)) for name in named))


def domain_mutants(module: str) -> list[Mutant]:
    members = enum_members(*(DOMAIN / f"{name}.py" for name in (*GROUP_OF, "reasons")))
    return mutants(f"moonlit.domain.{module}", DOMAIN / f"{module}.py", members)


def spread(modules: list[str]) -> list[Mutant]:
    """All mutants but the equivalent ones; any beginning of the list holds about the same share of each module."""
    placed = []
    for module in modules:
        found = [each for each in domain_mutants(module) if each.key not in EQUIVALENT]
        random.Random(f"{SEED} {module}").shuffle(found)
        placed += [(index / len(found), each) for index, each in enumerate(found)]
    return [each for _, each in sorted(placed, key=lambda pair: pair[0])]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"some of: {' '.join(GROUP_OF)}")
    parser.add_argument("--budget-seconds", type=float, default=1200)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    if unknown := set(asked.modules) - set(GROUP_OF):
        parser.error(f"no such module: {' '.join(sorted(unknown))}")
    chosen = asked.modules or list(GROUP_OF)
    with bytecode_elsewhere():
        limits = {
            group: 3 + 3 * seconds_of(tests_for(GROUPS[group][0])) for group in {GROUP_OF[each] for each in chosen}
        }
        until = time.monotonic() + asked.budget_seconds
        results = _judged(spread(chosen), limits, asked.jobs, until)
    groups = sorted({GROUP_OF[each] for each in chosen})
    _report(results, chosen, groups)
    return 1 if any(_is_weak(group, results) for group in groups) else 0


def _judged(
    all_of_them: list[Mutant], limits: dict[str, float], jobs: int, until: float
) -> list[tuple[Mutant, Verdict]]:
    say(f"mutation run: {len(all_of_them)} mutants, {len(EQUIVALENT)} known equivalents left out")
    results, began = [], time.monotonic()

    def tests_of(mutant: Mutant) -> tuple[Tests, float]:
        module = mutant.path.stem
        return tests_for(module), limits[GROUP_OF[module]]

    for mutant, verdict in judge(all_of_them, tests_of, jobs=jobs, until=until):
        results.append((mutant, verdict))
        if verdict is Verdict.SURVIVED:
            say(f"  survived {mutant.path.relative_to(ROOT)}:{mutant.line} {mutant.key}")
        if len(results) % 50 == 0:
            say(f"  {len(results)} of {len(all_of_them)} mutants, {time.monotonic() - began:.0f} s")
    return results


def _report(results: list[tuple[Mutant, Verdict]], modules: list[str], groups: list[str]) -> None:
    say(f"{'module':18}{'mutants':>9}{'killed':>9}{'survived':>10}{'timeout':>9}{'rate':>8}")
    for module in modules:
        _row(module, Counter(verdict for mutant, verdict in results if mutant.path.stem == module))
    for group in groups:
        _row(group, _counted(results, group))


def _row(name: str, found: Counter[Verdict]) -> None:
    killed, survived, timeout = (found[each] for each in (Verdict.KILLED, Verdict.SURVIVED, Verdict.TIMEOUT))
    say(f"{name:18}{found.total():9}{killed:9}{survived:10}{timeout:9}{_rate(found):8.1%}")


def _counted(results: list[tuple[Mutant, Verdict]], group: str) -> Counter[Verdict]:
    return Counter(verdict for mutant, verdict in results if GROUP_OF[mutant.path.stem] == group)


def _rate(found: Counter[Verdict]) -> float:
    return 1 - found[Verdict.SURVIVED] / found.total() if found else 0.0


def _is_weak(group: str, results: list[tuple[Mutant, Verdict]]) -> bool:
    found = _counted(results, group)
    if found.total() < LEAST_JUDGED:
        say(f"{group}: {found.total()} mutants in the time given are too few to judge by")
        return True
    if _rate(found) < LEAST_KILLED:
        say(f"{group}: fewer than {LEAST_KILLED:.0%} killed")
        return True
    return False


if __name__ == "__main__":
    sys.exit(main())
