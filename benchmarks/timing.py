"""How often, how long: every number is the median of five, floor and product by turns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import median
from time import perf_counter
from typing import TypeVar

ROUNDS = 5
T = TypeVar("T")


def medians(*measures: Callable[[], float]) -> list[float]:
    """The median of each, taken by turns, so that whatever else the machine does meets all of them."""
    rounds = [[measure() for measure in measures] for _ in range(ROUNDS)]
    return [median(column) for column in zip(*rounds, strict=True)]


def median_of(rounds: int, measure: Callable[[], float]) -> float:
    """The median of fewer rounds, for what takes a minute each."""
    return median(measure() for _ in range(rounds))


def seconds(act: Callable[[], object]) -> float:
    start = perf_counter()
    act()
    return perf_counter() - start


def milliseconds(act: Callable[[], object], times: int = 1) -> float:
    """The median of a few calls."""
    return 1000 * median(seconds(act) for _ in range(times))


def per_second(act: Callable[[T], object], things: Iterable[T]) -> float:
    """How many of these are done in a second, one after another."""
    done = 0
    start = perf_counter()
    for thing in things:
        act(thing)
        done += 1
    return done / (perf_counter() - start)
