"""The ledger of hand-overs: delivered = accepted + rejected + recycled + reassigned + withdrawn + open.

A hand-over belongs to the campaign its lead came by, to the rep it was delivered to, and to the week in which it
opened, in the organisation's zone. How it ended counts by the as-of; what ends later is open then.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from leads.models import Campaign, Handover
from reporting.compiled import compiled
from reporting.periods import WrongUsage, iso
from reporting.scope import Scope, make_scope
from reporting.snapshot import rows, snapshot
from smarketing.foundation.models import User

ENDINGS = [*(str(ending) for ending in Handover.Ending), "open"]
COUNTED = ["delivered", *ENDINGS]
FIGURES = [f"ledger:{name}" for name in COUNTED]
BY = ["campaign", "rep", "week"]
KEYS = {
    "campaign": "l.campaign_id",
    "rep": "h.rep_id",
    "week": "date_trunc('week', h.opened_at AT TIME ZONE %(zone)s)::date",
}
NAMED_BY = {"campaign": Campaign, "rep": User}
Row = dict[str, Any]


def make_ledger_scope(
    *,
    by: str = "campaign",
    since: date | None = None,
    until: date | None = None,
    as_of: date | datetime | None = None,
    **others: Any,
) -> Scope:
    """The question of a ledger; raises `WrongUsage` with the right values."""
    if others.get("known_at"):
        raise WrongUsage("The ledger takes no known_at: a hand-over ends once. Leave it out.")
    return make_scope(by=by, since=since, until=until, as_of=as_of, among=BY)


def deliveries(scope: Scope) -> str:
    """SELECT of the hand-overs of the window: `lead_id`, their keys, and how each had ended by the as-of."""
    counted = Handover.objects.counted().values("id", "lead_id", "rep_id", "opened_at", "ended_at", "ending")
    keys = ", ".join(f"{sql} AS {name}" for name, sql in KEYS.items())
    return f"""
    SELECT h.lead_id, {keys}, CASE WHEN h.ended_at <= %(as_of)s THEN h.ending ELSE 'open' END AS ending
    FROM ({compiled(counted)}) h JOIN leads_lead l ON l.id = h.lead_id WHERE {scope.within("h.opened_at")}
    """


def behind(scope: Scope, name: str) -> str:
    """SELECT of the hand-overs that a figure counts: `id` of the lead, `key`."""
    _, _, what = name.partition(":")
    which = "true" if what == "delivered" else f"ending = '{what}'"
    return f"SELECT lead_id AS id, {scope.by} AS key FROM ({deliveries(scope)}) d WHERE {which}"


def ledger_of(scope: Scope) -> Row:
    """The ledger by one dimension, and its total."""
    with snapshot():
        found = rows(_summed(scope, f"GROUPING SETS (({scope.by}), ())"), scope.parameters)
        names = _names(scope.by, [row[scope.by] for row in found])
    total = next(row for row in found if row["over_all"])
    lines = [_line(row, scope.by, names) for row in found if not row["over_all"]]
    lines.sort(key=_order(scope.by))
    return {**_head(scope), "by": scope.by, "rows": lines, "total": _counts(total)}


def ledger_in_full(scope: Scope) -> Row:
    """The ledger by campaign, by rep, by week, and by all three together: one look at the database."""
    sets = ", ".join(f"({name})" for name in BY)
    with snapshot():
        found = rows(
            _summed(scope, f"GROUPING SETS ({sets}, ({', '.join(BY)}), ())", order=True), scope.parameters
        )
        names = {by: _names(by, [row[by] for row in found]) for by in NAMED_BY}
    level = {0b011: "campaign", 0b101: "rep", 0b110: "week", 0b000: "cells", 0b111: "total"}
    told: Row = {name: [] for name in level.values()}
    for row in found:
        told[level[row["over_all"]]].append(row)
    report: Row = {**_head(scope), "total": _counts(told["total"][0])}
    for by in BY:
        lines = [_line(row, by, names.get(by, {})) for row in told[by]]
        report[by] = sorted(lines, key=_order(by))
    report["cells"] = [
        {by: _name(by, row[by], names.get(by, {})) for by in BY} | _counts(row) for row in told["cells"]
    ]
    return report


def unbalanced(report: Row) -> list[Row]:
    """The lines whose endings do not add up to what was delivered: none, or the ledger is no ledger."""
    lines = [report["total"], *(line for by in BY for line in report.get(by, [])), *report.get("cells", [])]
    return [line for line in lines if line["delivered"] != sum(line[ending] for ending in ENDINGS)]


def _summed(scope: Scope, grouping: str, *, order: bool = False) -> str:
    columns = ", ".join(f"count(*) FILTER (WHERE ending = '{ending}') AS {ending}" for ending in ENDINGS)
    keys = ", ".join(BY) if order else scope.by
    sorting = "ORDER BY week, campaign, rep" if order else ""
    return f"""
    SELECT {keys}, grouping({keys}) AS over_all, count(*) AS delivered, {columns}
    FROM ({deliveries(scope)}) d GROUP BY {grouping} {sorting}
    """


def _head(scope: Scope) -> Row:
    return {
        "since": scope.since and scope.since.isoformat(),
        "until": scope.until and scope.until.isoformat(),
        "as_of": iso(scope.as_of),
    }


def _counts(row: Row) -> Row:
    return {name: row[name] for name in COUNTED}


def _line(row: Row, by: str, names: dict[Any, str]) -> Row:
    key = row[by]
    return {"key": _name(by, key, names), "id": key.isoformat() if isinstance(key, date) else key} | _counts(
        row
    )


def _name(by: str, key: Any, names: dict[Any, str]) -> str | None:
    """A week is told as 2026-W47, which sorts, and which every spreadsheet leaves alone."""
    return f"{key:%G-W%V}" if by == "week" else names.get(key)


def _names(by: str, keys: list[Any]) -> dict[Any, str]:
    if by not in NAMED_BY:
        return {}
    things = NAMED_BY[by]._default_manager.filter(pk__in={key for key in keys if key is not None})
    return {thing.pk: str(thing) for thing in things}


def _order(by: str):
    """The latest week first, else who got most; what has no name last."""
    if by == "week":
        return lambda line: -date.fromisoformat(line["id"]).toordinal()
    return lambda line: (line["id"] is None, -line["delivered"], line["key"])
