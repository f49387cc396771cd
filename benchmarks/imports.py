"""Figure 8: a file of leads taken in by `import_leads`, each row judged, counted and, if need be, rejected.

The floor (`staging`) copies the same file into a staging table and moves it into the real tables by set-based
SQL in one transaction. A fifth of the rows are leads already stored, a twentieth come twice in the file, one
in a hundred says nobody's address.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from django.db import connection

from benchmarks import sizes, staging
from benchmarks.databases import Databases, url
from benchmarks.results import Result, at_least
from benchmarks.timing import medians
from smarketing.embedded.datadir import PROJECT

LEADS, ROWS, DATED_ROWS = 100_000, 50_000, 20_000
TARGET = 0.35
MEGABYTES = 300
FACTS = ["Email", "First name", "Last name", "Phone", "Company", "Campaign"]
FIELDS = ["email", "first_name", "last_name", "phone", "company", "campaign", "reached.visitor"]
files = count(1)


def measure(databases: Databases, scale: float) -> list[Result]:
    leads = sizes.leads(LEADS, scale)
    plain, dated = (max(100, round(rows * scale)) for rows in (ROWS, DATED_ROWS))
    with databases.copy(leads), tempfile.TemporaryDirectory() as folder:
        floor, product, peak = compare(Path(folder), leads=leads, rows=plain, dated=False)
        slower = compare(Path(folder), leads=leads, rows=dated, dated=True)
    into = f"rows into {leads:,} leads"
    return [
        at_least("8", f"import of {plain:,} {into}; floor: staged SQL", "rows/s", floor, product, TARGET),
        at_least("8", f"{dated:,} {into}, a date of history in each", "rows/s", *slower[:2], TARGET),
        memory(plain, peak),
    ]


def memory(rows: int, peak: float) -> Result:
    return Result(
        "8",
        f"peak memory of the import of {rows:,} rows",
        "MB",
        None,
        peak,
        f"≤ {MEGABYTES}",
        peak <= MEGABYTES,
    )


def compare(folder: Path, *, leads: int, rows: int, dated: bool) -> tuple[float, float, float]:
    """Rows a second of floor and product, and the most memory that the product took."""
    peaks: list[float] = []

    def floor() -> float:
        file, fresh = write(folder, leads=leads, rows=rows, dated=dated)
        return judged(rows, fresh, staging.take(file, dated=dated))

    def product() -> float:
        file, fresh = write(folder, leads=leads, rows=rows, dated=dated)
        told = in_its_own_process(file, dated=dated)
        peaks.append(told["megabytes"])
        return judged(rows, fresh, (told["seconds"], told["created"]))

    return (*medians(floor, product), max(peaks))


def judged(rows: int, fresh: int, done: tuple[float, int]) -> float:
    seconds, created = done
    if created != fresh:
        raise RuntimeError(f"{created} leads were made of {fresh} new people")
    return rows / seconds


def in_its_own_process(file: Path, *, dated: bool) -> dict[str, float]:
    """The command as anybody runs it; its start is not counted, reading the file is."""
    columns = [*FACTS, "First seen"][: len(FIELDS) if dated else -1 + len(FIELDS)]
    mapped = [f"--map={column}={field}" for column, field in zip(columns, FIELDS, strict=False)]
    name = connection.settings_dict["NAME"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.import_process", str(file), *mapped],
        cwd=PROJECT,
        env={**os.environ, "DATABASE_URL": url("DATABASE_URL", name)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def write(folder: Path, *, leads: int, rows: int, dated: bool) -> tuple[Path, int]:
    """A file of people nobody has seen before, but for those that are known; and how many are new."""
    number = next(files)
    path = folder / f"{number}.csv"
    people = [person(number, row, leads) for row in range(rows)]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*FACTS, "First seen"] if dated else FACTS)
        writer.writerows([*cells, "2025-09-01"] if dated else cells for cells in people)
    known = set(stored(leads))
    return path, len({cells[0] for cells in people if "@" in cells[0]} - known)


def person(number: int, row: int, leads: int) -> list[str]:
    campaign = f"Campaign {1 + row % 200}"
    if row % 5 == 0:  # already a lead
        pk = 1 + row * 7 % leads
        company = 1 + pk % (leads // 4 + 1)
        return [
            address(pk, company),
            "Ada",
            f"Byron {pk}",
            f"+1{2000000000 + pk}",
            f"Company {company}",
            campaign,
        ]
    if row % 100 == 99:
        return [f"nobody{row}", "No", "Address", "", f"Company {1 + row % 50}", campaign]
    row = row - 1 if row % 20 == 7 else row  # twice in this file
    mail, phone = f"New{row}.{number}@Firm{row % 5000}.example", f"+31 6 {number:03d} {row:06d}"
    return [mail, "Ida", f"New {row}", phone, f"Firm {number} {row // 4}", campaign]


def address(pk: int, company: int) -> str:
    return f"person{pk}@company{company}.example"


def stored(leads: int) -> Iterator[str]:
    return (address(pk, 1 + pk % (leads // 4 + 1)) for pk in range(1, leads + 1))
