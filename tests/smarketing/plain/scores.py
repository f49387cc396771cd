"""Scores once more: rules read from the document's JSON, facts and touches from raw rows, halved one by one."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import datetime
from math import floor

from tests.smarketing.plain.rows import Raw

DAY = 86_400


class Scores:
    """By the signed document of a version, as of a moment."""

    def __init__(self, raw: Raw, version: int) -> None:
        self.raw, self.moment = raw, raw.moment
        (row,) = [row for row in raw["leads_definition"] if row["version"] == version]
        self.document = json.loads(row["document"])
        self.accounts = {row["id"]: row for row in raw["leads_account"]}
        self.touches = raw.by_lead("leads_touch")

    def parts(self, pk: int) -> dict[str, int]:
        """What each line of the score gives; nothing of those that give nothing."""
        found = self.fit(pk) | self.engagement(pk)
        return {line: points for line, points in found.items() if points}

    def grades(self, fit: int, engagement: int) -> tuple[str, int]:
        scoring = self.document["scoring"]
        return (
            "ABCD"[sum(fit < bound for bound in scoring["fit_grades"])],
            1 + sum(engagement < bound for bound in scoring["engagement_grades"]),
        )

    # Who they are

    def fit(self, pk: int) -> dict[str, int]:
        rules = self.document["profile"]["rules"]
        given = {rule["id"]: rule["points"] for rule in rules if self.holds(rule["rule"], pk)}
        return given | {"cap:fit": min(0, self.document["scoring"]["fit_cap"] - sum(given.values()))}

    def holds(self, rule: dict, pk: int) -> bool:
        if "all" in rule:
            return all(self.holds(one, pk) for one in rule["all"])
        if "any" in rule:
            return any(self.holds(one, pk) for one in rule["any"])
        if "not" in rule:
            return not self.holds(rule["not"], pk)
        return answers(rule["op"], self.fact(rule["field"], pk), rule.get("value"))

    def fact(self, name: str, pk: int):
        row = self.raw.leads[pk].lead
        if name.startswith("account."):
            row, name = self.accounts.get(row["account_id"], {"custom": "{}"}), name.removeprefix("account.")
        if name.startswith("custom."):
            return json.loads(row["custom"]).get(name.removeprefix("custom."))
        return row.get(name)

    # What they did

    def engagement(self, pk: int) -> dict[str, int]:
        scoring, worth = self.document["scoring"], defaultdict(float)
        for touch, at in self.counted(pk):
            half_lives = (self.moment - at).total_seconds() / (scoring["half_life_days"] * DAY)
            for rule in scoring["touches"]:
                if means(rule, touch):
                    worth[rule["id"]] += rule["points"] * 0.5**half_lives
        given = {line: floor(points + 0.5 + 1e-9) for line, points in worth.items()}
        of_groups: Counter[str] = Counter()
        for rule in scoring["touches"]:
            of_groups[rule["group"]] += given.get(rule["id"], 0)
        caps = {
            f"cap:{group['key']}": min(0, group["cap"] - of_groups[group["key"]])
            for group in scoring["groups"]
        }
        total = sum(given.values()) + sum(caps.values())
        return given | caps | {"cap:engagement": min(0, scoring["engagement_cap"] - total)}

    def counted(self, pk: int) -> list[tuple[dict, datetime]]:
        """Marketing's touches since the last return, and when each was; the first was when the lead was born."""
        lead = self.raw.leads[pk].lead
        found = [
            (touch, lead["born_at"] if touch["is_origin"] else touch["at"])
            for touch in self.touches[pk]
            if touch["team"] == "marketing" and touch["voided_at"] is None
        ]
        returned = lead["returned_at"]
        return [(touch, at) for touch, at in found if at <= self.moment and (not returned or at > returned)]


def answers(op: str, fact, value) -> bool:
    """One clause; of an unknown fact every answer but `is_unknown` is no."""
    unknown = fact is None or fact == ""
    if op in ("is_known", "is_unknown"):
        return unknown == (op == "is_unknown")
    if unknown:
        return False
    if op == "at_least":
        return fact >= value
    if op == "contains":
        return value.lower() in fact.lower()
    if op == "is_one_of":
        return fact.lower() in [one.lower() for one in value]
    assert op == "is", f"no document of the demo asks {op}"
    return fact == value


def means(rule: dict, touch: dict) -> bool:
    return touch["kind"] in rule["kinds"] and all(
        rule[where].lower() in touch[where].lower() for where in ("content", "url")
    )
