"""A rule as a condition on leads, for a set of them in SQL. `leads.rules.matching` says the same of one, in Python.

Every clause is two-valued here too: where SQL would answer neither yes nor no, the answer is no, and `not` of it yes.
Values reach PostgreSQL as parameters only.
"""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import NullIf
from django.db.models.lookups import (
    Contains,
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    IsNull,
    LessThan,
    LessThanOrEqual,
    StartsWith,
)

from leads.models import Touch
from leads.models.folding import Folded
from leads.rules.days import ago, span_of
from leads.rules.facts import Fact, Kind
from leads.rules.language import All, AnyOf, Clause, Not, Rule, Touched, Touches, fold
from leads.rules.matching import as_good
from leads.rules.snapshots import LEAST, MOST

ENDS = {"above": GreaterThan, "least": GreaterThanOrEqual, "most": LessThanOrEqual, "below": LessThan}


class NotTrue(Func):
    """Of a condition: it is false, or neither true nor false."""

    template = "(%(expressions)s) IS NOT TRUE"
    output_field = BooleanField()


class OwnValue(Func):
    """The value of an own field, typed; NULL where it is missing or of another kind.

    The kind is asked before the value is read, so that no stray value of a row can break a list.
    """

    function = ""
    sql: str

    def as_sql(self, compiler, connection, **context):  # type: ignore[no-untyped-def, override]
        value, params = compiler.compile(self.source_expressions[0])
        return self.sql.replace("{value}", value), list(params) * self.sql.count("{value}")


class OwnText(OwnValue):
    sql = "CASE WHEN jsonb_typeof({value}) = 'string' THEN nullif({value} #>> '{}', '') END"
    output_field = TextField()


class OwnDay(OwnValue):
    """As a text: days written as ISO 8601 stand in the order of their letters, and a wrong one breaks nothing."""

    sql = (
        "CASE WHEN jsonb_typeof({value}) = 'string' AND {value} #>> '{}' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' "
        "THEN ({value} #>> '{}') COLLATE \"C\" END"
    )
    output_field = TextField()


class OwnNumber(OwnValue):
    sql = (
        "CASE WHEN jsonb_typeof({value}) <> 'number' THEN NULL WHEN {value} = '0' THEN 0 "
        f"WHEN abs(({{value}})::numeric) > {LEAST} AND abs(({{value}})::numeric) < {MOST} THEN ({{value}})::float8 END"
    )
    output_field = FloatField()


class OwnYesNo(OwnValue):
    sql = "CASE WHEN jsonb_typeof({value}) = 'boolean' THEN ({value})::boolean END"
    output_field = BooleanField()


class ReturnedBy(Func):
    """When a lead was last returned, if that was by the moment; ages ago where it never was."""

    function = ""
    output_field = DateTimeField()

    def as_sql(self, compiler, connection, **context):  # type: ignore[no-untyped-def, override]
        (returned, r), (moment, m) = (compiler.compile(one) for one in self.source_expressions)
        sql = f"CASE WHEN {returned} <= {moment} THEN {returned} ELSE '-infinity'::timestamptz END"
        return sql, [*r, *m, *r]


def condition(rule: Rule, moment: datetime) -> Q:
    """The rule as a condition over `Lead.objects`; what it finds is what `matches` finds."""
    return _condition(rule, moment, held=True)


def _condition(rule: Rule, moment: datetime, *, held: bool) -> Q:
    """Leads for which the rule holds, or does not; a group denied is its parts denied."""
    if isinstance(rule, Not):
        return _condition(rule.rule, moment, held=not held)
    if isinstance(rule, All | AnyOf):
        join = and_ if isinstance(rule, All) == held else or_
        return reduce(join, (_condition(one, moment, held=held) for one in rule.rules))
    if isinstance(rule, Touches):
        found = _touches(rule, moment)
        return found if held else ~found
    assert isinstance(rule, Clause)
    asked = _clause(rule, moment)
    return asked if held else Q(NotTrue(ExpressionWrapper(asked, BooleanField())))


def _clause(clause: Clause, moment: datetime) -> Q:
    """Where it is unknown this is false or NULL."""
    fact, kind = clause.fact, clause.fact.kind
    if clause.op in ("is_known", "is_unknown"):
        return Q(IsNull(_value(fact), clause.op == "is_unknown"))
    if kind in (Kind.DATE, Kind.MOMENT):
        ends = vars(span_of(clause, moment)).items()
        return reduce(
            and_, (Q(ENDS[end](_value(fact), _day(fact, at))) for end, at in ends if at is not None)
        )
    if kind == Kind.NUMBER:
        return _number(clause)
    if kind == Kind.GRADE and clause.op == "at_least":
        return Q(In(_value(fact), _stored(fact, as_good(clause))))
    return _word(clause)


