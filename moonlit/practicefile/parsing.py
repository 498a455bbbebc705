"""From the text of a practice file to its rows, with every fault of shape on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from yaml import MappingNode

from moonlit.domain.zones import is_zone
from moonlit.practicefile import shape, tree
from moonlit.practicefile.faults import Fault
from moonlit.practicefile.reading import BAD, Reading
from moonlit.practicefile.rows import FileRow, FlagWish, flag_wishes, rows_of


@dataclass(frozen=True, slots=True)
class ParsedFile:
    rows: list[FileRow]
    wishes: list[FlagWish]
    faults: list[Fault]


class PracticeFile:
    """A file that is YAML. Raises FaultyFileError when it is not even that."""

    def __init__(self, text: str) -> None:
        self._root: MappingNode = tree.compose(text)

    def time_zone(self) -> str | None:
        """The zone it gives the practice, as far as it can be read: the day of a first load is that zone's."""
        for key, value in self._root.value:
            if key.value == "practice" and isinstance(value, MappingNode):
                for member, zone in value.value:
                    if member.value == "time_zone" and isinstance(zone.value, str) and is_zone(zone.value):
                        return zone.value
        return None

    def read(self, anchor: date) -> ParsedFile:
        """Its rows, relative dates counted from the anchor, and every fault of shape."""
        reading = Reading(anchor)
        record = reading.value(shape.FILE, self._root, "")
        if record is BAD:
            return ParsedFile([], [], reading.faults)
        return ParsedFile(list(rows_of(record)), list(flag_wishes(record)), reading.faults)
