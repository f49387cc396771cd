"""What the figures, groups and columns of the reports are called on pages."""

from __future__ import annotations

from datetime import date, timedelta

from leads.definitions import label
from leads.models import Campaign, Channel
from leads.naming import STATES, said
from leads.stages import Stage
from reporting.closed_loop import names_of
from reporting.figures import ALL, Figure
from reporting.scope import Scope
from smarketing.foundation.models import User

DIMENSIONS = {
    "campaign": ("Campaign", "Campaigns"),
    "channel": ("Channel", "Channels"),
    "medium": ("Medium", "Media"),
    "content": ("Content", "Content"),
    "owner": ("Owner", "Owners"),
    "country": ("Country", "Countries"),
    "segment": ("Segment", "Segments"),
    "month": ("Month", "Months"),
    "rep": ("Rep", "Reps"),
    "week": ("Week", "Weeks"),
}
MODELS = {
    "first": "First touch",
    "last": "Last touch",
    "last_non_direct": "Last non-direct",
    "linear": "Linear",
    "position_based": "Position based",
    "u_shaped": "U-shaped",
    "w_shaped": "W-shaped",
    "full_path": "Full path",
    "time_decay": "Time decay",
}
MODEL_SAYS = {
    "first": "all of it to the touch that came first",
    "last": "all of it to the last touch before the deal closed",
    "last_non_direct": "all of it to the last touch that was not a direct visit, unless there are only such",
    "linear": "the same share to every touch",
    "position_based": "40% to the first touch, 40% to the last, 20% shared by those between",
    "u_shaped": "40% to the first touch, 40% to the one that made the lead, 20% shared by the rest",
    "w_shaped": "30% to the first touch, 30% to the one that made the lead, 30% to the one that opened the deal, "
    "10% shared by the rest",
    "full_path": "22.5% each to the first touch, the one that made the lead, the one that opened the deal and the last "
    "before it closed, 10% shared by the rest",
    "time_decay": "each touch weighs half as much for every 7 days it lies before the close",
}
BASES = {"cohort": "Cohort", "flow": "Flow"}
BASIS_SAYS = {
    "cohort": "leads born in the period, and what became of them",
    "flow": "what happened in the period, whenever the lead was born",
}
COUNTS = {
    "leads": "Leads",
    "mql": "{mql}",
    "sal": "{sal}",
    "sql": "{sql}",
    "customers": "{Customers}",
    "rejected": "Rejected",
    "recycled": "Recycled",
    "disqualified": "Disqualified",
    "lost": "Lost",
    "open": "Open",
}
STAGE_COUNTS = {"mql": Stage.MQL, "sal": Stage.SAL, "sql": Stage.SQL, "customers": Stage.CUSTOMER}
MONEY = {
    "cost": "Cost",
    "cpl": "Cost per lead",
    "cac": "Cost per customer",
    "revenue": "Revenue",
    "credited_revenue": "Credited",
    "pipeline": "Pipeline",
}
FUNNEL = {
    "currently_in": "Now {}",
    "ever_entered": "Entered {}",
    "reached_or_passed": "Reached {} or passed it",
    "entries": "Entries into {}",
    "requalified": "Became {an_mql} more than once",
    "rejections": "Rejections by sales",
    "accepted": "Accepted by sales",
    "stood": "{} at the start",
    "came": "Came into {}",
    "went_on": "Went on from {}",
    "went_out": "Left {} for elsewhere",
    "stands": "{} at the end",
}
# A hand-over, and the one way in which each ended.
LEDGER = {
    "delivered": "Delivered",
    "accepted": "Accepted",
    "rejected": "Rejected",
    "recycled": "Recycled",
    "reassigned": "Reassigned",
    "withdrawn": "Withdrawn",
    "open": "Open",
}
NAMED_BY = {"campaign": Campaign, "channel": Channel, "owner": User, "rep": User}


