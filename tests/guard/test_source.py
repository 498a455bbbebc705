"""Rules every file keeps: one clock, no rows in views, logged keys from the list, no unfinished work, short files."""

import ast
import re

from moonlit.platform.log import ALLOWED
from tests.guard.source import ROOT, dotted, modules

CLOCK_READS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "date.today",
    "datetime.date.today",
    "timezone.now",
    "timezone.localdate",
    "timezone.localtime",
    "time.time",
    "time.localtime",
    "time.gmtime",
}
LOG_METHODS = {"debug", "info", "warning", "error", "critical", "exception"}
LOG_EXTRAS = {"exc_info"}
LONGEST_FILE = 400


def calls(*folders):
    for path, tree in modules(*folders):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield path, node


def test_the_system_clock_is_read_in_one_place():
    found = {path for path, node in calls("moonlit") if dotted(node.func) in CLOCK_READS}
    assert found == {"moonlit/platform/clock.py"}


def test_pages_and_api_read_and_write_through_services_and_queries():
    """Views know no tables. An app's own models, services, queries and jobs do."""
    own = re.compile(r"/(models|services|queries|jobs|events)(\.py|/)")
    found = [
        f"{path}:{node.lineno}"
        for path, tree in modules("moonlit/api", "moonlit/widget", "moonlit/dashboard")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "objects" and not own.search(path)
    ]
    assert not found, "\n".join(found)


def test_only_listed_keys_are_logged_and_event_names_are_constant():
    wrong = []
    for path, node in calls("moonlit"):
        name = dotted(node.func)
        if not name.startswith("log.") or name.removeprefix("log.") not in LOG_METHODS:
            continue
        if not (len(node.args) == 1 and isinstance(node.args[0], ast.Constant)):
            wrong.append(f"{path}:{node.lineno} event name")
        keys = {keyword.arg for keyword in node.keywords} - LOG_EXTRAS
        wrong += [f"{path}:{node.lineno} {key}" for key in sorted(str(key) for key in keys - ALLOWED)]
    assert not wrong, "\n".join(wrong)


def test_nothing_prints_outside_the_commands():
    found = [
        f"{path}:{node.lineno}"
        for path, node in calls("moonlit")
        if dotted(node.func) == "print" and not path.startswith("moonlit/cli/")
    ]
    assert not found, "\n".join(found)


def test_no_signal_receivers_steer_the_program():
    found = [
        f"{path}:{node.lineno}"
        for path, tree in modules("moonlit")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("dispatch")
    ]
    assert not found, "\n".join(found)


def test_nothing_is_left_for_later():
    unfinished = re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b")
    me = "tests/guard/test_source.py"
    found = [
        f"{path}:{number}"
        for folder in ("moonlit", "simulators", "tests")
        for path in (str(file.relative_to(ROOT)) for file in sorted((ROOT / folder).rglob("*.py")))
        for number, line in enumerate((ROOT / path).read_text().splitlines(), 1)
        if path != me and unfinished.search(line)
    ]
    assert not found, "\n".join(found)


def test_no_file_is_longer_than_one_can_hold_in_mind():
    long = {
        path: lines
        for folder in ("moonlit", "simulators", "tests", "bench")
        for path in (str(file.relative_to(ROOT)) for file in sorted((ROOT / folder).rglob("*.py")))
        if "/migrations/" not in path and (lines := len((ROOT / path).read_text().splitlines())) > LONGEST_FILE
    }
    assert long == {}


def test_simulators_and_program_know_nothing_of_each_other():
    wrong = []
    for folder, stranger in (("simulators", "moonlit"), ("moonlit", "simulators")):
        for path, tree in modules(folder):
            for node in ast.walk(tree):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                wrong += [f"{path}:{node.lineno}" for name in names if name.split(".")[0] == stranger]
    assert not wrong, "\n".join(wrong)
