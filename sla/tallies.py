"""Volume promises: what was done in each period, by whom, against what is owed for every rep who was there.

Periods are whole months or ISO weeks of the organisation. A figure and the rows behind it are one queryset
(`facts`); a rep is present in a period with at least one working day of theirs in it that is not leave.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import TruncDay, TruncMonth, TruncWeek

from leads.models import Activity, Handover
from sla import calendars
from sla.models import Commitment
from sla.statuses import Status
from sla.working_time import WorkingHours
from smarketing.foundation.models import Organisation, User

Measure = Commitment.Measure
# Of each measure: where the row names the rep, and when it happened.
REP = {Measure.HANDOVERS: "rep", Measure.REAL_CONTACTS: "by"}
AT = {Measure.HANDOVERS: "opened_at", Measure.REAL_CONTACTS: "at"}


class Period(NamedTuple):
    """A month or a week, from one local day up to, not including, another."""

    first: date
    until: date
    start: datetime
    end: datetime


class Pace(NamedTuple):
    """Where a running period leads if the rest of its working time goes on as the part behind."""

    n: int
    of: int
    expected: int | None  # None while no working time has passed

    @property
    def short(self) -> int | None:
        """How many will be missing; below nothing: how many more than promised."""
        return None if self.expected is None else self.of - self.expected

    @property
    def words(self) -> str:
        """Such as "146 of 240. At this pace: 205, 35 short."."""
        if not self.of:
            return f"{self.n:,} so far. Nobody in sales is there in this period, so nothing is owed."
        so_far = f"{self.n:,} of {self.of:,}."
        if self.expected is None or self.short is None:
            return f"{so_far} No working time has passed yet."
        missing = f"{self.short:,} short" if self.short > 0 else f"{-self.short:,} more than promised"
        return f"{so_far} At this pace: {self.expected:,}, {missing if self.short else 'as promised'}."


@dataclass(frozen=True)
class Tally:
    """One volume promise in one period, as of a moment."""

    commitment: Commitment
    period: Period
    counts: Mapping[int, int]  # by rep
    present: Sequence[int]
    elapsed: float  # share of the period's working time that is behind
    is_over: bool

    @property
    def n(self) -> int:
        """Hand-overs count whoever got them; contacts are promised rep by rep."""
        if self.commitment.measure == Measure.HANDOVERS:
            return sum(self.counts.values())
        return sum(self.counts.get(rep, 0) for rep in self.present)

    @property
    def of(self) -> int:
        return (self.commitment.target or 0) * len(self.present)

    def pace(self) -> Pace:
        return self._pace(self.n, self.of)

    def pace_of(self, rep: int) -> Pace:
        return self._pace(self.counts.get(rep, 0), self.commitment.target or 0)

    def _pace(self, n: int, of: int) -> Pace:
        return Pace(n, of, int(n / self.elapsed + 0.5) if self.elapsed else None)

    def statuses(self) -> Iterator[tuple[int | None, Status]]:
        """(rep, status) of each promise that was made for this period; the rep is None where it is the team's."""
        if self.commitment.measure == Measure.HANDOVERS:
            if self.of:
                yield None, self._status(self.n, self.of)
            return
        for rep in self.present:
            yield rep, self._status(self.counts.get(rep, 0), self.commitment.target or 0)

    def _status(self, n: int, of: int) -> Status:
        if n >= of:
            return Status.KEPT
        return Status.BROKEN if self.is_over else Status.RUNNING


# --- The rows that count -----------------------------------------------------------------------------------
def facts(
    commitment: Commitment, start: datetime | None, end: datetime | None, moment: datetime
) -> QuerySet[Any]:
    """The hand-overs, or the connected activities of reps, from `start` up to `end` that had happened by `moment`."""
    at = AT[Measure(commitment.measure)]
    window = {f"{at}__lte": moment}
    window |= {f"{at}__gte": start} if start else {}
    window |= {f"{at}__lt": end} if end else {}
    if commitment.measure == Measure.HANDOVERS:
        gone = {"ending": Handover.Ending.WITHDRAWN, "ended_at__lte": moment}
        return Handover.objects.counted().filter(**window).exclude(**gone)
    return Activity.objects.filter(**window, connected=True, by__role=User.Role.REP, by__is_active=True)


