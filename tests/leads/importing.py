"""Runs the import commands as a person would, on files made of text."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command


@dataclass
class Run:
    status: int
    result: dict
    said: str


def run(command: str, file: Path | str, *arguments: str) -> Run:
    """The command with --json: exit status, the one object on standard output, and what was said besides."""
    out, said = io.StringIO(), io.StringIO()
    try:
        call_command(command, str(file), *arguments, "--json", stdout=out, stderr=said)
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    return Run(status, json.loads(out.getvalue()) if out.getvalue() else {}, said.getvalue())


def write(folder: Path, text: str | bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def counts(result: dict) -> tuple[int, int, int, int]:
    """(created, updated, unchanged, rejected), which must account for every row."""
    numbers = tuple(result[name] for name in ("created", "updated", "unchanged", "rejected"))
    assert sum(numbers) == result["rows"]
    assert sum(result["reasons"].values()) == result["rejected"]
    return numbers
