"""All rows of the tables, and each lead's life as its history tells it."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection

LADDER = ["visitor", "mql", "sal", "sql", "customer"]
OFF = ["nurturing", "disqualified", "lost", "churned"]
LEADS = "lead account stagechange touch deal dealcontact refund activity assignment handover cost campaign channel"
SCORES = "definition leadscore scoreentry"
FOUNDATION = "user team calendar absence exchangerate organisation"
TABLES = [
    *(f"leads_{name}" for name in LEADS.split()),
    *(f"leads_{name}" for name in SCORES.split()),
    *(f"foundation_{name}" for name in FOUNDATION.split()),
    "leads_snooze",
    "sla_agreement",
    "sla_commitment",
]
KEYS = {"leads_leadscore": "lead_id"}


class Raw:
    """Everything, loaded once."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment
        self.tables = {table: self._rows(table) for table in TABLES}
        self.zone = ZoneInfo(self["foundation_organisation"][0]["time_zone"])
        self.campaigns = {row["id"]: row["name"] for row in self["leads_campaign"]}
        self.channels = {row["id"]: row["name"] for row in self["leads_channel"]}
        self.users = {row["id"]: row for row in self["foundation_user"]}
        histories = self.by_lead("leads_stagechange")
        self.leads = {row["id"]: Life(row, histories[row["id"]]) for row in self["leads_lead"]}

    def __getitem__(self, table: str) -> list[dict]:
        return self.tables[table]

    @staticmethod
    def _rows(table: str) -> list[dict]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} ORDER BY {KEYS.get(table, 'id')}")
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def by_lead(self, table: str) -> dict[int, list[dict]]:
        found: dict[int, list[dict]] = defaultdict(list)
        for row in self[table]:
            found[row["lead_id"]].append(row)
        return found

    def day(self, at: datetime):
        return at.astimezone(self.zone).date()


class Life:
    """One lead, and its moves in order, without those that were taken back."""

    def __init__(self, lead: dict, history: list[dict]) -> None:
        self.lead = lead
        undone = {row["undoes_id"] for row in history}
        self.moves = [
            row for row in history if row["move"] not in ("undo", "adopt") and row["id"] not in undone
        ]
        self.moves.sort(key=lambda row: (row["at"], row["id"]))
        self.live = [row for row in self.moves if row["kind"] == "live"]
        self.born_at = self.moves[0]["at"]

    @property
    def state(self) -> str:
        return state_of(self.moves[-1])

    @property
    def reached(self) -> int:
        return max(LADDER.index(row["to_stage"]) for row in self.moves)

    def states(self) -> list[str]:
        """Visits, one after the other."""
        found: list[str] = []
        for row in self.moves:
            if not found or found[-1] != state_of(row):
                found.append(state_of(row))
        return found

    def visits(self) -> list[tuple[str, datetime, datetime | None, str]]:
        """State, since when, until when and where to next."""
        found: list[tuple[str, datetime]] = []
        for row in self.moves:
            if not found or found[-1][0] != state_of(row):
                found.append((state_of(row), row["at"]))
        following: list[tuple[str, datetime | None]] = [*found[1:], ("", None)]
        return [
            (state, at, until, after) for (state, at), (after, until) in zip(found, following, strict=True)
        ]

    def did(self, move: str) -> list[dict]:
        return [row for row in self.moves if row["move"] == move]

    def reached_at(self, stage: str) -> datetime | None:
        rank = LADDER.index(stage)
        return next((row["at"] for row in self.moves if LADDER.index(row["to_stage"]) >= rank), None)


def state_of(row: dict) -> str:
    return row["to_standing"] if row["to_standing"] in OFF else row["to_stage"]