def _facts(
    commitment: Commitment, staff: Office, start: datetime | None, end: datetime | None, moment: datetime
) -> QuerySet[Any]:
    return staff.of_these(commitment, facts(commitment, start, end, moment))


def each_once(commitment: Commitment, rows: QuerySet[Any], zone: ZoneInfo) -> QuerySet[Any]:
    """Of contacts the first of each rep with each lead in each week: that is what counts. Hand-overs as they are."""
    if commitment.measure == Measure.HANDOVERS:
        return rows
    weekly = rows.annotate(period=TruncWeek("at", tzinfo=zone)).order_by().values("by", "lead", "period")
    return Activity.objects.filter(pk__in=weekly.annotate(first=Min("pk")).values("first"))


def _counts(commitment: Commitment, rows: QuerySet[Any], zone: ZoneInfo) -> dict[date, dict[int, int]]:
    """How many in each period by rep: of hand-overs each, of contacts each lead once."""
    measure = Measure(commitment.measure)
    truncated = TruncMonth if commitment.period == Commitment.Period.MONTH else TruncWeek
    number = Count("pk") if measure == Measure.HANDOVERS else Count("lead", distinct=True)
    grouped = rows.annotate(period=truncated(AT[measure], tzinfo=zone)).order_by()
    found: dict[date, dict[int, int]] = {}
    for period, rep, n in grouped.values_list("period", REP[measure]).annotate(n=number):
        found.setdefault(period.date(), {})[rep] = n
    return found


# --- Periods -----------------------------------------------------------------------------------------------
def period_of(kind: str, day: date, zone: ZoneInfo) -> Period:
    """The month, or the ISO week, in which this local day lies."""
    if kind == Commitment.Period.MONTH:
        first = day.replace(day=1)
        until = (first + timedelta(days=31)).replace(day=1)
    else:
        first = day - timedelta(days=day.weekday())
        until = first + timedelta(days=7)
    return Period(first, until, _start(first, zone), _start(until, zone))


def _start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def periods_within(
    kind: str, first: date, until: date | None, moment: datetime, zone: ZoneInfo
) -> list[Period]:
    """The periods that begin at `first` or later, have begun by `moment`, and lie whole before `until`.

    The one that runs at `moment` counts too where the window goes on beyond it.
    """
    found = []
    period = period_of(kind, first, zone)
    if period.first < first:
        period = period_of(kind, period.until, zone)
    while period.start <= moment:
        if (
            until is not None
            and period.until > until
            and not (period.end > moment and _start(until, zone) > moment)
        ):
            break
        found.append(period)
        period = period_of(kind, period.until, zone)
    return found


