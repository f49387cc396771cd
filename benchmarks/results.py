"""One line of the table: a figure, its floor, its ratio, and whether the target is reached."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Result:
    """`reached` is None where no target is set."""

    figure: str
    what: str
    unit: str
    floor: float | None
    product: float
    target: str = "—"
    reached: bool | None = None

    @property
    def ratio(self) -> float | None:
        return self.product / self.floor if self.floor else None


def at_least(
    figure: str, what: str, unit: str, floor: float, product: float, share: float | None = None
) -> Result:
    """A rate that should be at least that share of the floor's."""
    if share is None:
        return Result(figure, what, unit, floor, product)
    return Result(figure, what, unit, floor, product, f"≥ {share} ×", product >= share * floor)


def at_most(figure: str, what: str, unit: str, floor: float, product: float, times: float) -> Result:
    """A time that should be at most so many times the floor's."""
    return Result(figure, what, unit, floor, product, f"≤ {times} ×", product <= times * floor)


HEAD = ("figure", "what", "floor", "product", "unit", "ratio", "target", "reached")


def table(results: Sequence[Result]) -> str:
    """The results as a table that reads well in a terminal and in Markdown."""
    rows = [HEAD, *map(_cells, results)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |"
        for row in rows
    )


def _cells(result: Result) -> tuple[str, ...]:
    reached = {True: "yes", False: "NO", None: "—"}[result.reached]
    ratio = "—" if result.ratio is None else f"{result.ratio:.2f}"
    floor, product = _number(result.floor), _number(result.product)
    return (result.figure, result.what, floor, product, result.unit, ratio, result.target, reached)


def _number(value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"


def as_json(results: Sequence[Result]) -> str:
    return json.dumps([asdict(result) | {"ratio": result.ratio} for result in results], ensure_ascii=False)
