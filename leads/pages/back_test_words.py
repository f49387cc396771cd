"""What the figures of a back-test are called, and its result in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leads.models import BackTest
from leads.naming import STATES, many

# Of what became of hand-overs: the words of a row, and whether losing them is a loss.
OUTCOMES = {
    "won": ("Won", "missed"),
    "accepted": ("Accepted, won included", "missed"),
    "rejected": ("Rejected", "spared"),
    "returned": ("Returned before a decision", "spared"),
    "open": ("Not decided yet", ""),
}
GROUPS = {
    "was": "that there were",
    "kept": "that this version hands over too",
    "missed": "that it would not hand over",
}
TITLES = {
    **{group: f"{{Mqls}} {words}" for group, words in GROUPS.items()},
    **{
        f"{group}_{outcome}": f"{said}: {'no longer handed over' if group == 'missed' else words}"
        for group, words in {"was": "all there were", "kept": "still handed over", "missed": ""}.items()
        for outcome, (said, _) in OUTCOMES.items()
    },
    "added": "{Mqls} more by this version",
    "would": "{Mqls} by this version",
    "by_hand": "{Mqls} that a marketer qualified",
    "imported": "{Mqls} that an import or a reopening brought",
    "by_rule": "{Mqls} by the criteria of their day",
    "same_rule": "{Mqls} that the version in force finds too",
    "stopped": "Leads that the never-again register would have stopped",
}


@dataclass(frozen=True)
class Cell:
    """`word` is what losing them is called."""

    n: int
    href: str
    word: str = ""


@dataclass(frozen=True)
class Line:
    label: str
    cells: list[Cell]


def headline(result: dict[str, int]) -> str:
    """Such as “312 MQLs instead of 298: 40 more, and 26 no longer.”"""
    was, would, added, missed = (result[name] for name in ("was", "would", "added", "missed"))
    if not was and not would:
        return "Nobody was handed over in these days, and nobody would have been."
    if not added and not missed:
        return f"The same {_mqls(was)} as there were."
    parts = [f"{added:,} more" if added else "", f"{missed:,} no longer" if missed else ""]
    return f"{_mqls(would)} instead of {was:,}: {', and '.join(filter(None, parts))}."


def _mqls(n: int) -> str:
    return f"{n:,} {STATES['mql'] if n == 1 else many('mql')}"


def kpis(result: dict[str, int], url: str) -> list[dict[str, Any]]:
    def kpi(label: str, name: str, note: str, tone: str = "") -> dict[str, Any]:
        n = result[name]
        href = f"{url}?figure={name}" if n else ""
        return {"label": label, "value": f"{n:,}", "href": href, "note": note, "tone": tone if n else ""}

    change = result["would"] - result["was"]
    sign = "+" if change > 0 else "\N{MINUS SIGN}" if change else "±"
    return [
        kpi("There were", "was", f"{result['by_hand']:,} of them by hand"),
        kpi("By this version", "would", f"{sign}{abs(change):,} in 90 days"),
        kpi("More", "added", "never handed over so far"),
        kpi("Won ones missed", "missed_won", f"of {result['was_won']:,}", "bad"),
        kpi("Rejected ones spared", "missed_rejected", f"of {result['was_rejected']:,}", "ok"),
    ]


def table(result: dict[str, int], url: str) -> list[Line]:
    """What became of the hand-overs that there were, row by row; `total` is the row below them."""
    return [_line(result, url, outcome, label, word) for outcome, (label, word) in OUTCOMES.items()]


def total(result: dict[str, int], url: str) -> Line:
    return _line(result, url, "", f"All {many('mql')}")


def _line(result: dict[str, int], url: str, outcome: str, label: str, word: str = "") -> Line:
    def cell(group: str, word: str = "") -> Cell:
        name = f"{group}_{outcome}".rstrip("_")
        n = result[name]
        return Cell(n, f"{url}?figure={name}" if n else "", word if n else "")

    return Line(label, [cell("was"), cell("kept"), cell("missed", word)])


def agreement(test: BackTest) -> str:
    """How far a replay can be trusted here: the version in force, replayed alike, beside what it did."""
    found, of = test.result["same_rule"], test.result["by_rule"]
    version = f"Version {test.version_before}" if test.version_before else "The default"
    if not of:
        return (
            "No lead was handed over by criteria in these days, so the replay has nothing to be held against."
        )
    if found == of:
        return f"{version}, replayed in the same way, finds all {of:,} {many('mql')} that criteria made in these days."
    return (
        f"{version}, replayed in the same way, finds {found:,} of the {of:,} {many('mql')} that "
        "criteria made in these days. "
        "The others met an earlier version, or facts that read differently today."
    )
