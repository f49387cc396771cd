"""The clocks, or the deeds, behind one number of the SLA: of those a reader sees the leads that are theirs to see."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from leads.models import Lead
from reporting.figures import ALL
from reporting.pages.broken import HEADER, csv_rows, lines, readable_clocks, with_leads
from reporting.pages.closed_loop import wrong_usage
from reporting.pages.sla import as_csv
from reporting.pages.sla_window import days_of
from reporting.pages.words import span_words
from reporting.periods import WrongUsage
from reporting.promises import ANY, EXPLAINED, LATE, OPEN, WORKED, Done, Holder, Promised, promised_from
from sla import tallies
from sla.models import Commitment
from sla.statuses import Status
from smarketing.foundation.models import User
from smarketing.foundation.paging import page_by_time
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request

NAMES = {
    **dict(Status.choices),
    ANY: "Clocks",
    LATE: "Late and still open",
    WORKED: "Worked late",
    EXPLAINED: "Late and explained",
    OPEN: "Open",
}
DEEDS = {
    "handovers": ("Lead", "Handed to", "When", "What came of it"),
    "real_contacts": ("Lead", "Rep", "When", "How"),
}


@requires("reports.read")
@require_safe
def promised(request: Request) -> HttpResponse:
    try:
        asked = promised_from(request.GET)
    except WrongUsage as error:
        return wrong_usage(request, error)
    told = _clocks(request, asked) if isinstance(asked, Promised) else _deeds(request, asked)
    scope = asked.scope
    back = days_of(scope) | asked.among.query()
    context = {
        **told,
        "owner": _owner(asked.owner),
        "window": span_words(scope.since, scope.until, scope.last_day),
        "moment": scope.as_of,
        "back_url": f"{reverse('reporting:sla')}{'?' if back else ''}{urlencode(back)}",
    }
    # After an act the list asks for itself alone.
    again = request.htmx and request.htmx.target == "clocks"
    return render(request, "reporting/_clocks_card.html" if again else "reporting/promised.html", context)


@requires("reports.read")
@require_safe
def promised_csv(request: Request) -> HttpResponse:
    """The clocks of a list with the latest explanation of each; of leads that this person may read."""
    try:
        asked = promised_from(request.GET)
    except WrongUsage as error:
        return wrong_usage(request, error)
    if not isinstance(asked, Promised):
        return wrong_usage(
            request, WrongUsage("A volume has no clocks to list. Open the figure from /sla/ again.")
        )
    return as_csv("clocks.csv", [HEADER, *csv_rows(request, asked)])


def _clocks(request: Request, asked: Promised) -> dict[str, Any]:
    number = asked.clocks().count()
    readable = readable_clocks(request, asked)
    visible = readable.count()
    page = page_by_time(with_leads(readable), "started_at", cursor=request.GET.get("cursor"))
    promise = Commitment.objects.filter(pk=asked.commitment).first() if asked.commitment else None
    told = lines(page.rows, request.user, asked.scope.as_of)
    return {
        "lines": told,
        "any_open": any(line.may_reassign for line in told),
        "csv_url": f"{reverse('reporting:promised_csv')}?{urlencode(asked.query())}",
        "title": NAMES[asked.state],
        "promise": promise or "All promises with a clock",
        **_counted("clock", number, visible, page),
    }


def _deeds(request: Request, asked: Done) -> dict[str, Any]:
    rows, measure = asked.rows(), tallies.Measure(asked.commitment.measure)
    rep = tallies.REP[measure]
    number, readable = rows.count(), rows
    if not request.user.may("leads.read_all"):
        readable = rows.filter(lead__in=Lead.objects.visible_to(request.user))
    visible = readable.count()
    page = page_by_time(
        readable.select_related("lead__account", rep), tallies.AT[measure], cursor=request.GET.get("cursor")
    )
    noun = "hand-over" if measure == tallies.Measure.HANDOVERS else "contact"
    return {
        "title": asked.commitment.name,
        "promise": "",
        "columns": [{"label": label} for label in DEEDS[str(measure)]],
        "deeds": [_deed(row, rep, measure) for row in page.rows],
        **_counted(noun, number, visible, page),
    }


def _deed(row: Any, rep: str, measure: tallies.Measure) -> dict[str, Any]:
    if measure == tallies.Measure.HANDOVERS:
        came = row.get_ending_display() if row.ended_at else "Waits for a decision"
        return {"lead": row.lead, "rep": getattr(row, rep), "at": row.opened_at, "words": came}
    how = f"{row.get_kind_display()}: {row.get_outcome_display().lower()}"
    return {"lead": row.lead, "rep": getattr(row, rep), "at": row.at, "words": how}


def _counted(noun: str, number: int, visible: int, page: Any) -> dict[str, Any]:
    plural = noun if visible == 1 else f"{noun}s"
    return {
        "number": number,
        "noun": noun,
        "hidden": number - visible,
        "page": page,
        "words": f"{len(page.rows):,} of {visible:,} {plural}" if visible else "",
    }


def _owner(owner: Holder) -> str:
    if owner is ALL:
        return ""
    return "Nobody" if owner is None else str(User.objects.filter(pk=owner).first() or f"Person {owner}")
