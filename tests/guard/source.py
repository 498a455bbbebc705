"""The program's own source, for rules that are read off it."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def modules(*folders: str, tests: bool = False) -> Iterator[tuple[str, ast.Module]]:
    """(path from the root, syntax tree) of every module in the folders; migrations never, tests on request."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).parts
            if "migrations" in parts or (not tests and ("tests" in parts or path.name == "testing.py")):
                continue
            yield "/".join(parts), ast.parse(path.read_text())


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a name or attribute chain, "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr}" if left else ""
    return ""
