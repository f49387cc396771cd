"""The rows of one span of a stored file: drafts that can be taken, and problems for the rest."""

from __future__ import annotations

from collections.abc import Callable

from leads.importing import records, tables
from leads.importing.cells import Draft, Reader
from leads.importing.faults import RowFault
from leads.importing.problems import Problems
from leads.importing.sources import Source


def read(
    source: Source, span: dict[str, int], problems: Problems, complete: Callable[[Draft], None]
) -> tuple[list[Draft], int]:
    """The drafts that `complete` let through, and how many rows the span has; a `RowFault` rejects a row.

    No row is lost silently: a span with fewer rows than were counted in it is an error.
    """
    reader = Reader(source.plan, source.moments, source.zone)
    drafts: list[Draft] = []
    row = span["first_row"] - 1
    found = tables.read_chunk(source.path, span["start"], span["end"], source.delimiter)
    for row, (cells, broken, size) in enumerate(found, span["first_row"]):
        try:
            fault = records.fault(cells, broken, source.plan.width, size)
            if fault is not None:
                raise RowFault(*fault)
            draft = reader.read(row, cells)
            complete(draft)
        except RowFault as refused:
            problems.reject(row, refused.reason, str(refused), cells)
            continue
        drafts.append(draft)
    if row - span["first_row"] + 1 != span["rows"]:
        raise RuntimeError(
            f"{source.path} is not the file that was examined: rows are missing after row {row}."
        )
    return drafts, span["rows"]
