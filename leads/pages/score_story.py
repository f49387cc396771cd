"""How a score's changes are told: what moved it at one moment, by the names of the rules of that version."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leads.definitions import Document, document_of, unsigned
from leads.models import Definition
from leads.pages.sources import SCORE, SIZE, Entry, Row, Source, before, register

CAUSES = {
    "decay": "time passed",
    "return": "returned to marketing",
    "version": "other rules",
    "import": "an import",
}
NAMED = 2  # parts that are named in the title
RANK = 60


def _score(row: Row) -> Entry:
    """ "Score 41 → 55: asked for a demo +14"."""
    told = row.told
    parts = _parts(told["parts"])
    first = ", ".join(f"{name} {_signed(points)}" for name, points in parts[:NAMED])
    rest = ", ".join(f"{name} {_signed(points)}" for name, points in parts[NAMED:])
    was, now = told["after"] - told["points"], told["after"]
    tone = "ok" if now > was else ""
    icon = "trending-up" if now > was else "trending-down" if now < was else "gauge"
    return Entry(row.at, row.order, icon, f"Score {was} → {now}: {first}", rest, tone, SCORE)


def _parts(entries: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """Each rule with its points, those of time and of other causes as one; the weightiest first."""
    found: dict[str, int] = {}
    for one in entries:
        name = CAUSES.get(one["cause"]) or rule_name(one["rule"], signed_document(one["of"]))
        found[name] = found.get(name, 0) + one["points"]
    return sorted(((name, n) for name, n in found.items() if n), key=lambda part: -abs(part[1])) or [
        ("no change", 0)
    ]


def signed_document(signed: dict[str, Any] | None) -> Document:
    """The document of a signed version, which this process may know already; of none, the unsigned default."""
    if signed is None:
        return unsigned()
    return document_of(Definition(pk=signed["pk"], in_force_from=datetime.fromisoformat(signed["since"])))


def rule_name(rule: str, document: Document) -> str:
    """What a rule is called in a version, inside a sentence."""
    key = rule.removeprefix("cap:")
    words = _names(document).get(key) or key.replace("_", " ")
    words = words if words[:2].isupper() else words[:1].lower() + words[1:]
    return f"the most for {words}" if rule.startswith("cap:") else words


def _names(document: Document) -> dict[str, str]:
    rules = {rule.id: rule.name for rule in document.profile.rules}
    rules |= {rule.id: rule.name for rule in document.scoring.touches}
    return {group.key: group.name for group in document.scoring.groups} | rules


def _signed(points: int) -> str:
    return f"+{points}" if points > 0 else f"−{-points}"


# What stands after a change is what stands now, less what came later.
OF = "CASE WHEN d.id IS NOT NULL THEN jsonb_build_object('pk', d.id, 'since', d.in_force_from) END"
SQL = f"""
    WITH g AS (
        SELECT e.at, sum(e.points) AS points,
            jsonb_agg(jsonb_build_object('rule', e.rule, 'points', e.points, 'cause', e.cause, 'of', {OF})) AS parts
        FROM leads_scoreentry e LEFT JOIN leads_definition d ON d.version = e.definition_version
        WHERE e.lead_id = %(lead)s AND {before("e.at", RANK, "0")}
        GROUP BY e.at ORDER BY e.at DESC LIMIT {SIZE + 1}
    )
    SELECT g.at, {RANK} AS rank, 0::bigint AS id, jsonb_build_object('points', g.points, 'parts', g.parts, 'after',
        (SELECT s.fit + s.engagement FROM leads_leadscore s WHERE s.lead_id = %(lead)s)
        - coalesce((SELECT sum(e.points) FROM leads_scoreentry e
            WHERE e.lead_id = %(lead)s AND e.at > (SELECT max(at) FROM g)), 0)
        - coalesce(sum(g.points) OVER (ORDER BY g.at DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)) AS told
    FROM g
"""  # noqa: S608 of the code
register(Source("score", RANK, SCORE, "", "", _score, sql=SQL))
