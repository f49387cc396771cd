"""Scores and their log, written by the set: one statement for however many leads.

Only what changed is written. The log gets, line by line, the difference between what a rule gave before and what it
gives now; as both come from one row in one statement, and one scoring runs at a time, the log always adds up.
"""
# ruff: noqa: S608 - see leads.scoring.points

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from leads import definitions
from leads.criteria import ON_THE_WAY, criteria_of, holds, met_by
from leads.definitions import InForce
from leads.models import Definition, Lead, LeadScore, ScoreEntry
from leads.scoring.points import Chosen, Some, Span, fresh, parts_of

Cause = ScoreEntry.Cause
# Two that read the same score before either wrote would log the same difference twice.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('leads.scoring'))"
STEP = 20_000  # leads of one transaction


def score(
    lead_ids: Sequence[int] | None,
    moment: datetime,
    *,
    causes: Mapping[int, set[str]] | None = None,
    why: str = Cause.DECAY,
) -> int:
    """Score these leads, or all of them, by the definitions in force at `moment`; answers how many scores changed.

    `causes` says what happened to each; where nothing is said of a lead, `why` stands in the log.
    """
    in_force = definitions.in_force(moment)
    if lead_ids is not None:
        return score_some(Some(sorted(set(lead_ids))), in_force, moment, causes=causes or {}, why=why)
    return sum(score_some(span, in_force, moment, causes={}, why=why) for span in spans())


def spans() -> Iterator[Span]:
    """All leads there are, a step at a time."""
    last = Lead.objects.aggregate(last=Max("pk"))["last"] or 0
    first = Lead.objects.order_by("pk").values_list("pk", flat=True).first() or 1
    for start in range(first, last + 1, STEP):
        yield Span(start, min(start + STEP - 1, last))


WRITING = """
WITH {points},
changed AS MATERIALIZED (
    SELECT n.*, o.parts AS before, o.definition_version AS version_before
    FROM fresh n LEFT JOIN leads_leadscore o ON o.lead_id = n.id AND {within}
    WHERE o.lead_id IS NULL OR o.definition_version <> %s OR o.parts <> n.parts
        OR o.fit_grade <> n.fit_grade OR o.engagement_grade <> n.engagement_grade
),
known (version, rule, part) AS MATERIALIZED (SELECT * FROM unnest(%s::int[], %s::text[], %s::text[])),
told (lead_id, of_fit, of_gain, of_loss) AS (
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[])
),
line AS (
    SELECT c.id, %s AS version, e.key AS rule, e.value::int AS points
    FROM changed c, jsonb_each_text(c.parts) e
    UNION ALL
    SELECT c.id, c.version_before, e.key, -e.value::int FROM changed c, jsonb_each_text(c.before) e
),
difference AS (
    SELECT l.id, coalesce(k.part, (
            SELECT s.part FROM leads_scoreentry s WHERE s.lead_id = l.id AND s.rule = l.rule
            ORDER BY s.at DESC, s.id DESC LIMIT 1)) AS part, l.rule, sum(l.points) AS points
    FROM line l LEFT JOIN known k ON k.version = l.version AND k.rule = l.rule
    GROUP BY 1, 2, 3 HAVING sum(l.points) <> 0
),
logged AS (
    INSERT INTO leads_scoreentry (lead_id, part, rule, points, cause, touch_id, definition_version, at)
    SELECT d.id, d.part, d.rule, d.points, y.cause,
        CASE WHEN y.cause = 'touch' AND d.points > 0 THEN (c.latest ->> d.rule)::bigint END, %s, %s
    FROM difference d JOIN changed c ON c.id = d.id LEFT JOIN told t ON t.lead_id = d.id
    CROSS JOIN LATERAL (SELECT CASE
        WHEN c.version_before <> %s THEN 'version'
        WHEN t.lead_id IS NULL THEN CASE WHEN c.version_before IS NULL THEN 'version' ELSE %s END
        WHEN d.part = 'fit' THEN t.of_fit WHEN d.points > 0 THEN t.of_gain ELSE t.of_loss END AS cause) y
    ORDER BY d.id, d.part, d.rule
)
INSERT INTO leads_leadscore AS s
    (lead_id, fit, engagement, fit_grade, engagement_grade, parts, definition_version, computed_at)
SELECT id, fit, engagement, fit_grade, engagement_grade, parts, %s, %s FROM changed
ON CONFLICT (lead_id) DO UPDATE SET fit = excluded.fit, engagement = excluded.engagement,
    fit_grade = excluded.fit_grade, engagement_grade = excluded.engagement_grade, parts = excluded.parts,
    definition_version = excluded.definition_version, computed_at = excluded.computed_at"""


