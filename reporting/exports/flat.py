"""Reports as tables of plain cells, for CSV and for a terminal. Money and rates are numbers there."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from reporting.closed_loop import RATES, SUMS
from reporting.happenings import COUNTED, MEDIANS
from reporting.ledger import COUNTED as HANDED
from reporting.periods import WrongUsage

MONEY = [*SUMS, "cpl", "cac"]
VERSION = "definition_version"
Table = tuple[list[str], list[list[Any]]]


def flat(name: str, report: Mapping[str, Any]) -> Table:
    """Header and rows of a report. The closed loop's total is not among them: a column adds up to it."""
    tables = {
        "closed_loop": closed_loop,
        "attribution": attribution,
        "funnel": funnel,
        "ledger": ledger,
        "sla": sla,
    }
    return tables[name](report)


def as_file(name: str, report: Mapping[str, Any]) -> Table:
    """The same, each row with the version of the definitions under which it was reckoned."""
    header, rows = flat(name, report)
    return [*header, VERSION], [[*row, report[VERSION]] for row in rows]


def closed_loop(report: Mapping[str, Any]) -> Table:
    header = [report["by"], *COUNTED, *MONEY, "roi"]
    header += (
        [f"{rate} rate" for rate in RATES] + [f"median days to {stage}" for stage in MEDIANS] + ["currency"]
    )
    return header, [[*closed_loop_cells(row), report["currency"]] for row in report["rows"]]


def closed_loop_cells(row: Mapping[str, Any]) -> list[Any]:
    cells = [row["key"], *(row[name] for name in COUNTED)]
    cells += [None if row[name] is None else Decimal(row[name]) for name in MONEY] + [row["roi"]]
    cells += [row["rates"][rate]["rate"] for rate in RATES]
    return cells + [row["median_days"][stage] for stage in MEDIANS]


def attribution(report: Mapping[str, Any]) -> Table:
    header = [report["by"], "credited_revenue", "deals", "touches", "model", "currency"]
    rest = [report["model"], report["currency"]]
    return header, [
        [row["key"], Decimal(row["credited_revenue"]), row["deals"], row["touches"], *rest]
        for row in report["rows"]
    ]


def funnel(report: Mapping[str, Any]) -> Table:
    header = ["state", "currently_in", "ever_entered", "reached_or_passed", "entries"]
    header += ["median_seconds", "median_working_minutes"]
    rows = []
    for state, count in report["states"].items():
        stage = report["stages"].get(state, {})
        rows.append([state, count, *(stage.get(name) for name in header[2:])])
    return header, rows


def ledger(report: Mapping[str, Any]) -> Table:
    return [report["by"], *HANDED], [[row["key"], *(row[name] for name in HANDED)] for row in report["rows"]]


def sla(report: Mapping[str, Any]) -> Table:
    """Of each promise a row for all, and one for each person; `row` tells them apart."""
    header = ["promise", "team", "kind", "target", "row", "owner", "n", "of"]
    header += ["kept", "broken", "running", "excused"]
    header += ["attainment n", "attainment of", "attainment rate", "median_working_minutes", "pace"]
    rows = []
    for promise in report["commitments"]:
        told = [promise[name] for name in ("name", "team", "kind", "target")]
        pace = promise["pace"] or {}
        rows.append([*told, "all", None, *_sla_cells(promise, pace), pace.get("words")])
        rows += [[*told, "person", row["owner"], *_sla_cells(row, row), None] for row in promise["rows"]]
    return header, rows


def _sla_cells(row: Mapping[str, Any], numbers: Mapping[str, Any]) -> list[Any]:
    cells = [numbers.get("n"), numbers.get("of")]
    cells += [row[name] for name in ("kept", "broken", "running", "excused")]
    return [*cells, *(row["attainment"][name] for name in ("n", "of", "rate")), row["median_working_minutes"]]


def formats() -> list[str]:
    return ["table", "json", "csv"]


def ensure_format(name: str) -> None:
    if name not in formats():
        raise WrongUsage(f"format “{name}” does not exist. Use one of: {', '.join(formats())}.")
