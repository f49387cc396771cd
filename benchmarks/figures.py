"""Which module measures which figure. Imported once Django is set up."""

from collections.abc import Callable

from benchmarks import imports, moves, pages, queries, reports, routing, scores, searches, ticks
from benchmarks.databases import Databases
from benchmarks.results import Result

MEASURES: dict[str, Callable[[Databases, float], list[Result]]] = {
    "1": pages.lists,
    "2": pages.measure,
    "3": queries.measure,
    "4": searches.measure,
    "5": pages.details,
    "6": moves.entered,
    "7": moves.measure,
    "8": imports.measure,
    "9": reports.measure,
    "10": ticks.measure,
    "scores": scores.measure,
    "routing": routing.measure,
}
