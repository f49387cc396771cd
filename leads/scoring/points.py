"""What each rule gives each of some leads at a moment, as one SQL query put together from a document.

Fit: the points of every rule of the profile that holds. Engagement: marketing's touches since the last return, each
worth its rule's points halved every half-life; by rule they are summed and rounded half up to whole points. Caps are
lines of their own, below zero: "cap:<group>" of a group, "cap:fit" and "cap:engagement" of a whole part.
"""
# ruff: noqa: S608 - put together from numbers of a checked document and names made here; texts are parameters

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When

from leads import rules
from leads.definitions import Document
from leads.definitions.document import Scoring, TouchRule
from leads.models import Lead
from leads.models.folding import FOLDING
from leads.rules.language import fold

MOST_OF_RULE = 700  # far above every group's cap: with forty rules, a sum still fits its column
PAIRS = 40  # of key and value in one call of jsonb_build_object, which takes a hundred arguments
FIT, ENGAGEMENT = "fit", "engagement"
CAPS = {FIT: "cap:fit", ENGAGEMENT: "cap:engagement"}


@dataclass(frozen=True)
class Span:
    """Leads from one number to another, ends included."""

    first: int
    last: int

    def of_leads(self) -> QuerySet[Lead]:
        return Lead.objects.filter(pk__range=(self.first, self.last))

    def sql(self, column: str) -> tuple[str, list[Any]]:
        return f"{column} BETWEEN %s AND %s", [self.first, self.last]


@dataclass(frozen=True)
class Some:
    """Leads by their numbers."""

    ids: Sequence[int]

    def of_leads(self) -> QuerySet[Lead]:
        return Lead.objects.filter(pk__in=list(self.ids))

    def sql(self, column: str) -> tuple[str, list[Any]]:
        return f"{column} = ANY(%s)", [list(self.ids)]


Chosen = Span | Some


def parts_of(document: Document) -> dict[str, str]:
    """Every line that a score can have, and which of the two parts it belongs to."""
    scoring = document.scoring
    fit = [rule.id for rule in document.profile.rules] + [CAPS[FIT]]
    engagement = [rule.id for rule in scoring.touches] + [f"cap:{group.key}" for group in scoring.groups]
    return dict.fromkeys(fit, FIT) | dict.fromkeys([*engagement, CAPS[ENGAGEMENT]], ENGAGEMENT)


def fresh(document: Document, chosen: Chosen, moment: datetime, *, traced: bool) -> tuple[str, list[Any]]:
    """SQL of (id, fit, engagement, fit_grade, engagement_grade, parts, latest) of each lead that stands for itself.

    `latest` is the last touch of each rule where it is `traced`, else nothing.
    """
    scoring, n_fit = document.scoring, len(document.profile.rules)
    chosen_sql, params = _fit(document, chosen, moment)
    warm_sql, warm_params = _warm(scoring, chosen, moment, traced=traced)
    fit = [f"c.f{n}" for n in range(n_fit)]
    touched = [
        f"greatest(-{MOST_OF_RULE}, least({MOST_OF_RULE}, floor({rule.points} * coalesce(w.w{n}, 0) + 0.5 + 1e-9)))"
        f"::int AS t{n}"
        for n, rule in enumerate(scoring.touches)
    ]
    latest, latest_params = _object([(rule.id, f"w.i{n}") for n, rule in enumerate(scoring.touches)])
    raw = ["c.id", *fit, *touched, f"{latest if traced else _EMPTY} AS latest"]
    lines = [*_caps(document)]
    pairs = [(rule.id, f"f{n}") for n, rule in enumerate(document.profile.rules)]
    pairs += [(rule.id, f"t{n}") for n, rule in enumerate(scoring.touches)]
    pairs += [(f"cap:{group.key}", f"c{n}") for n, group in enumerate(scoring.groups)]
    pairs += [(CAPS[FIT], "fit_cap"), (CAPS[ENGAGEMENT], "engagement_cap")]
    parts, parts_params = _object([(key, f"nullif({column}, 0)") for key, column in pairs])
    sql = f"""
    chosen AS MATERIALIZED ({chosen_sql}),
    warm AS ({warm_sql}),
    raw AS MATERIALIZED (SELECT {", ".join(raw)} FROM chosen c LEFT JOIN warm w ON w.lead_id = c.id),
    {", ".join(lines)},
    fresh AS (
        SELECT id, (fit_sum + fit_cap)::smallint AS fit, (engagement_sum + engagement_cap)::smallint AS engagement,
            {_grade("fit_sum + fit_cap", scoring.fit_grades, ["'A'", "'B'", "'C'", "'D'"])} AS fit_grade,
            {_grade("engagement_sum + engagement_cap", scoring.engagement_grades, ["1", "2", "3", "4"])}
                AS engagement_grade,
            {parts} AS parts, latest
        FROM capped
    )"""
    return sql, [*params, *warm_params, *(latest_params if traced else []), *parts_params]


