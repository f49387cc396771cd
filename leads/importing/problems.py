"""Rejected rows and warnings of one chunk: counted by their reason, and kept with their sentence."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

from leads.importing.records import LONGEST_FIELD

MOST_KINDS = 100  # a column of made-up words must not make the result as long as the file


@dataclass
class Problems:
    """What `leads_importproblem` will hold of this chunk, as (row, rejected, code, message, raw)."""

    rows: list[tuple[int, bool, str, str, str | None]] = field(default_factory=list)
    reasons: Counter = field(default_factory=Counter)
    warnings: Counter = field(default_factory=Counter)

    def reject(self, row: int, reason: str, message: str, cells: list[str]) -> None:
        self.reasons[reason] += 1
        raw = json.dumps([_storable(cell) for cell in cells], ensure_ascii=False)
        self.rows.append((row, True, reason[:60], f"row {row}: {message}"[:500], raw))

    def warn(self, row: int, warning: str, message: str) -> None:
        """`warning` is how the result counts it, `message` what it says of this row."""
        if warning not in self.warnings and len(self.warnings) >= MOST_KINDS:
            warning = "other warnings"
        self.warnings[warning] += 1
        self.rows.append((row, False, warning[:60], f"row {row}: {message}"[:500], None))


def _storable(cell: str) -> str:
    """PostgreSQL keeps no NUL, and nobody reads a megabyte."""
    cell = cell.replace("\0", "\ufffd")
    return cell if len(cell) <= LONGEST_FIELD else f"{cell[:1000]}… ({len(cell):,} characters)"