def ending_words(of: str) -> str:
    """What an end of a flow says: "Reached MQL and no further: nurturing"."""
    stage, _, outcome = of.partition(":")
    went = said("Never became {mql}") if stage == Stage.VISITOR else f"Reached {STATES[stage]} and no further"
    return f"{went}: {'still open' if outcome == 'open' else STATES[outcome].lower()}"


def reason_words(code: str) -> str:
    known = label(code)
    return known if known != code else code.replace("_", " ").capitalize() or "No reason given"


ENDINGS = {
    "ended": ending_words,
    "rejected_for": lambda code: f"Rejected: {reason_words(code).lower()}",
    "decided": lambda _: "Accepted or rejected by sales",
}


def title_of(figure: Figure) -> str:
    """What the number says, in a few words: "Customers", "Reached SAL or passed it"."""
    kind, _, of = figure.name.partition(":")
    if kind in ENDINGS:
        return ENDINGS[kind](of)
    if kind == "ledger":
        return "Delivered to sales" if of == "delivered" else f"Delivered to sales: {LEDGER[of].lower()}"
    if kind == "stuck":
        stage, days = of.split(":")
        return f"{STATES[stage]} for {days} day{'' if days == '1' else 's'} without a move"
    if kind in FUNNEL:
        return said(FUNNEL[kind], STATES.get(of, ""))
    if kind in STAGE_COUNTS:
        stage = STATES[STAGE_COUNTS[kind]]
        return f"Reached {stage} or further" if figure.scope.basis == "cohort" else f"Entered {stage}"
    if kind in COUNTS:
        return said(COUNTS[kind])
    return {"revenue": "Revenue", "credited_revenue": "Credited revenue", "pipeline": "Pipeline"}[kind]


def group_of(figure: Figure) -> str:
    """Of which group the number is: "Channel: paid_search"; empty for a total."""
    if figure.key == ALL:
        return ""
    return f"{DIMENSIONS[figure.scope.by][0]}: {name_of(figure.scope, figure.key)}"


def name_of(scope: Scope, key: int | str | date | None) -> str:
    """A group as the report calls it: a segment by its name in the definitions that the report reads."""
    if scope.by == "segment" and key is not None:
        return str(names_of(scope, [key]).get(key, key))
    return key_words(scope.by, key)


def key_words(by: str, key: int | str | date | None) -> str:
    if key is None:
        return none_of(by)
    if isinstance(key, date):
        return week_words(key) if by == "week" else f"{key:%B %Y}"
    if by not in NAMED_BY:
        return str(key)
    return str(NAMED_BY[by]._default_manager.filter(pk=key).first() or f"{by} {key}")


def week_words(monday: date) -> str:
    """An ISO week and its days: "Week 9, 23 Feb – 1 Mar 2026"."""
    sunday = monday + timedelta(days=6)
    first = f"{monday.day}" if monday.month == sunday.month else f"{monday.day} {monday:%b}"
    return f"Week {monday.isocalendar().week}, {first} – {sunday.day} {sunday:%b %Y}"


def none_of(by: str) -> str:
    return f"no {DIMENSIONS[by][0].lower()}"


def span_words(since: date | None, until: date | None, last: date) -> str:
    """The window in words; `until` is the first day that no longer counts, `last` the last that does."""
    if since is None and until is None:
        return "All time"
    first = f"{since.day} {since:%b %Y}" if since else "the beginning"
    return f"{first} to {last.day} {last:%b %Y}"


def time_words(seconds: float | None) -> str:
    """A median stay: "3 d 4 h", "5 h", "12 min"."""
    if seconds is None:
        return "–"
    minutes = int(seconds // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    if days >= 10 or (days and not hours):
        return f"{days:,} d"
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h" if hours else f"{minutes} min"


def work_words(minutes: float | None) -> str:
    """Working time, in hours: a working day is no calendar day."""
    if minutes is None:
        return ""
    return f"{minutes / 60:,.0f} h" if minutes >= 60 else f"{minutes:.0f} min"
