"""The domain reads on its own: standard library only, no input or output, no clock (the clock has its own guard)."""

import ast
import sys

from tests.guard.source import modules

NOT_PURE = {"asyncio", "http", "io", "logging", "os", "pathlib", "random", "secrets", "shutil", "socket", "sqlite3",
            "subprocess", "tempfile", "threading", "time", "urllib"}  # fmt: skip
NOT_PURE_CALLS = {"open", "print", "input", "exec", "eval"}


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def test_the_domain_imports_itself_and_pure_parts_of_the_standard_library():
    allowed = set(sys.stdlib_module_names) - NOT_PURE
    for path, tree in modules("moonlit/domain"):
        for name in imported(tree):
            assert name.startswith("moonlit.domain") or name.split(".")[0] in allowed, (path, name)


def test_the_domain_neither_reads_nor_writes():
    for path, tree in modules("moonlit/domain"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in NOT_PURE_CALLS, (path, node.lineno)
