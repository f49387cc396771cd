"""A table for a terminal: the first column to the left, the others to the right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


def aligned(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    texts = [header, *([shown(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for line in texts:
        first, *rest = (
            text.ljust(w) if not n else text.rjust(w)
            for n, (text, w) in enumerate(zip(line, widths, strict=True))
        )
        yield "  ".join([first, *rest]).rstrip()


def shown(cell: Any) -> str:
    if cell is None:
        return "—"
    return f"{cell:.4f}".rstrip("0").rstrip(".") if isinstance(cell, float) else str(cell)