class Office(NamedTuple):
    """Who of the reps works when: read once for all promises. `some`: those of a team, or one, and nobody else."""

    zone: ZoneInfo
    reps: list[int]
    hours: Mapping[int | None, WorkingHours]
    some: bool = False

    def of_these(self, commitment: Commitment, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the facts that are about the reps who are looked at."""
        return rows.filter(**{f"{REP[Measure(commitment.measure)]}__in": self.reps}) if self.some else rows


def office(moment: datetime, reps: Q | None = None) -> Office:
    """Every active rep, or those of them that `reps`, a condition on users, lets through."""
    found = User.objects.reps().filter(reps or Q(), is_active=True).order_by("pk")
    return office_of(found.values_list("pk", flat=True), moment, some=reps is not None)


def office_of(reps: Iterable[int], moment: datetime, *, some: bool) -> Office:
    """The same where it is known who they are."""
    pks = list(reps)
    return Office(Organisation.get().zone, pks, calendars.hours_of([None, *pks], around=moment), some)


def tallies(
    commitment: Commitment,
    staff: Office,
    *,
    since: date | None,
    until: date | None,
    moment: datetime,
    began: date | None = None,
) -> list[Tally]:
    """One volume promise in every period of the window, the last one perhaps running; from its first fact on.

    `began`: a day on which the company worked with the promise already, where one is known.
    """
    start = _start(since, staff.zone) if since else None
    counts = _counts(commitment, _facts(commitment, staff, start, None, moment), staff.zone)
    today = period_of(commitment.period, moment.astimezone(staff.zone).date(), staff.zone).first
    begin = min(counts, default=today)
    # Nobody is held to a promise from before the company began to work with it.
    known = began is not None and since is not None and began < since
    if since and start and (known or _began_before(commitment, start)):
        begin = since
    first = max(begin, since or begin)
    periods = periods_within(commitment.period, first, until, moment, staff.zone)
    return [_tally(commitment, staff, period, counts, moment) for period in periods]


def _began_before(commitment: Commitment, moment: datetime) -> bool:
    """Any row will do, so that the first one found ends the search."""
    if commitment.measure == Measure.HANDOVERS:
        return Handover.objects.filter(opened_at__lt=moment).exists()
    return Activity.objects.filter(at__lt=moment, connected=True).exists()


def running(commitment: Commitment, staff: Office, moment: datetime) -> Tally:
    """The promise in the period that runs at `moment`."""
    period = period_of(commitment.period, moment.astimezone(staff.zone).date(), staff.zone)
    counts = _counts(commitment, _facts(commitment, staff, period.start, period.end, moment), staff.zone)
    return _tally(commitment, staff, period, counts, moment)


def _tally(
    commitment: Commitment,
    staff: Office,
    period: Period,
    counts: Mapping[date, Mapping[int, int]],
    moment: datetime,
) -> Tally:
    return Tally(
        commitment,
        period,
        counts.get(period.first, {}),
        [rep for rep in staff.reps if staff.hours[rep].between(period.start, period.end)],
        _elapsed(staff.hours[None], period, moment),
        period.end <= moment,
    )


class Day(NamedTuple):
    """By the end of a day of a running period: what was done (None ahead), and what working time would ask for."""

    day: date
    done: int | None
    planned: float


def day_by_day(tally: Tally, staff: Office, moment: datetime) -> list[Day]:
    """The way of a running hand-over promise through its period: one query."""
    period, commitment = tally.period, tally.commitment
    at = AT[Measure(commitment.measure)]
    rows = _facts(commitment, staff, period.start, period.end, moment)
    rows = rows.annotate(day=TruncDay(at, tzinfo=staff.zone))
    daily = {day.date(): n for day, n in rows.order_by().values_list("day").annotate(n=Count("pk"))}
    found, done, today = [], 0, moment.astimezone(staff.zone).date()
    for number in range((period.until - period.first).days):
        day = period.first + timedelta(days=number)
        done += daily.get(day, 0)
        share = _elapsed(staff.hours[None], period, _start(day + timedelta(days=1), staff.zone))
        found.append(Day(day, done if day <= today else None, round(tally.of * share, 2)))
    return found


def _elapsed(hours: WorkingHours, period: Period, moment: datetime) -> float:
    if period.end <= moment:
        return 1.0
    whole = hours.between(period.start, period.end)
    return hours.between(period.start, moment) / whole if whole else 0.0


def by_week(commitment: Commitment, staff: Office, weeks: int, moment: datetime) -> dict[date, int]:
    """How many in each of the last ISO weeks up to the one that runs, by its Monday: one query."""
    first = period_of(Commitment.Period.WEEK, moment.astimezone(staff.zone).date(), staff.zone).first
    mondays = [first - timedelta(days=7 * back) for back in reversed(range(weeks))]
    measure = Measure(commitment.measure)
    rows = _facts(commitment, staff, _start(mondays[0], staff.zone), None, moment)
    weekly = rows.annotate(week=TruncWeek(AT[measure], tzinfo=staff.zone)).order_by().values("week")
    if measure == Measure.HANDOVERS:
        counted = weekly.annotate(n=Count("pk")).values_list("week", "n")
    else:
        counted = (
            weekly.values_list("week", "by").annotate(n=Count("lead", distinct=True)).values_list("week", "n")
        )
    found = dict.fromkeys(mondays, 0)
    for week, n in counted:
        found[week.date()] = found.get(week.date(), 0) + n
    return found
