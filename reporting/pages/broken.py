"""What broke: each clock with its state, its gap in words and why, as far as somebody said so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, IntegerField, Prefetch, Q, QuerySet, Value, When

from leads.models import Lead
from reporting.among import Among
from reporting.promises import EXPLAINED, LATE, WORKED, Promised, make_window
from reporting.scope import Scope
from sla.explanations import may_explain
from sla.models import Clock, Commitment, Explanation
from sla.statuses import Status
from sla.words import span_words
from smarketing.foundation.models import User
from smarketing.foundation.requests import Request

SHOWN = 12  # clocks on the SLA page; its links have all of them
BROKEN, DUE, EXCUSED = "broken", "due", "excused"
# The lists that the page offers, in this order: broken is open, worked late and explained together.
LISTS = {
    BROKEN: "Broken",
    LATE: "Open now",
    WORKED: "Worked late",
    EXPLAINED: "Explained",
    EXCUSED: "Excused",
    DUE: "Due next",
}
NOTHING = {
    BROKEN: "Nothing broke in these days.",
    LATE: "Nothing is late right now.",
    WORKED: "Nothing was worked late without a word why.",
    EXPLAINED: "Nobody has explained a late promise of these days yet. Explain stands beside each that broke.",
    EXCUSED: "No lead left before its promise was due. One that does counts neither as kept nor as broken.",
    DUE: "No clock is running.",
}
NUMBERS = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"]
DEEDS = {
    Commitment.StopsOn.DECISION: "late decision",
    Commitment.StopsOn.FIRST_CONTACT: "first contact",
}


@dataclass(frozen=True)
class Line:
    """One clock as the tables show it."""

    clock: Clock
    state: str  # open, worked, explained, excused, running, kept
    said: str
    tone: str
    icon: str
    gap: str  # in words; empty where a countdown tells it
    why: Explanation | None
    may_explain: bool
    may_reassign: bool


def line_of(clock: Clock, user: User, moment: datetime) -> Line:
    told = sorted(clock.explanations.all(), key=lambda one: one.pk)
    why = next((one for one in reversed(told) if one.at <= moment), None)
    state, said, tone, icon = state_of(clock, why, moment)
    stopped = clock.stopped_at is not None and clock.stopped_at <= moment
    gap = ""
    if state in ("worked", "explained") and clock.stopped_at and clock.due_at:
        gap = f"{span_words(clock.stopped_at - clock.due_at)} late"
    return Line(
        clock=clock,
        state=state,
        said=said,
        tone=tone,
        icon=icon,
        gap=gap,
        why=why,
        may_explain=state in ("open", "worked", "explained") and may_explain(user, clock),
        may_reassign=not stopped and user.may("leads.act_on_any"),
    )


def state_of(clock: Any, why: Explanation | None, moment: datetime) -> tuple[str, str, str, str]:
    """State, its words, tone and icon of a clock that knows its status as of `moment`."""
    stopped = clock.stopped_at is not None and clock.stopped_at <= moment
    if clock.status == Status.BROKEN and not stopped:
        return "open", "Open", "bad", "circle-x"
    if clock.status == Status.BROKEN:
        worked = ("explained", "Explained", "ok", "message-square-text")
        return worked if why else ("worked", "Worked late", "warn", "circle-alert")
    if clock.status == Status.EXCUSED:
        return "excused", "Excused", "", "circle-minus"
    if clock.status == Status.RUNNING:
        return "running", "Running", "", "timer"
    return "kept", "Kept", "ok", "circle-check"


def lines(clocks: Iterable[Clock], user: User, moment: datetime) -> list[Line]:
    return [line_of(clock, user, moment) for clock in clocks]


# --- Which clocks -----------------------------------------------------------------------------------------------
def readable_clocks(request: Request, figure: Promised) -> QuerySet[Clock]:
    """Row visibility is the lead's: one door for queue, lists and this."""
    clocks = figure.clocks()
    if request.user.may("leads.read_all"):
        return clocks
    return clocks.filter(lead__in=Lead.objects.visible_to(request.user))


