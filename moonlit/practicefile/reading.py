"""From nodes to values. A reader takes a node and its path and gives a value, or raises `Wrong`; the reading collects
every fault and goes on, so that one run names them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from moonlit.practicefile import tree
from moonlit.practicefile.faults import Fault, suggestion

BAD: Final = object()
"""Stands for a value that could not be read; its fault is already noted."""


class Wrong(Exception):  # noqa: N818  an answer of a reader, not a failure
    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class Reading:
    """One pass over one file. Relative dates count from `anchor`."""

    def __init__(self, anchor: date) -> None:
        self.anchor = anchor
        self.faults: list[Fault] = []

    def fault(self, line: int, path: str, code: str, sentence: str) -> None:
        self.faults.append(Fault(line, path, code, sentence))

    def value(self, reader: Reader, node: Node, path: str) -> Any:
        """What the reader makes of the node, or BAD."""
        try:
            return reader(self, node, path)
        except Wrong as wrong:
            self.fault(tree.line_of(node), path, wrong.code, wrong.sentence)
            return BAD


Reader = Callable[[Reading, Node, str], Any]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a mapping. Left out, it has its default (called, so that lists are not shared)."""

    reader: Reader
    required: bool = True
    default: Callable[[], Any] = lambda: None


def optional(reader: Reader, default: Callable[[], Any] = lambda: None) -> Member:
    return Member(reader, required=False, default=default)


@dataclass(slots=True)
class Record:
    """A mapping of the file as read. Members that were at fault are missing from `values`."""

    line: int
    path: str
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    named: frozenset[str] = frozenset()
    """The members the file writes down, well or badly."""

    def line_at(self, member: str) -> int:
        return self.lines.get(member, self.line)

    def path_to(self, member: str) -> str:
        return f"{self.path}.{member}" if self.path else member


def members_of(reading: Reading, node: Node, path: str) -> Iterator[tuple[str, int, Node]]:
    """The members of a mapping with the lines of their names. Of a name written twice (a fault) the first counts."""
    if not isinstance(node, MappingNode):
        raise Wrong("wrong_type", "This must be a mapping of members.")
    seen: set[str] = set()
    for key, value in node.value:
        if not isinstance(key, ScalarNode):
            reading.fault(tree.line_of(key), path, "wrong_type", "A member's name must be a word.")
        elif key.value in seen:
            where = f"{path}.{key.value}" if path else key.value
            reading.fault(tree.line_of(key), where, "duplicate_member", f'"{key.value}" is written twice here.')
        else:
            seen.add(key.value)
            yield key.value, tree.line_of(key), value


def mapping(**shape: Member) -> Reader:
    """A mapping with exactly these members."""

    def read(reading: Reading, node: Node, path: str) -> Record:
        record = Record(tree.line_of(node), path)
        for name, line, value in members_of(reading, node, path):
            record.lines[name] = line
            where = record.path_to(name)
            if name not in shape:
                sentence = f'"{name}" is not a member here.{suggestion(name, list(shape))}'
                reading.fault(line, where, "unknown_member", sentence)
                continue
            if (got := reading.value(shape[name].reader, value, where)) is not BAD:
                record.values[name] = got
        record.named = frozenset(record.lines)
        for name, member in shape.items():
            if name in record.named:
                continue
            if member.required:
                reading.fault(record.line, record.path_to(name), "member_missing", f'"{name}" is missing.')
            else:
                record.values[name] = member.default()
        return record

    return read


def list_of(reader: Reader, *, at_least: int = 0) -> Reader:
    def read(reading: Reading, node: Node, path: str) -> list[Any]:
        if not isinstance(node, SequenceNode):
            raise Wrong("wrong_type", "This must be a list.")
        if len(node.value) < at_least:
            raise Wrong("empty", f"This list needs at least {at_least}.")
        items = (reading.value(reader, each, f"{path}[{at}]") for at, each in enumerate(node.value))
        return [item for item in items if item is not BAD]

    return read


def set_of(reader: Reader, *, at_least: int = 0) -> Reader:
    """A list in which nothing comes twice."""
    read_list = list_of(reader, at_least=at_least)

    def read(reading: Reading, node: Node, path: str) -> list[Any]:
        items = read_list(reading, node, path)
        twice = sorted({str(item) for item in items if items.count(item) > 1})
        if twice:
            raise Wrong("duplicate_item", f"{', '.join(twice)} is listed twice.")
        return items

    return read


def nullable(reader: Reader) -> Reader:
    def read(reading: Reading, node: Node, path: str) -> Any:
        return None if tree.is_null(node) else reader(reading, node, path)

    return read


def dictionary(key: Callable[[str], str], reader: Reader) -> Reader:
    """A mapping with names of its own, such as languages; `key` checks a name and may raise Wrong."""

    def read(reading: Reading, node: Node, path: str) -> dict[str, Any]:
        found = {}
        for name, line, value in members_of(reading, node, path):
            where = f"{path}.{name}"
            try:
                known = key(name)
            except Wrong as wrong:
                reading.fault(line, where, wrong.code, wrong.sentence)
                continue
            if (got := reading.value(reader, value, where)) is not BAD:
                found[known] = got
        return found

    return read
