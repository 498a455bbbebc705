"""Runs tests against mutants, each in a forked process that imports the mutant in place of the module.

Nothing is written into the working tree: a mutant exists only in the memory of its process.
"""

import gc
import importlib.abc
import importlib.util
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import CodeType, ModuleType

import hypothesis
import hypothesis.strategies
import pytest

from tests.mutation.mutants import Mutant

STUCK_SECONDS = 240
MEMORY = 4 << 30
PASSED, FAILED = 0, (1, 2, 3)


class Verdict(Enum):
    KILLED = "killed"
    SURVIVED = "survived"
    TIMEOUT = "timeout"
    """Ran much longer than the tests do; noticed, so it counts as killed."""


class RunnerError(Exception):
    """The tests could not be run, or fail without any mutant."""


@dataclass(frozen=True)
class Tests:
    root: Path
    files: tuple[str, ...]
    """In the order in which they run: the first failure ends the run."""


class _InPlaceOf(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, module: str, path: Path, code: CodeType) -> None:
        self.module, self.path, self.code = module, path, code

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self, origin=str(self.path)) if name == self.module else None

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)


@contextmanager
def bytecode_elsewhere() -> Iterator[None]:
    """Children share the compiled tests, and leave nothing behind."""
    with tempfile.TemporaryDirectory(prefix="moonlit-mutation-") as folder:
        sys.pycache_prefix = folder
        try:
            yield
        finally:
            sys.pycache_prefix = None


def seconds_of(tests: Tests) -> float:
    """The processor time of the tests without a mutant. Raises RunnerError when they fail."""
    for _ in range(2):  # the first run compiles
        _, status, usage = os.wait4(_start(tests, None, STUCK_SECONDS), 0)
    if os.waitstatus_to_exitcode(status) != PASSED:
        raise RunnerError(f"the tests fail without a mutant: {' '.join(tests.files)}")
    return usage.ru_utime + usage.ru_stime


def judge(
    mutants: Iterable[Mutant],
    tests_of: Callable[[Mutant], tuple[Tests, float]],
    *,
    jobs: int,
    until: float,
) -> Iterator[tuple[Mutant, Verdict]]:
    """The verdict on each mutant started before `until` (on the monotonic clock), as they come.

    `tests_of` gives the tests for a mutant and the processor seconds they may take.
    """
    waiting, running = iter(mutants), {}
    while True:
        while len(running) < jobs and time.monotonic() < until and (mutant := next(waiting, None)):
            tests, limit = tests_of(mutant)
            running[_start(tests, mutant, limit)] = mutant
        if not running:
            return
        pid, status = os.wait()
        yield running.pop(pid), _verdict(os.waitstatus_to_exitcode(status))


def _verdict(code: int) -> Verdict:
    if code == PASSED:
        return Verdict.SURVIVED
    if code in FAILED:
        return Verdict.KILLED
    if code in (-signal.SIGPROF, -signal.SIGKILL, -signal.SIGALRM):
        return Verdict.TIMEOUT
    raise RunnerError(f"pytest ended with {code}")


def _start(tests: Tests, mutant: Mutant | None, limit: float) -> int:
    gc.freeze()
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        code = _run(tests, mutant, limit)
    finally:
        os._exit(code)


def _run(tests: Tests, mutant: Mutant | None, limit: float) -> int:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    signal.setitimer(signal.ITIMER_PROF, limit)  # counts processor time, so a busy machine changes no verdict
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.alarm(STUCK_SECONDS)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("MOONLIT_LONG", None)
    os.chdir(tests.root)
    # The same examples each time, and no search for the smallest one: that a test fails is all we want to know.
    generate = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    hypothesis.settings.register_profile(
        "mutation", deadline=None, database=None, derandomize=True, phases=generate, max_examples=50
    )
    hypothesis.settings.load_profile("mutation")
    if mutant is not None:
        sys.meta_path.insert(0, _InPlaceOf(mutant.module, mutant.path, mutant.code()))
    plain: Sequence[str] = ("-x", "-q", "-c", os.devnull, f"--rootdir={tests.root}", "--noconftest", "--assert=plain")
    # File by file: most mutants fall at the first one, and the others need not even be collected.
    codes = (int(pytest.main([*plain, "-p", "no:cacheprovider", "--tb=no", name])) for name in tests.files)
    return next((code for code in codes if code != PASSED), PASSED)
