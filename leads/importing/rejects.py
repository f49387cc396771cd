"""The rejected rows of a batch as a file to correct and import again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from leads.models import ImportBatch
from smarketing.foundation.csvs import write_rows
from smarketing.foundation.models import Job


def write_rejects(batch: ImportBatch, path: Path) -> None:
    """The file's own columns, led by the row's number and why it was rejected."""
    with path.open("w", encoding="utf-8", newline="") as file:
        write_rows(file, rows(batch))


def rows(batch: ImportBatch) -> Iterator[list]:
    """The header and the rejected rows, as they came."""
    yield ["row", "reason", "message", *Job.objects.get(importbatch=batch).options["header"]]
    rejected = batch.problems.filter(rejected=True).order_by("row", "id")
    for row, code, message, raw in rejected.values_list("row", "code", "message", "raw").iterator():
        yield [row, code, message, *(raw or [])]