_EMPTY = "'{}'::jsonb"


def _fit(document: Document, chosen: Chosen, moment: datetime) -> tuple[str, list[Any]]:
    given = {
        f"f{n}": Case(
            When(rules.condition(rules.parse(rule.rule), moment), then=Value(rule.points)),
            default=Value(0),
            output_field=IntegerField(),
        )
        for n, rule in enumerate(document.profile.rules)
    }
    leads = chosen.of_leads().alive().annotate(**given).order_by()  # type: ignore[attr-defined]
    columns = leads.values_list("id", "returned_at", "born_at", *given)
    sql, params = columns.query.sql_with_params()
    names = ", ".join(["id", "returned_at", "born_at", *given])
    return f"SELECT * FROM ({sql}) AS q ({names})", list(params)


def _warm(scoring: Scoring, chosen: Chosen, moment: datetime, *, traced: bool) -> tuple[str, list[Any]]:
    """By lead and rule: the worth of its touches, of one point each; what is older is worth less."""
    columns, params = ["t.lead_id"], []
    for n, rule in enumerate(scoring.touches):
        condition, given = _meant(rule)
        columns.append(f"sum(x.worth) FILTER (WHERE {condition}) AS w{n}")
        params += given
        if traced:
            columns.append(f"max(t.id) FILTER (WHERE {condition}) AS i{n}")
            params += given
    within, bounds = chosen.sql("t.lead_id")
    # Below 2^-1000 PostgreSQL would refuse to go on.
    sql = f"""SELECT {", ".join(columns)}
        FROM leads_touch t JOIN chosen c ON c.id = t.lead_id
        CROSS JOIN LATERAL (SELECT CASE WHEN t.is_origin THEN c.born_at ELSE t.at END AS at) o
        CROSS JOIN LATERAL (SELECT power(2::float8, greatest(-1000,
            -extract(epoch FROM %s::timestamptz - o.at)::float8 / {scoring.half_life_days * 86_400})) AS worth) x
        WHERE {within} AND t.voided_at IS NULL AND t.team = 'marketing' AND o.at <= %s
            AND (c.returned_at IS NULL OR c.returned_at > %s OR o.at > c.returned_at)
        GROUP BY t.lead_id"""
    return sql, [*params, moment, *bounds, moment, moment]


def _meant(rule: TouchRule) -> tuple[str, list[Any]]:
    """As the clause about touches of the rule language has it."""
    condition = "t.kind = ANY(%s)"
    params: list[Any] = [list(rule.kinds)]
    for column in ("content", "url"):
        if words := getattr(rule, column):
            condition += f' AND strpos(lower(t.{column} COLLATE "{FOLDING}"), %s) > 0'
            params.append(fold(words))
    return condition, params


def _caps(document: Document) -> list[str]:
    """Sums of each part and group, and what their caps take off."""
    scoring = document.scoring
    fit = " + ".join(["0", *(f"f{n}" for n in range(len(document.profile.rules)))])
    sums, cut = [f"{fit} AS fit_sum"], [f"least(0, {scoring.fit_cap} - fit_sum) AS fit_cap"]
    for n, group in enumerate(scoring.groups):
        members = [f"t{m}" for m, rule in enumerate(scoring.touches) if rule.group == group.key]
        sums.append(f"{' + '.join(['0', *members])} AS g{n}")
        cut.append(f"least(0, {group.cap} - g{n}) AS c{n}")
    capped = " + ".join(["0", *(f"g{n} + c{n}" for n in range(len(scoring.groups)))])
    return [
        f"summed AS (SELECT *, {', '.join(sums)} FROM raw)",
        f"cut AS (SELECT *, {', '.join(cut)} FROM summed)",
        f"added AS (SELECT *, {capped} AS engagement_sum FROM cut)",
        f"capped AS (SELECT *, least(0, {scoring.engagement_cap} - engagement_sum) AS engagement_cap FROM added)",
    ]


def _grade(value: str, bounds: Sequence[int], grades: Sequence[str]) -> str:
    steps = " ".join(
        f"WHEN {value} >= {bound} THEN {grade}" for bound, grade in zip(bounds, grades, strict=False)
    )
    return f"CASE {steps} ELSE {grades[-1]} END"


def _object(pairs: Sequence[tuple[str, str]]) -> tuple[str, list[Any]]:
    """A JSON object of these keys and columns, without those that are null."""
    if not pairs:
        return _EMPTY, []
    calls = [
        f"jsonb_build_object({', '.join(f'%s::text, {column}' for _, column in pairs[n : n + PAIRS])})"
        for n in range(0, len(pairs), PAIRS)
    ]
    return f"jsonb_strip_nulls({' || '.join(calls)})", [key for key, _ in pairs]
