"""Which touch earned how much of a deal. Pure arithmetic in whole cents; RULES call the shares weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from typing import NamedTuple

DIRECT = {"direct", "(direct)", "direct_traffic", "direct traffic"}
LOOKBACK_DAYS = 365
PRECISE = Context(prec=40)


class TouchPoint(NamedTuple):
    """One touch as the models see it. The same `event_id` twice is one touch."""

    at: datetime
    channel: str | None
    event_id: str | None = None

    @property
    def is_direct(self) -> bool:
        return (self.channel or "").strip().casefold() in DIRECT


@dataclass(frozen=True)
class Journey:
    """The eligible touches of one deal in order of time, and the moments that models anchor to."""

    touches: Sequence[TouchPoint]
    lead_created_at: datetime | None
    deal_opened_at: datetime | None
    closed_at: datetime
    half_life: timedelta

    def latest_by(self, moment: datetime | None) -> int | None:
        """The latest touch at or before an anchor's moment; None where there is none."""
        if moment is None:
            return None
        return max((i for i, touch in enumerate(self.touches) if touch.at <= moment), default=None)


def split(
    cents: int,
    touches: Sequence[TouchPoint],
    model: str,
    *,
    lead_created_at: datetime | None = None,
    deal_opened_at: datetime | None = None,
    closed_at: datetime,
    half_life_days: float = 7,
    lookback_days: float | None = LOOKBACK_DAYS,
) -> list[int]:
    """Whole cents for each of `touches`, in their order, that sum to `cents`; all zeros where none is eligible.

    A refund (negative `cents`) is split like its sale. Raises ValueError for an unknown model.
    """
    if model not in MODELS:
        raise ValueError(f"Model “{model}” does not exist. Use one of: {', '.join(MODELS)}.")
    if half_life_days <= 0:
        raise ValueError(f"The half-life must be more than 0 days, it is {half_life_days}.")
    eligible = eligible_touches(touches, closed_at, lookback_days)
    shares = [0] * len(touches)
    if not eligible:
        return shares
    journey = Journey(
        [touches[i] for i in eligible],
        lead_created_at,
        deal_opened_at,
        closed_at,
        timedelta(days=half_life_days),
    )
    sign = -1 if cents < 0 else 1
    for index, share in zip(eligible, by_largest_remainder(abs(cents), MODELS[model](journey)), strict=True):
        shares[index] = sign * share
    return shares


def eligible_touches(
    touches: Sequence[TouchPoint], closed_at: datetime, lookback_days: float | None
) -> list[int]:
    """Positions of the touches that count, ordered by time and then by arrival; the same event counts once."""
    closed_at = closed_at.astimezone(UTC)  # a look-back of days is of 24 hours each, whatever the clocks did
    earliest = None if lookback_days is None else closed_at - timedelta(days=lookback_days)
    seen: set[str] = set()
    found = []
    for index in sorted(range(len(touches)), key=lambda i: touches[i].at):
        touch = touches[index]
        if touch.at > closed_at or (earliest is not None and touch.at < earliest):
            continue
        if touch.event_id is not None:
            if touch.event_id in seen:
                continue
            seen.add(touch.event_id)
        found.append(index)
    return found


def by_largest_remainder(cents: int, weights: Sequence[Fraction]) -> list[int]:
    """`cents` shared out by weight; what rounding leaves goes to the largest remainders, the earlier first."""
    total = sum(weights)
    exact = [cents * weight / total for weight in weights]
    shares = [int(share) for share in exact]
    order = sorted(range(len(exact)), key=lambda i: (shares[i] - exact[i], i))
    for index in order[: cents - sum(shares)]:
        shares[index] += 1
    return shares


def _one(index: int, count: int) -> list[Fraction]:
    return [Fraction(i == index) for i in range(count)]


def first(journey: Journey) -> list[Fraction]:
    return _one(0, len(journey.touches))


def last(journey: Journey) -> list[Fraction]:
    return _one(len(journey.touches) - 1, len(journey.touches))


def last_non_direct(journey: Journey) -> list[Fraction]:
    count = len(journey.touches)
    indirect = (i for i, touch in enumerate(journey.touches) if not touch.is_direct)
    return _one(max(indirect, default=count - 1), count)


def linear(journey: Journey) -> list[Fraction]:
    return [Fraction(1)] * len(journey.touches)


def position_based(journey: Journey) -> list[Fraction]:
    return _roles(journey, {0: 40}, {len(journey.touches) - 1: 40}, rest=20)


def u_shaped(journey: Journey) -> list[Fraction]:
    return _roles(journey, {0: 40}, {journey.latest_by(journey.lead_created_at): 40}, rest=20)


def w_shaped(journey: Journey) -> list[Fraction]:
    created, opened = (journey.latest_by(m) for m in (journey.lead_created_at, journey.deal_opened_at))
    return _roles(journey, {0: 30}, {created: 30}, {opened: 30}, rest=10)


