"""What was imported: every batch, what came of its rows, and the way back."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db import connection
from django.db.models import Count, IntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from leads.importing import rejects, undoing
from leads.models import ImportBatch, ImportChange, Lead
from smarketing.foundation.csvs import neutralise
from smarketing.foundation.models import Job, JobChunk
from smarketing.foundation.paging import page_by_time
from smarketing.foundation.permissions import requires
from smarketing.foundation.refusals import Refusal
from smarketing.foundation.requests import Request

PROBLEMS = 50
LEADS = 50
COLUMNS = (
    {"label": "File"},
    {"label": "Kind"},
    {"label": "State"},
    {"label": "Rows", "num": True},
    {"label": "Created", "num": True},
    {"label": "Updated", "num": True},
    {"label": "Unchanged", "num": True},
    {"label": "Rejected", "num": True},
    {"label": "By"},
    {"label": "Started"},
)
COUNTED = ("rows", "created", "updated", "unchanged", "rejected")
# What a batch of a kind makes, as the question before an undo calls it.
MAKES = {"leads": "", "costs": "costs", "touches": "touches", "history": "moves of leads"}
WORDS = {name: name.replace("_", " ") for name in undoing.NAMES.values()} | {
    "history": "moves",
    "handovers": "hand-overs",
    "register": "entries of the never-again register",
    "register_hits": "hits of the register",
}


def _batches() -> Any:
    """Batches with what their rows came to, so far for one that still runs."""
    done = JobChunk.objects.filter(job=OuterRef("job")).exclude(done_at=None).order_by().values("job")
    so_far = done.annotate(n=Sum(Cast(KT("counters__rows"), IntegerField()))).values("n")
    return ImportBatch.objects.select_related("job", "by", "undone_by").annotate(so_far=Subquery(so_far))


def state(batch: ImportBatch) -> tuple[str, str]:
    """How a batch stands, in words and as a tone."""
    if batch.undone_at is not None:
        return "Undone", ""
    if batch.job is not None and batch.job.state == Job.State.RUNNING:
        return "Running", "warn"
    if batch.job is not None and batch.job.state != Job.State.DONE:
        return "Given up", "bad"
    return "Done", "ok"


def described(batch: Any) -> dict[str, Any]:
    """A batch of `_batches` with its state and its counts."""
    words, tone = state(batch)
    counts = [batch.result.get(name) for name in COUNTED]
    if words == "Running":
        counts[0] = batch.so_far or 0
    return {"batch": batch, "state": words, "tone": tone, "counts": counts}


@requires("imports.read")
@require_safe
def imports(request: Request) -> HttpResponse:
    page = page_by_time(_batches(), "started_at", cursor=request.GET.get("cursor"))
    context = {"page": page, "rows": [described(batch) for batch in page.rows], "columns": COLUMNS}
    return render(request, "leads/imports.html", context)


@requires("imports.read")
@require_safe
def one(request: Request, pk: int) -> HttpResponse:
    batch = get_object_or_404(_batches(), pk=pk)
    told = described(batch)
    problems = batch.problems.order_by("-rejected", "row", "id")
    counted = batch.problems.aggregate(all=Count("pk"), rejected=Count("pk", filter=Q(rejected=True)))
    kept = batch.undoing.get("kept_leads", [])
    context = {
        **told,
        "kpis": [
            {"label": name.title(), "value": _number(n)}
            for name, n in zip(COUNTED, told["counts"], strict=True)
        ],
        "reasons": _sorted(batch.result.get("reasons")),
        "warnings": _sorted(batch.result.get("warnings")),
        "problems": problems[:PROBLEMS],
        "more_problems": max(counted["all"] - PROBLEMS, 0),
        "rejected": counted["rejected"],
        "may_undo": request.user.may("imports.undo") and told["state"] in ("Done", "Given up"),
        "voided": [(WORDS[name], n) for name, n in batch.undoing.get("voided", {}).items() if n],
        "kept": _visible(request, kept),
        "kept_more": max(batch.undoing.get("kept", 0) - LEADS, 0),
    }
    return render(request, "leads/import.html", context)


def _number(n: int | None) -> str:
    return "–" if n is None else f"{n:,}"


def _sorted(counts: dict[str, int] | None) -> list[tuple[str, int]]:
    return sorted((counts or {}).items(), key=lambda pair: -pair[1])


def _visible(request: Request, lead_ids: list[int]) -> list[Lead]:
    wanted = Lead.objects.visible_to(request.user).filter(pk__in=lead_ids[:LEADS])
    return list(wanted.select_related("account").order_by("pk"))


@requires("imports.read")
@require_safe
def rejected(request: Request, pk: int) -> StreamingHttpResponse:
    """The rejected rows as the file to correct and import again."""
    batch = get_object_or_404(ImportBatch.objects.exclude(job=None), pk=pk)
    response = StreamingHttpResponse(_lines(rejects.rows(batch)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rejects-{batch.pk}.csv"'
    return response


class _Echo:
    """A file that hands each line back, for a writer whose lines are sent as they come."""

    def write(self, line: str) -> str:
        return line


def _lines(rows: Iterator[list]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    for row in rows:
        yield writer.writerow([neutralise(cell) for cell in row])


@requires("imports.undo")
@require_http_methods(["GET", "HEAD", "POST"])
def undo(request: Request, pk: int) -> HttpResponse:
    """What an undo would take and what it would leave; by POST, the undo."""
    batch = get_object_or_404(ImportBatch.objects.select_related("job", "by", "undone_by"), pk=pk)
    if request.method == "POST":
        result = undoing.undo(batch.pk, by=request.user)
        messages.success(request, _said(batch, result))
        return redirect("leads:import", batch.pk)
    try:
        undoing.ensure_undoable(batch)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("leads:import", batch.pk)
    return render(request, "leads/import_undo.html", {"batch": batch, **_forecast(request, batch)})


def _said(batch: ImportBatch, result: dict[str, Any]) -> str:
    return f"The import of {batch.file_name} is undone. {undoing.who_stays(result['kept'])}".rstrip()


def _forecast(request: Request, batch: ImportBatch) -> dict[str, Any]:
    """Which leads would go and which would stay, by the very function that the undo asks."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FILTER (WHERE made AND NOT kept), count(*) FILTER (WHERE kept),
                (array_agg(id ORDER BY id) FILTER (WHERE kept))[1:%s] FROM leads_undo_leads(%s)""",
            [LEADS, batch.pk],
        )
        go, stay, ids = cursor.fetchone()
    kept = _visible(request, ids or [])
    return {
        "go": go,
        "stay": stay,
        "kept": kept,
        "kept_more": stay - len(kept),
        "made": batch.result.get("created", 0) if MAKES[batch.kind] else 0,
        "makes": MAKES[batch.kind],
        "changed": _changed(batch),
    }


def _changed(batch: ImportBatch) -> int:
    """How many leads that were there before the batch gave facts to."""
    rows = ImportChange.objects.filter(batch=batch, table=ImportChange.Table.LEAD)
    return rows.aggregate(n=Count("row_id", distinct=True))["n"]
