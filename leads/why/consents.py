"""Why this consent: where the first word came from, and each change since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from leads.models import FactChange, ImportChange, Lead, StageChange
from leads.stages import Move
from leads.why.answers import Line, Why, register

READ = 40  # changes that are told, the latest
WORDS = {str(value): str(label) for value, label in Lead.Consent.choices}
WAYS = {"hand": "by hand", "api": "over the API", "import": "by an import"}


def consent(lead: Lead, moment: datetime) -> Why:
    changes = sorted(_changes(lead), key=lambda line: line.at or moment, reverse=True)
    first = _first(lead, changes)
    return Why(
        "consent",
        "Why this consent",
        f"{WORDS[lead.consent]}.",
        decided=changes[0].found if changes else first.found,
        decided_word="Recorded",
        at=changes[0].at if changes else first.at,
        found_title="What was said, and where",
        found=(*changes, first),
        change=("Whoever may edit the facts writes down what the person says.",),
    )


def _changes(lead: Lead) -> Iterator[Line]:
    corrected = FactChange.objects.filter(lead=lead, field="consent").select_related("by", "batch")
    for row in corrected.order_by("-at", "-id")[:READ]:
        by = f"{row.by}, " if row.by_id else ""
        file = f" ({row.batch.file_name})" if row.batch else ""
        yield Line(WORDS.get(row.after, row.after), f"{by}{WAYS[row.way]}{file}", at=row.at)
    imported = ImportChange.objects.filter(table="lead", row_id=lead.pk, after__has_key="consent")
    for change in imported.select_related("batch").order_by("-id")[:READ]:
        told: Any = change.after["consent"]
        yield Line(
            WORDS.get(told, str(told)), f"import of {change.batch.file_name}", at=change.batch.started_at
        )


def _first(lead: Lead, changes: list[Line]) -> Line:
    """What stood there at the beginning, and who wrote it."""
    made = lead.history.filter(move=Move.CAPTURE).select_related("by").order_by("at", "id").first()
    at = made.recorded_at if made else lead.created_at
    known = _before(lead) if changes else lead.consent
    return Line(WORDS.get(known, known), _source(lead, made), at=at)


def _before(lead: Lead) -> str:
    """What stood there before the first change that is on record."""
    row = FactChange.objects.filter(lead=lead, field="consent").order_by("at", "id").first()
    if row is not None:
        return row.before
    change = (
        ImportChange.objects.filter(table="lead", row_id=lead.pk, before__has_key="consent")
        .order_by("id")
        .first()
    )
    return change.before["consent"] or "" if change else ""


def _source(lead: Lead, made: StageChange | None) -> str:
    if lead.batch_id and lead.batch is not None:
        return f"import of {lead.batch.file_name}"
    if made is not None and made.by_id:
        return f"entered by {made.by}"
    return "when the lead was made"


register("consent", consent)
