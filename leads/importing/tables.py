"""The shape of a file: its delimiter, its header, and where chunks of it begin and end."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from leads.importing import dates, records
from leads.importing.faults import FileFault

ROWS_PER_CHUNK = 5_000
BYTES_PER_CHUNK = 8 << 20
MOST_COLUMNS = 1_000
_SAMPLE = 256 << 10
_FOOTER = re.compile(
    r"(grand |sub)?totals?\b|copyright\b|©|\(c\)|confidential|.*all rights reserved|(report )?generated (by|on|at)\b"
    r"|end of (file|report)|\(?[\d,.]+ (rows?|records?|leads?|contacts?)\b|(rows?|records?)( count)?:",
    re.IGNORECASE,
).match
_TOTAL = re.compile(r"(grand |sub)?totals?:?$|sum:?$", re.IGNORECASE).match
_LONGEST_FOOTER = 20


@dataclass
class Table:
    """A UTF-8 file as a table. `start` is the byte after the header."""

    delimiter: str
    header: list[str]
    start: int

    @property
    def width(self) -> int:
        return len(self.header)


@dataclass
class Survey:
    """What one look at every row found: the chunks, and what the dates say about their order."""

    chunks: list[dict[str, int]] = field(default_factory=list)
    evidence: Counter = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        return sum(chunk["rows"] for chunk in self.chunks)


def open_table(path: Path, name: str, delimiter: str = "") -> Table:
    """Read the header of a UTF-8 file; raises `FileFault` for one that has none."""
    with path.open("rb") as file:
        sample = file.read(_SAMPLE).decode(errors="ignore")
        if sample[:4].lower() == "sep=":  # a line that Excel writes for itself
            delimiter = delimiter or sample[4:5]
            skipped = sample.find("\n") + 1
        else:
            skipped = 0
        delimiter = delimiter or recognise_delimiter(sample)
        file.seek(skipped)
        header, start = _header(file, delimiter, skipped)
    if not header:
        raise FileFault(f"{name} is empty. Export it again, or choose another file.")
    if len(header) > MOST_COLUMNS:
        raise FileFault(
            f"{name} has {len(header):,} columns; {MOST_COLUMNS:,} is the most. Leave some out and save again."
        )
    if any(ord(char) < 32 and not char.isspace() for cell in header for char in cell):
        raise FileFault(f"{name} is not a text file. Save it as CSV and import that.")
    return Table(delimiter, header, start)


def _header(file, delimiter: str, start: int) -> tuple[list[str], int]:
    lines = records.Lines(line.decode() for line in file)
    for cells, _ in records.read(lines, delimiter):
        start += sum(len(line.encode()) for line in lines.taken)
        if not records.is_blank(cells):
            return [" ".join(cell.split()) for cell in cells], start
    return [], start


def recognise_delimiter(sample: str) -> str:
    """The delimiter under which the first lines are widest and agree most; a comma when there is one column."""
    lines = [line + "\n" for line in sample.split("\n")[:60] if line.strip()]

    def score(delimiter: str) -> tuple[float, int]:
        widths = [len(cells) for cells, _ in records.read(records.Lines(iter(lines)), delimiter)]
        width = widths[0] if widths else 1
        return (widths.count(width) / len(widths), width) if width > 1 else (0, 1)

    return max(",;\t|", key=score)


def survey(path: Path, table: Table, dated: list[int], *, weigh: bool = True) -> Survey:
    """Look at every row once: cut the file into chunks, and `weigh` in which order the columns `dated` write dates.

    Rows are numbered from 1 after the header; blank lines and the footer behind the last row are none.
    """
    found = Survey()
    chunk: dict[str, int] | None = None
    footer: tuple[int, int] | None = None  # where what may be the footer begins, and after how many rows
    row = blanks = 0
    for cells, start, size in _placed(path, table):
        if records.is_blank(cells):
            blanks += 1
            continue
        if not _may_be_footer(cells, table.width, dated, bool(blanks) or footer is not None):
            footer = None
        elif footer is None:
            footer = start, row
        blanks = 0
        if (
            chunk is None
            or chunk["rows"] >= ROWS_PER_CHUNK
            or chunk["end"] - chunk["start"] >= BYTES_PER_CHUNK
        ):
            chunk = {"start": start, "end": start, "first_row": row + 1, "rows": 0}
            found.chunks.append(chunk)
        row += 1
        chunk["rows"] += 1
        chunk["end"] = start + size
        if weigh and dated and len(cells) == table.width:
            _note_dates(found.evidence, cells, dated)
    if footer is not None and row - footer[1] <= _LONGEST_FOOTER:
        _cut(found, *footer)
    return found


def _placed(path: Path, table: Table) -> Iterator[tuple[list[str], int, int]]:
    """Each record behind the header with the byte where it begins and how many it has."""
    with path.open("rb") as file:
        file.seek(table.start)
        lines = records.Lines(line.decode() for line in file)
        at = table.start
        for cells, _ in records.read(lines, table.delimiter):
            size = sum(len(line) if line.isascii() else len(line.encode()) for line in lines.taken)
            yield cells, at, size
            at += size


def _may_be_footer(cells: list[str], width: int, dated: list[int], apart: bool) -> bool:
    """One text in the first cell: words after a blank line, or of the kind that reports end with.

    A row of totals has no date: one with a date is about something that is called "Total".
    """
    first = cells[0].strip()
    if width == 1 or not first:
        return False
    others = sum(1 for cell in cells[1:] if cell.strip())
    if others:
        has_date = any(index and cells[index : index + 1] and cells[index].strip() for index in dated)
        return bool(_TOTAL(first)) and not has_date and 2 * others <= width - 1
    return bool(_FOOTER(first)) or (apart and len(cells) < width and " " in first)


def _cut(found: Survey, at: int, rows: int) -> None:
    found.chunks = [chunk for chunk in found.chunks if chunk["start"] < at]
    if found.chunks:
        last = found.chunks[-1]
        last["end"] = min(last["end"], at)
        last["rows"] = rows - last["first_row"] + 1


def _note_dates(evidence: Counter, cells: list[str], dated: list[int]) -> None:
    for index in dated:
        text = cells[index]
        if text and text[4:5] != "-":
            evidence[dates.evidence(text.strip())] += 1


def read_chunk(path: Path, start: int, end: int, delimiter: str) -> Iterator[tuple[list[str], bool, int]]:
    """The records of one chunk, blank lines left out: cells, whether quotes are broken, characters."""
    with path.open("rb") as file:
        file.seek(start)
        text = file.read(end - start).decode()
    lines = records.Lines(io.StringIO(text, newline="\n"))  # cut at line feeds only, as a binary file is
    for cells, broken in records.read(lines, delimiter):
        if not records.is_blank(cells):
            yield cells, broken, lines.size