@transaction.atomic
def score_some(
    chosen: Chosen, in_force: InForce, moment: datetime, *, causes: Mapping[int, set[str]], why: str
) -> int:
    """Score them by these definitions and write what changed; how many scores did."""
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
        sql, params = _writing(chosen, in_force, moment, causes, why)
        cursor.execute(sql, params)
        changed = cursor.rowcount
        cursor.execute(*_judging(chosen, in_force, moment))
    return changed


def _writing(
    chosen: Chosen, in_force: InForce, moment: datetime, causes: Mapping[int, set[str]], why: str
) -> tuple[str, list[Any]]:
    points, params = fresh(in_force.document, chosen, moment, traced=bool(causes))
    within, bounds = chosen.sql("o.lead_id")
    versions, rules, parts = _known_lines(in_force)
    told = [(pk, *_told(happened)) for pk, happened in causes.items()]
    ids, of_fit, of_gain, of_loss = zip(*told, strict=True) if told else ((), (), (), ())
    version = in_force.version
    params = [*params, *bounds, version, versions, rules, parts]
    params += [list(ids), list(of_fit), list(of_gain), list(of_loss), version]
    sql = WRITING.format(points=points, within=within)
    return sql, [*params, version, moment, version, why, version, moment]


def _told(happened: set[str]) -> tuple[str, str, str]:
    """What the log says of a change of fit, of a gain of engagement and of a loss, of all that happened to a lead."""
    for_fit = (Cause.FACT, Cause.RETURN, Cause.IMPORT, Cause.TOUCH)
    for_gain = (Cause.TOUCH, Cause.IMPORT, Cause.FACT, Cause.RETURN)
    fit, gain = (next(str(one) for one in order if one in happened) for order in (for_fit, for_gain))
    loss = next((str(one) for one in (Cause.RETURN, Cause.IMPORT) if one in happened), str(Cause.DECAY))
    return fit, gain, loss


def _known_lines(in_force: InForce) -> tuple[list[int], list[str], list[str]]:
    """The lines of every version that a score may still have been computed under."""
    signed = Definition.objects.filter(status=Definition.Status.SIGNED).defer("document")
    documents = {row.version or 0: definitions.document_of(row) for row in signed}
    documents |= {0: definitions.unsigned(), in_force.version: in_force.document}
    rows = [
        (version, rule, part)
        for version, document in documents.items()
        for rule, part in parts_of(document).items()
    ]
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]


def _judging(chosen: Chosen, in_force: InForce, moment: datetime) -> tuple[str, list[Any]]:
    """Writes what each visitor among these lacks: after the scores, as criteria may ask for them.

    Whoever lacks nothing any more is remembered with the facts that are due, whoever scores: the sweep, which hands
    over, may come later than the night or die on its way.
    """
    criteria = criteria_of(in_force.document)
    near = {n: rule for n, one in enumerate(criteria) if (rule := one.nearly) is not None}
    leads = met_by(chosen.of_leads().alive().filter(**ON_THE_WAY), criteria, moment)  # type: ignore[attr-defined]
    leads = leads.annotate(**{f"near_{n}": holds(rule, moment) for n, rule in near.items()}).order_by()
    names = ["id", *(f"met_{n}" for n in range(len(criteria))), *(f"near_{n}" for n in near)]
    inner, params = leads.values_list(*names).query.sql_with_params()
    every = " AND ".join(f"met_{n}" for n in range(len(criteria))) or "true"
    cases, keys = [f"WHEN {every} THEN %s"], [LeadScore.NOTHING]
    for n, criterion in enumerate(criteria):
        others = [f"met_{m}" for m in range(len(criteria)) if m != n]
        # Whoever lacks the only thing that is asked is no near miss, unless something lies in between.
        if others or n in near:
            others += [f"near_{n}"] if n in near else []
            cases.append(f"WHEN NOT met_{n} AND {' AND '.join(others)} THEN %s")
            keys.append(criterion.key)
    within, bounds = chosen.sql("s.lead_id")
    sql = f"""
    WITH met AS MATERIALIZED (SELECT * FROM ({inner}) AS q ({", ".join(names)})),
    judged AS (
        UPDATE leads_leadscore t SET lacks = x.lacks
        FROM (
            SELECT s.lead_id, CASE WHEN m.id IS NULL THEN '' {" ".join(cases)} ELSE '' END AS lacks
            FROM leads_leadscore s LEFT JOIN met m ON m.id = s.lead_id WHERE {within}
        ) x
        WHERE t.lead_id = x.lead_id AND t.lacks <> x.lacks RETURNING t.lead_id, t.lacks
    )
    UPDATE leads_scoredue d SET made_ready = true FROM judged j
    WHERE d.lead_id = j.lead_id AND j.lacks = %s AND d.cause = 'fact'"""
    return sql, [*params, *keys, *bounds, LeadScore.NOTHING]
