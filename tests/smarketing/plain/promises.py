"""Clocks and volumes: working time by walking through days, everything else by looking at every row."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import holidays

from tests.smarketing.plain.rows import OFF, Life, Raw

DAY = timedelta(days=1)
Span = tuple[datetime, datetime]


class Hours:
    """Who works when: the calendar of the person, else of the team, else of the company."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self.calendars = {row["id"]: row for row in raw["foundation_calendar"]}
        self.teams = {row["id"]: row for row in raw["foundation_team"]}
        self.free: dict[str, dict] = {}

    def calendar(self, owner: int | None) -> dict:
        company = self.raw["foundation_organisation"][0]["calendar_id"]
        if owner is None:
            return self.calendars[company]
        user = self.raw.users[owner]
        team = self.teams.get(user["team_id"]) or {}
        return self.calendars[user["calendar_id"] or team.get("calendar_id") or company]

    def is_free(self, owner: int | None, calendar: dict, day: date) -> bool:
        country = calendar["holiday_country"]
        if country not in self.free:
            self.free[country] = holidays.country_holidays(country) if country else {}
        away = [
            row for row in self.raw["foundation_absence"] if row["user_id"] == owner and owner is not None
        ]
        return day in self.free[country] or any(row["starts_on"] <= day <= row["ends_on"] for row in away)

    def spans(self, owner: int | None, start: datetime, end: datetime) -> Iterator[Span]:
        """Working time between two instants, in order."""
        calendar = self.calendar(owner)
        zone = ZoneInfo(calendar["time_zone"])
        day = start.astimezone(zone).date()
        while datetime.combine(day, time(), zone) < end:
            if not self.is_free(owner, calendar, day):
                for opening, closing in json.loads(calendar["week"]).get(str(day.weekday()), []):
                    low, high = (at_clock(day, clock, zone) for clock in (opening, closing))
                    if max(low, start) < min(high, end):
                        yield max(low, start), min(high, end)
            day += DAY

    def between(self, owner: int | None, start: datetime, end: datetime) -> timedelta:
        return sum((high - low for low, high in self.spans(owner, start, end)), timedelta())


def at_clock(day: date, clock: str, zone: ZoneInfo) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime.combine(day, time(hour, minute), zone).astimezone(UTC)


@dataclass
class Clock:
    """One lead under one promise."""

    promise: dict
    life: Life
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    withdrawn: bool
    owner: int | None
    worked: timedelta | None
    seq: int

    def status(self, moment: datetime) -> str:
        if (self.stopped_at or moment) > self.due_at:
            return "broken"
        if self.stopped_at is None:
            return "running"
        return "excused" if self.withdrawn else "kept"


