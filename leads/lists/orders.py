"""In which orders a list of leads can stand, and which columns it can have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Collate

from leads import segments
from leads.models import LastTouch, Lead, LeadScore

KEY = "order_key"  # the annotation by which a page is ordered


@dataclass(frozen=True)
class Order:
    """One order. An index serves it, so the first page costs what it costs with few leads.

    `leaves_out` says who has no place in it; `ascending` is the direction that a first press gives.
    """

    name: str
    label: str
    key: Any
    kind: type = datetime
    ascending: bool = False
    prepare: Callable[[QuerySet[Lead]], QuerySet[Lead]] = lambda leads: leads
    leaves_out: str = ""

    def apply(self, leads: QuerySet[Lead]) -> QuerySet[Lead]:
        return self.prepare(leads).annotate(**{KEY: self.key})


ORDERS = {
    order.name: order
    for order in (
        Order("name", "Name", Collate(F("name_key"), "C"), str, True),
        Order(
            "company",
            "Company",
            Collate(F("account__key"), "C"),
            str,
            True,
            lambda leads: leads.filter(account__isnull=False),
            "Leads without a company",
        ),
        Order(
            "score",
            "Score",
            F("score__total"),
            int,
            prepare=lambda leads: leads.filter(score__isnull=False),
            leaves_out="Leads not scored yet",
        ),
        Order("since", "In stage since", F("stage_since")),
        Order("born", "Born", F("born_at")),
        Order(
            "worked",
            "Last worked on",
            F("worked_at"),
            prepare=lambda leads: leads.filter(Q(worked_at__isnull=False)),
            leaves_out="Leads nobody has worked on",
        ),
        Order(
            "touched",
            "Last touch",
            F("last_touch__at"),
            prepare=lambda leads: leads.filter(last_touch__isnull=False),
            leaves_out="Leads without a touch",
        ),
    )
}


def chosen(sort: str) -> tuple[Order, bool] | None:
    """The order that "name" or "-born" means and whether it goes up; None for anything else."""
    order = ORDERS.get(sort.removeprefix("-"))
    return (order, not sort.startswith("-")) if order else None


@dataclass(frozen=True)
class Column:
    """One column: `order` is the order that its head gives, `load` looks up what the leads do not carry.

    `cell` says the words of a column that has no way of its own to be drawn.
    """

    name: str
    label: str
    order: str = ""
    num: bool = False
    load: Callable[[Sequence[Lead], datetime], dict[int, Any]] | None = None
    cell: Callable[[Lead], str] | None = None


def _last_touches(leads: Sequence[Lead], moment: datetime) -> dict[int, Any]:
    return dict(LastTouch.objects.filter(lead__in=leads).values_list("lead", "at"))


def _scores(leads: Sequence[Lead], moment: datetime) -> dict[int, Any]:
    found = LeadScore.objects.filter(lead__in=leads).only("total", "fit_grade", "engagement_grade")
    return {score.pk: score for score in found}


def _segments(leads: Sequence[Lead], moment: datetime) -> dict[int, Any]:
    return segments.of([lead.pk for lead in leads], moment)


def _revenue_band(lead: Lead) -> str:
    return str(lead.account.get_revenue_band_display()) if lead.account is not None else ""


COLUMNS = {
    column.name: column
    for column in (
        Column("stage", "Stage"),
        Column("score", "Score", "score", num=True, load=_scores),
        Column("owner", "Owner"),
        Column("company", "Company", "company"),
        Column("title", "Job title"),
        Column("campaign", "Campaign"),
        Column("channel", "Channel"),
        Column("medium", "Medium"),
        Column("content", "Content"),
        Column("country", "Country"),
        Column("segment", "Segment", load=_segments),
        Column("industry", "Industry"),
        Column("employees", "Employees", num=True),
        Column("revenue_band", "Revenue band", cell=_revenue_band),
        Column("consent", "Consent"),
        Column("email", "E-mail"),
        Column("phone", "Phone"),
        Column("born", "Born", "born"),
        Column("since", "In stage since", "since"),
        Column("worked", "Last worked on", "worked"),
        Column("touched", "Last touch", "touched", load=_last_touches),
    )
}
DEFAULT = ["stage", "score", "owner", "campaign", "channel", "since", "worked", "born"]


# Those that are made anew at each request: of what a company asks for itself, of segments.
MORE_COLUMNS: list[Callable[[], list[Column]]] = []


def all_columns() -> dict[str, Column]:
    """Every column there is now, by name."""
    return COLUMNS | {column.name: column for more in MORE_COLUMNS for column in more()}


def columns_of(names: Sequence[str]) -> list[Column]:
    """The columns of these names, in that order; the usual ones where there is none."""
    offered = all_columns()
    found = [offered[name] for name in dict.fromkeys(names) if name in offered]
    return found or [COLUMNS[name] for name in DEFAULT if name in COLUMNS]


def register_order(order: Order) -> None:
    ORDERS[order.name] = order


def register_column(column: Column, *, before: str) -> None:
    """Offer another column, and show it before that one unless somebody chose otherwise."""
    COLUMNS[column.name] = column
    DEFAULT.insert(DEFAULT.index(before), column.name)
