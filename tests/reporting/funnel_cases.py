"""Holds the product against worked stories of leads: in through `import_history`, out through `report funnel`.

A case file says where leads went and what every reading of it has to be at several instants; see `Cases`.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.core.management import call_command

from leads.models import Lead, StageChange
from leads.stages import LADDER, STATES
from reporting.periods import parse_moment
from reporting.scope import make_scope
from reporting.snapshot import rows
from reporting.standings import leads_then, visits
from sla.working_time import WorkingHours
from smarketing.foundation.models import Calendar, Organisation
from tests.leads.importing import counts, run, write

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OURS = {"nurture": "nurturing"}  # the one side state that the cases call otherwise
THEIRS = {ours: theirs for theirs, ours in OURS.items()}


class Cases:
    """`leads` with their `history`, a `calendar`, `report_instants`, and `expected_per_lead` at each of these."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.leads = {lead["id"]: lead for lead in given["leads"]}
        week = {DAYS.index(day): spans for day, spans in given["calendar"]["weekly"].items()}
        self.calendar = {
            "time_zone": given["calendar"]["timezone"],
            "week": {str(day): spans for day, spans in week.items()},
            "holidays": given["calendar"]["holidays"],
        }
        self.hours = WorkingHours(
            given["calendar"]["timezone"],
            {
                day: [(time.fromisoformat(a), time.fromisoformat(b)) for a, b in spans]
                for day, spans in week.items()
            },
            [date.fromisoformat(day) for day in given["calendar"]["holidays"]],
        )

    def load(self, folder: Path) -> None:
        """A company with this calendar, its leads and their history, by the commands."""
        calendar, _ = Calendar.objects.update_or_create(name="Cases", defaults=self.calendar)
        fields = {"name": "Loadline", "time_zone": self.given["calendar"]["timezone"], "currency": "EUR"}
        Organisation.objects.update_or_create(pk=1, defaults={**fields, "calendar": calendar})
        told = run("import_history", write(folder, self.history(), "history.csv"), "--source", "cases")
        assert told.status == 0
        assert counts(told.result)[0] == told.result["rows"], told.said
        again = run("import_history", folder / "history.csv", "--source", "cases")
        assert counts(again.result) == (0, 0, again.result["rows"], 0)

    def history(self) -> str:
        """The file: in the order in which the rows arrived, whatever their dates."""
        lines = io.StringIO()
        writer = csv.writer(lines)
        writer.writerow(["external_id", "at", "stage", "standing", "move"])
        for lead in self.leads.values():
            for step in lead["history"]:
                side = step["to"] not in LADDER
                stage, standing = ("", step["to"]) if side else (step["to"], "")
                writer.writerow(
                    [lead["id"], step["at"], stage, standing, step.get("kind", "") if side else ""]
                )
        return lines.getvalue()

    def check(self, instant: str) -> None:
        """Every expected figure of every lead, and the report as their sum."""
        expected = self.given["expected_per_lead"][instant]
        as_of = self.given["report_instants"][instant]
        found = self.read(as_of)
        for name, figures in expected.items():
            assert {key: found[name][key] for key in figures} == figures, (instant, name)
        self.check_report(expected, as_of)

    def read(self, as_of: str) -> dict[str, dict[str, Any]]:
        """Each lead's figures from the readings that the report adds up."""
        moment = parse_moment(as_of, "as_of")
        scope = make_scope(by="month", as_of=moment)
        stays: dict[int, list[dict]] = defaultdict(list)
        for visit in rows(f"SELECT * FROM ({visits(scope)}) v ORDER BY at, code", scope.parameters):
            stays[visit["lead_id"]].append(visit)
        names = dict(
            Lead.objects.values_list("pk", "external_ids__external_id").filter(external_ids__source="cases")
        )
        return {
            names[lead["id"]]: self._figures(lead, stays[lead["id"]], moment)
            for lead in rows(f"SELECT * FROM ({leads_then(scope)}) l", scope.parameters)
        }

    def _figures(self, lead: dict, stays: list[dict], moment: datetime) -> dict[str, Any]:
        reached = {}
        for stage in LADDER:
            dates = [at for s in LADDER[stage.rank :] if (at := lead[f"{s}_at"]) is not None and at <= moment]
            if stage == "visitor" and lead["unwritten"]:
                dates.append(lead["born_at"])
            if dates:
                reached[str(stage)] = min(dates)
        entries = Counter(_name(visit) for visit in stays)
        seconds: Counter = Counter()
        minutes: Counter = Counter()
        for visit in stays:
            seconds[_name(visit)] += (visit["until"] - visit["at"]).total_seconds()
            minutes[_name(visit)] += self._minutes(visit["at"], visit["until"])
        moves = Counter(
            StageChange.objects.counted()
            .filter(lead=lead["id"], at__lte=moment)
            .values_list("move", flat=True)
        )
        customer_at = reached.get("customer")
        born = lead["born_at"]
        return {
            "current": THEIRS.get(lead["state"], lead["state"]),
            "current_since": _utc(max(visit["at"] for visit in stays if visit["until"] == moment)),
            "ever_entered": [name for state in STATES if (name := THEIRS.get(state, state)) in entries],
            "furthest": list(reached)[-1],
            "first_reached_or_passed_at": {stage: _utc(at) for stage, at in reached.items()},
            "entries": dict(entries),
            "seconds_in_state": {name: int(total) for name, total in seconds.items()},
            "working_minutes_in_state": dict(minutes),
            "rejections": moves["reject"],
            "recycles": moves["recycle"],
            "requalified": entries["mql"] > 1,
            "days_created_to_customer": customer_at
            and round((customer_at - born).total_seconds() / 86400, 6),
            "working_minutes_created_to_customer": customer_at and self._minutes(born, customer_at),
        }

    def _minutes(self, start: datetime, end: datetime) -> float:
        return self.hours.between(start, end).total_seconds() / 60

    def check_report(self, expected: dict[str, dict], as_of: str) -> None:
        out = io.StringIO()
        call_command("report", "funnel", "--as-of", as_of, "--json", stdout=out)
        report = json.loads(out.getvalue())
        people = list(expected.values())
        assert report["born"] == len(people)
        assert report["rejections"] == sum(one["rejections"] for one in people)
        assert report["requalified"] == sum(one["requalified"] for one in people)
        for state in STATES:
            assert report["states"][state] == sum(
                one["current"] == THEIRS.get(state, state) for one in people
            ), state
        for stage in map(str, LADDER):
            figures = report["stages"][stage]
            assert figures["currently_in"] == report["states"][stage]
            assert figures["ever_entered"] == sum(stage in one["ever_entered"] for one in people), stage
            assert figures["entries"] == sum(one["entries"].get(stage, 0) for one in people), stage
            assert figures["reached_or_passed"] == sum(
                stage in one["first_reached_or_passed_at"] for one in people
            ), stage
            self._check_median(figures, stage, people)

    def _check_median(self, figures: dict, stage: str, people: list[dict]) -> None:
        """Where every lead was there at most once, its time there is its visit's."""
        there = [one for one in people if one["entries"].get(stage)]
        if not there or any(one["entries"][stage] > 1 for one in there):
            return
        seconds = sorted(one["seconds_in_state"][stage] for one in there)
        minutes = sorted(one["working_minutes_in_state"][stage] for one in there)
        assert figures["median_seconds"] == _median(seconds), stage
        assert abs(figures["median_working_minutes"] - _median(minutes)) < 0.001, stage


def _median(values: list[float]) -> float:
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def _name(visit: dict) -> str:
    state = STATES[visit["code"] - 1]
    return THEIRS.get(state, state)


def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
