"""The five figures on top of the closed loop, and how they were in the period before."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reporting.figures import Key
from reporting.pages.loop_table import Cell, cell
from reporting.scope import Scope

Report = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """What became of a figure since the period before, in words; `tone` says whether that is good."""

    words: str
    arrow: str = ""  # "up" or "down"
    tone: str = ""
    was: Decimal | None = None  # the money it was, written after the words


@dataclass(frozen=True)
class Kpi:
    label: str
    cell: Cell
    note: str
    change: Change | None = None


def kpis(scope: Scope, key: Key, total: Report, before: Report | None) -> list[Kpi]:
    """Of all, or of one group. `before` is the same of the period before, where there is one to compare with."""
    rate = total["rates"]["lead_to_customer"]
    found = {
        "revenue": ("Revenue won", f"from {_leads(total['leads_behind']['revenue'])}"),
        "cost": ("Marketing cost", "in the period, spread by day"),
        "roi": ("Return", "(revenue − cost) ÷ cost" if total["roi"] is not None else "no cost entered"),
        "customers": ("Customers", f"of {_leads(total['leads'])}"),
        "lead_to_customer rate": (
            "Lead to customer",
            f"{rate['n']:,} of {rate['of']:,}" if rate["of"] else "no leads",
        ),
    }
    return [
        Kpi(
            label,
            cell(scope, total, name, key),
            note,
            _change(name, total, before) if before else None,
        )
        for name, (label, note) in found.items()
    ]


def _leads(n: int) -> str:
    return f"{n:,} lead{'' if n == 1 else 's'}"


def _change(name: str, now: Report, before: Report) -> Change:
    if name == "roi":
        return _points(now["roi"], before["roi"])
    if name == "customers":
        return _more(now["customers"], before["customers"])
    if name.endswith("rate"):
        rate, was = (report["rates"]["lead_to_customer"]["rate"] for report in (now, before))
        return _points(rate, was, digits=1)
    return _share(Decimal(now[name]), Decimal(before[name]), is_good=name == "revenue")


def _share(now: Decimal, before: Decimal, *, is_good: bool) -> Change:
    if not before:
        return Change("none before" if now else "none before either")
    percent = 100 * (now - before) / before
    if round(percent) == 0:
        return Change("unchanged from", was=before)
    arrow, tone = _way(percent, is_good)
    return Change(f"{abs(percent):,.0f}% from", arrow, tone, was=before)


def _more(now: int, before: int) -> Change:
    if now == before:
        return Change(f"as many as before: {before:,}" if before else "none before either")
    return Change(
        f"{abs(now - before):,} {'more' if now > before else 'fewer'} than {before:,}",
        *_way(now - before, True),
    )


def _points(now: float | None, before: float | None, digits: int = 0) -> Change:
    if now is None or before is None:
        return Change("nothing to compare with")
    points = round(100 * (now - before), digits)
    was = f"from {100 * before:,.{digits}f}%"
    return (
        Change(f"{abs(points):,.{digits}f} pts {was}", *_way(points, True))
        if points
        else Change(f"unchanged {was}")
    )


def _way(change: Decimal | float, is_good: bool) -> tuple[str, str]:
    """Arrow and tone; more cost is neither good nor bad."""
    rises = change > 0
    return ("up" if rises else "down", ("ok" if rises else "bad") if is_good else "")
