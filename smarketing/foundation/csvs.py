"""CSV as we write it: no cell of ours is run as a formula by the spreadsheet that opens it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, TextIO

# What spreadsheets take for the start of a formula, also full-width and behind white space they strip.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def neutralise(cell: Any) -> Any:
    """Text that a spreadsheet would run gets an apostrophe in front; numbers stay numbers."""
    if cell is None or isinstance(cell, (int, float, Decimal)):
        return cell
    text = str(cell)
    return f"'{text}" if text.startswith(FORMULA) or text.lstrip().startswith(FORMULA) else text


def write_rows(stream: TextIO, rows: Iterable[Sequence[Any]]) -> None:
    """Rows, the header among them, in RFC 4180, each cell neutralised."""
    writer = csv.writer(stream)
    for row in rows:
        writer.writerow([neutralise(cell) for cell in row])