class Promises:
    """Every clock that live history starts, and the volumes of each period."""

    def __init__(self, raw: Raw) -> None:
        self.raw, self.hours, self.moment = raw, Hours(raw), raw.moment
        self.held, self.work = raw.by_lead("leads_assignment"), raw.by_lead("leads_activity")
        agreements = {row["id"]: row for row in raw["sla_agreement"]}
        self.promises = [
            row | {"from": agreements[row["agreement_id"]]["in_force_from"],
                   "until": agreements[row["agreement_id"]]["in_force_until"]}
            for row in raw["sla_commitment"]
        ]  # fmt: skip
        self.clocks = [clock for life in raw.leads.values() for clock in self._clocks(life)]

    def _clocks(self, life: Life) -> Iterator[Clock]:
        for row in life.live:
            if row["move"] not in ("qualify", "reopen", "accept") or row["to_standing"] != "active":
                continue
            for promise in self.promises:
                if promise["starts_on"] == row["to_stage"] and self.in_force(promise, row["at"]):
                    yield self._clock(promise, life, row)

    @staticmethod
    def in_force(promise: dict, at: datetime) -> bool:
        return (promise["from"] is None or promise["from"] <= at) and (
            promise["until"] is None or promise["until"] > at
        )

    def _clock(self, promise: dict, life: Life, start: dict) -> Clock:
        later = [row for row in life.live if row["seq"] > start["seq"]]
        if promise["stops_on"] == "decision":
            left = next(iter(later), None)
            stopped = left and left["at"]
            withdrawn = bool(left) and left["move"] == "disqualify"
        else:
            stopped, withdrawn = self._contact(life, start, later)
        due, owner, worked = self._reckon(life, start["at"], stopped, promise["within_minutes"])
        return Clock(promise, life, start["at"], due, stopped, withdrawn, owner, worked, start["seq"])

    def _contact(self, life: Life, start: dict, later: list[dict]) -> tuple[datetime | None, bool]:
        """The first call, mail or meeting since the hand-over; a lead that leaves before it excuses."""
        entries = [row["at"] for row in life.live if row["seq"] < start["seq"] and row["to_stage"] == "mql"]
        since = max(entries, default=start["at"])
        met = min(
            (row["at"] for row in self.work[life.lead["id"]]
             if row["kind"] in ("call", "email", "meeting") and row["by_id"] and row["at"] >= since
             and row["taken_back_at"] is None),
            default=None,
        )  # fmt: skip
        left = next((row["at"] for row in later if row["to_standing"] in OFF), None)
        if met is not None and (left is None or met <= left):
            return max(met, start["at"]), False
        return left, left is not None

    def _reckon(
        self, life: Life, start: datetime, stopped: datetime | None, minutes: int
    ) -> tuple[datetime, int | None, timedelta | None]:
        """Each holder's time by their own hours: when it is used up, who held it then, how much was used."""
        held = [(row["at"], row["owner_id"]) for row in self.held[life.lead["id"]]]
        held = [one for one in held if stopped is None or one[0] <= stopped]
        before = [owner for at, owner in held if at <= start]
        spans = [(start, before[-1] if before else None), *((at, owner) for at, owner in held if at > start)]
        left, due, worked = timedelta(minutes=minutes), None, timedelta()
        for number, (begin, owner) in enumerate(spans):
            end = spans[number + 1][0] if number + 1 < len(spans) else begin + timedelta(days=90)
            for low, high in self.hours.spans(owner, begin, end):
                if due is None and high - low >= left:
                    due = low + left
                left -= high - low
                if stopped is not None:
                    worked += max(min(high, stopped) - low, timedelta())
        assert due is not None
        settled = min(due, stopped) if stopped else due
        holders = [owner for at, owner in spans if at < settled]
        return due, (holders or [spans[0][1]])[-1], worked if stopped else None

    # What pages tell

    def count(self, clocks: list[Clock]) -> Counter[str]:
        return Counter(clock.status(self.moment) for clock in clocks)

    def started(self, since: date) -> list[Clock]:
        return [clock for clock in self.clocks if self.raw.day(clock.started_at) >= since]

    @staticmethod
    def median_minutes(clocks: list[Clock]) -> float | None:
        worked = [int(clock.worked.total_seconds()) for clock in clocks if clock.worked is not None]
        return round(median(worked) / 60, 2) if worked else None

    def done(self, measure: str, first: date, until: date) -> Counter[int]:
        """Of each rep, in these local days: hand-overs that were not withdrawn, or people spoken to, once a week."""
        found: dict[int, set] = defaultdict(set)
        if measure == "handovers":
            for row in self.raw["leads_handover"]:
                counts = row["ending"] != "withdrawn" and not self._undone(row["entry_id"])
                if counts and first <= self.raw.day(row["opened_at"]) < until:
                    found[row["rep_id"]].add(row["id"])
        else:
            for row in self.raw["leads_activity"]:
                counts = row["connected"] and row["taken_back_at"] is None and row["by_id"] in self.reps
                if counts and first <= self.raw.day(row["at"]) < until:
                    found[row["by_id"]].add(row["lead_id"])
        return Counter({rep: len(rows) for rep, rows in found.items()})

    def _undone(self, change: int) -> bool:
        return any(row["undoes_id"] == change for row in self.raw["leads_stagechange"])

    @property
    def reps(self) -> list[int]:
        return [pk for pk, user in self.raw.users.items() if user["role"] == "rep" and user["is_active"]]

    def present(self, first: date, until: date) -> list[int]:
        start, end = self.midnight(first), self.midnight(until)
        return [rep for rep in self.reps if self.hours.between(rep, start, end)]

    def midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.raw.zone).astimezone(UTC)

    def elapsed(self, first: date, until: date) -> float:
        """The share of the period's working time that is behind, by the company's hours."""
        start, end = self.midnight(first), self.midnight(until)
        return self.hours.between(None, start, min(self.moment, end)) / self.hours.between(None, start, end)