def with_leads(clocks: QuerySet[Clock]) -> QuerySet[Clock]:
    told = Prefetch("explanations", Explanation.objects.select_related("by", "note"))
    return clocks.select_related("commitment", "owner", "lead__account", "lead__owner").prefetch_related(told)


def figures(scope: Scope, among: Among) -> dict[str, Promised]:
    """Behind each list. What is late or due is so now, whenever its clock started; the others are of the window."""
    now = make_window(as_of=scope.as_of)
    return {
        BROKEN: Promised(scope, None, Status.BROKEN, among=among),
        LATE: Promised(now, None, LATE, among=among),
        WORKED: Promised(scope, None, WORKED, among=among),
        EXPLAINED: Promised(scope, None, EXPLAINED, among=among),
        EXCUSED: Promised(scope, None, Status.EXCUSED, among=among),
        DUE: Promised(now, None, Status.RUNNING, among=among),
    }


def counts(scope: Scope, among: Among) -> dict[str, Any]:
    """How many clocks are in each of these lists, what is late by kind of deed, and what nobody holds: one look."""
    every = Promised(make_window(as_of=scope.as_of), among=among)
    started = Promised(scope)._started()
    found = figures(scope, among)
    late = found[LATE].in_state()
    asked = {
        name: Count("pk", filter=figure.in_state() & (Q() if name in (LATE, DUE) else started))
        for name, figure in found.items()
    }
    unclaimed = Q(owner=None) & replace(every, state="open").in_state()
    asked |= {"unclaimed": Count("pk", filter=unclaimed), "before": Count("pk", filter=late & ~started)}
    rows: list[Any] = list(every.clocks().order_by().values("commitment__stops_on").annotate(**asked))
    by_deed = {row["commitment__stops_on"]: row[LATE] for row in rows}
    names = [*LISTS, "unclaimed", "before"]
    return {name: sum(row[name] for row in rows) for name in names} | {"deeds": by_deed}


def late_words(deeds: dict[str, int]) -> str:
    """What is late, by its kind: "One late decision, two first contacts"."""
    told = [
        f"{number_words(n)} {DEEDS[Commitment.StopsOn(deed)]}{'' if n == 1 else 's'}"
        for deed, n in sorted(deeds.items())
        if n
    ]
    words = ", ".join(told)
    return words[:1].upper() + words[1:].lower() if words else ""


def number_words(n: int) -> str:
    return NUMBERS[n] if n < len(NUMBERS) else f"{n:,}"


def shown(request: Request, figure: Promised, name: str) -> list[Line]:
    """The first clocks of a list that this person may read: what still waits first, then what broke last."""
    clocks = with_leads(readable_clocks(request, figure))
    if name in (DUE, LATE):
        order: list[Any] = [F("due_at").asc(nulls_last=True)]
    else:
        waits = Case(When(stopped_at=None, then=Value(0)), default=Value(1), output_field=IntegerField())
        order = [waits, F("due_at").desc(nulls_last=True)]
    return lines(clocks.order_by(*order, "-pk")[:SHOWN], request.user, figure.scope.as_of)


# --- As a file --------------------------------------------------------------------------------------------------
HEADER = ["promise", "team", "lead", "account", "responsible", "started_at", "due_at", "stopped_at", "state",
          "late_minutes", "cause", "explanation", "explained_by", "explained_at"]  # fmt: skip


def csv_rows(request: Request, figure: Promised) -> Iterable[list[Any]]:
    """Each clock whose lead this person may read; the latest explanation beside it."""
    moment = figure.scope.as_of
    for clock in with_leads(readable_clocks(request, figure)).order_by("started_at", "pk"):
        line = line_of(clock, request.user, moment)
        end = clock.stopped_at if clock.stopped_at and clock.stopped_at <= moment else moment
        late = (
            int((end - clock.due_at).total_seconds() // 60) if clock.due_at and end > clock.due_at else None
        )
        why = line.why
        yield [
            clock.commitment.name, clock.commitment.team, clock.lead.name, clock.lead.account, clock.owner,
            iso(clock.started_at), iso(clock.due_at), iso(clock.stopped_at), line.said.lower(), late,
            why and why.get_cause_display(), why and why.text, why and why.by, why and iso(why.at),
        ]  # fmt: skip


def iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
