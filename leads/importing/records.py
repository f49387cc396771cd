"""From the lines of a CSV file to records, without one broken quote swallowing the rows behind it.

The same bytes always give the same records: the survey cuts a file where these end, and a chunk reads on there.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator

LONGEST_RECORD = 16 << 20  # characters; a quote left open that long is taken for a broken one
LONGEST_FIELD = 64 << 10

# The csv module's own limit is one of the process and would end the whole file at one large field.
csv.field_size_limit(2 * LONGEST_RECORD)


class _RunAway(Exception):
    """A record that does not end."""


class Lines:
    """Lines to read, with those the current record took, so that all but the first can be given back."""

    def __init__(self, source: Iterator[str]) -> None:
        self.source = source
        self.taken: list[str] = []
        self.size = 0
        self.returned: deque[str] = deque()

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = self.returned.popleft() if self.returned else next(self.source)
        self.taken.append(line)
        self.size += len(line)
        if self.size > LONGEST_RECORD and len(self.taken) > 1:
            raise _RunAway
        return line

    def begin(self) -> None:
        self.taken.clear()
        self.size = 0

    def give_back(self) -> str:
        """Keep only the first line of the record."""
        first = self.taken[0]
        self.returned.extendleft(reversed(self.taken[1:]))
        self.taken[1:] = []
        self.size = len(first)
        return first


def read(lines: Lines, delimiter: str) -> Iterator[tuple[list[str], bool]]:
    """Each record's cells, and whether its quotes are broken (then it is just its first line)."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.begin()
        try:
            cells, broken = next(reader), False
        except StopIteration:
            return
        except (csv.Error, _RunAway):
            cells, broken = _mend(lines.give_back(), delimiter)
        yield cells, broken


def _mend(line: str, delimiter: str) -> tuple[list[str], bool]:
    """A line with stray quotes inside is read leniently; one that leaves a quote open is broken."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True)), False
    except csv.Error as error:
        left_open = "unexpected end" in str(error)
    try:
        return next(csv.reader([line], delimiter=delimiter)), left_open
    except csv.Error:
        return line.split(delimiter), True


def is_blank(cells: list[str]) -> bool:
    return not any(cells) or not any(map(str.strip, cells))


def fault(cells: list[str], broken: bool, width: int, size: int) -> tuple[str, str] | None:
    """Why this record is no row of a table `width` wide: the reason and the rest of the sentence, or None."""
    if broken:
        return "broken quote", "a quote is opened and not closed"
    if len(cells) != width:
        return "ragged", f"{len(cells)} cells, but the header has {width}"
    if any("\0" in cell for cell in cells):
        return "NUL byte", "a cell holds a NUL byte"
    if size > LONGEST_FIELD and any(len(cell.encode()) > LONGEST_FIELD for cell in cells):
        return "oversized field", f"a field is larger than {LONGEST_FIELD >> 10} KB"
    return None