def full_path(journey: Journey) -> list[Fraction]:
    share = Fraction(45, 2)
    created, opened = (journey.latest_by(m) for m in (journey.lead_created_at, journey.deal_opened_at))
    close = len(journey.touches) - 1
    return _roles(journey, {0: share}, {created: share}, {opened: share}, {close: share}, rest=10)


def _roles(journey: Journey, *roles: dict[int | None, Fraction | int], rest: int) -> list[Fraction]:
    """Weights of roles, added up where they fall on one touch, and `rest` shared by touches without a role."""
    weights = [Fraction(0)] * len(journey.touches)
    for role in roles:
        for index, weight in role.items():
            if index is not None:
                weights[index] += weight
    plain = [i for i, weight in enumerate(weights) if not weight]
    for index in plain:
        weights[index] = Fraction(rest, len(plain))
    return weights


def time_decay(journey: Journey) -> list[Fraction]:
    """2^(-age / half-life), to 40 digits: equal ages weigh exactly the same."""
    newest = journey.touches[-1].at  # relative to the newest touch, so that no weight vanishes
    ages = [
        Fraction((newest - touch.at) // RESOLUTION, journey.half_life // RESOLUTION)
        for touch in journey.touches
    ]
    return [Fraction(PRECISE.power(2, PRECISE.divide(-age.numerator, age.denominator))) for age in ages]


RESOLUTION = timedelta(microseconds=1)
MODELS: dict[str, Callable[[Journey], list[Fraction]]] = {
    model.__name__: model
    for model in (
        first, last, last_non_direct, linear, position_based, u_shaped, w_shaped, full_path, time_decay,
    )
}  # fmt: skip

Path = tuple[Sequence[str], int, int, Decimal]
START, CONVERSION = object(), object()


def markov(paths: Iterable[Path]) -> dict[str, tuple[float, float, float]]:
    """Removal effect, conversions and value of each channel, from (channels, conversions, nulls, value) rows.

    Order 1 and exact: the chance to convert through a channel is the chance to get there at all times the
    chance to convert from there, both from the inverse of the chain's matrix; nothing is simulated. Value and
    conversions are shared out by removal effect.
    """
    rows = [row for row in paths if row[1] + row[2] > 0]
    channels = sorted({channel for row in rows for channel in row[0]})
    conversions = sum(row[1] for row in rows)
    value = sum((Decimal(row[3]) for row in rows), Decimal(0))
    effects = removal_effects(rows, channels)
    total = sum(effects.values()) or 1
    return {
        c: (effect, conversions * effect / total, float(value) * effect / total)
        for c, effect in effects.items()
    }


def removal_effects(rows: Sequence[Path], channels: Sequence[str]) -> dict[str, float]:
    """By how much the chance to convert falls when every way into a channel leads nowhere instead."""
    steps = transitions(rows)
    visits = inverse([[float(a == b) - steps[a].get(b, 0.0) for b in channels] for a in channels])
    converts = [steps[channel].get(CONVERSION, 0.0) for channel in channels]
    begins = [steps.get(START, {}).get(channel, 0.0) for channel in channels]
    everywhere = range(len(channels))
    chance = [sum(visits[i][j] * converts[j] for j in everywhere) for i in everywhere]
    overall = steps.get(START, {}).get(CONVERSION, 0.0) + sum(begins[i] * chance[i] for i in everywhere)
    reach = [sum(begins[i] * visits[i][j] for i in everywhere) / visits[j][j] for j in everywhere]
    return {c: reach[j] * chance[j] / overall if overall else 0.0 for j, c in enumerate(channels)}


def transitions(rows: Sequence[Path]) -> dict[object, dict[object, float]]:
    """Shares of the steps out of each state; what is missing to 1 ends without a conversion."""
    counts: dict[object, dict[object, int]] = {}
    ends: dict[object, int] = {}
    for channels, conversions, nulls, _ in rows:
        states = [START, *channels]
        for here, there in zip(states, [*channels, CONVERSION], strict=True):
            times = conversions if there is CONVERSION else conversions + nulls
            counts.setdefault(here, {})[there] = counts.get(here, {}).get(there, 0) + times
            ends[here] = ends.get(here, 0) + conversions + nulls
    return {here: {there: n / ends[here] for there, n in out.items()} for here, out in counts.items()}


def inverse(matrix: list[list[float]]) -> list[list[float]]:
    """Gauss and Jordan, with the largest pivot of each column."""
    size = len(matrix)
    rows = [[*row, *(float(i == j) for j in range(size))] for i, row in enumerate(matrix)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda i: abs(rows[i][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        scale = rows[column][column]
        rows[column] = [cell / scale for cell in rows[column]]
        for i in range(size):
            if i != column and (factor := rows[i][column]):
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[column], strict=True)]
    return [row[size:] for row in rows]