def _day(fact: Fact, at: Any) -> Any:
    return at.isoformat() if fact.key else at


def _number(clause: Clause) -> Q:
    value = _value(clause.fact)
    if clause.op == "between":
        low, high = clause.value
        return Q(GreaterThanOrEqual(value, low)) & Q(LessThanOrEqual(value, high))
    lookup = {"at_least": GreaterThanOrEqual, "at_most": LessThanOrEqual, "is": Exact}[clause.op]
    return Q(lookup(value, clause.value))


def _word(clause: Clause) -> Q:
    fact = clause.fact
    if fact.kind == Kind.YES_NO:
        return Q(Exact(_value(fact), clause.value))
    compared = Folded(_plain(fact)) if fact.kind == Kind.TEXT else _plain(fact)
    if clause.op in ("contains", "starts_with"):
        lookup = Contains if clause.op == "contains" else StartsWith
        return Q(lookup(compared, clause.texts[0]))
    values = _stored(fact, clause.texts)
    one_of = Q(In(compared, values)) if len(values) > 1 else Q(Exact(compared, values[0]))
    if clause.op in ("is", "is_one_of"):
        return one_of
    return Q(IsNull(_value(fact), False)) & Q(NotTrue(ExpressionWrapper(one_of, BooleanField())))


def _plain(fact: Fact) -> Any:
    """The column as it is, so that an index may serve it: an empty text equals nothing that is asked for."""
    return _value(fact) if fact.key else F(fact.path)


def _value(fact: Fact) -> Any:
    """NULL where the fact is unknown."""
    if fact.key:
        own = {Kind.NUMBER: OwnNumber, Kind.DATE: OwnDay, Kind.YES_NO: OwnYesNo}.get(fact.kind, OwnText)
        return own(KeyTransform(fact.key, fact.path))
    if fact.kind in (Kind.TEXT, Kind.CHOICE):
        return NullIf(F(fact.path), Value(""))
    return F(fact.path)


def _stored(fact: Fact, values: tuple) -> list:
    """Grades of engagement are stored as numbers."""
    return [int(value) for value in values] if fact.path == "score__engagement_grade" else list(values)


def _touches(rule: Touches, moment: datetime) -> Q:
    """Is there still a touch that counts when as many as one fewer than needed are left out?

    That makes one look for each lead. Where leads with such touches are few, they are found first: by the window
    alone, which an index serves, and which knows no lead.
    """
    found = _counting(rule, moment).filter(lead=OuterRef("pk"))
    if rule.at_least == 1:
        return Q(Exists(found))
    enough = Q(Exists(found[rule.at_least - 1 :]))
    if rule.within_days is None or not _is_dated_by_itself(rule.touched):
        return enough
    window = Touch.objects.filter(_meant(rule.touched), **_window(rule, moment)).order_by()
    return Q(pk__in=window.values("lead")) & enough


def _counting(rule: Touches, moment: datetime) -> QuerySet[Touch]:
    touches = Touch.objects.filter(_meant(rule.touched)).order_by()
    if _is_dated_by_itself(rule.touched):
        touches, at = touches.filter(**_window(rule, moment)), "at"
    else:
        birth = Case(
            When(is_origin=True, then=OuterRef("born_at")), default=F("at"), output_field=DateTimeField()
        )
        touches, at = touches.alias(dated=birth).filter(**_window(rule, moment, "dated")), "dated"
    return touches.filter(
        **{f"{at}__gt": ReturnedBy(OuterRef("returned_at"), Value(moment, DateTimeField()))}
    )


def _is_dated_by_itself(touched: Touched) -> bool:
    """Whether no origin touch is meant: those are dated at the birth of their lead."""
    return bool(touched.kinds) and Touch.Kind.ORIGIN not in touched.kinds


def _window(rule: Touches, moment: datetime, at: str = "at") -> dict[str, datetime]:
    since = {f"{at}__gt": ago(moment, rule.within_days)} if rule.within_days else {}
    return {f"{at}__lte": moment, **since}


def _meant(touched: Touched) -> Q:
    meant = Q(kind__in=touched.kinds) if touched.kinds else Q()
    if touched.team:
        meant &= Q(team=touched.team)
    if touched.campaign is not None:
        meant &= Q(campaign=touched.campaign)
    for column, text in (("content", touched.content), ("url", touched.url)):
        if text:
            meant &= Q(Contains(Folded(F(column)), fold(text)))
    return meant
