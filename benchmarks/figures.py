"""Which module measures which figure. Imported once Django is set up."""

from collections.abc import Callable

from benchmarks import filters, imports, moves, pages, queries, reports, routing, scores, searches, ticks
from benchmarks.databases import Databases
from benchmarks.results import Result

Measure = Callable[[Databases, float], list[Result]]


def both(one: Measure, other: Measure) -> Measure:
    return lambda databases, scale: [*one(databases, scale), *other(databases, scale)]


MEASURES: dict[str, Measure] = {
    "1": both(pages.lists, filters.lists),
    "2": both(pages.measure, filters.measure),
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
