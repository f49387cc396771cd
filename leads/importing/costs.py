"""One chunk of a file of costs: what was spent on a campaign or channel over a span of local days."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from django.db import connection

from leads.importing import befores, copying
from leads.importing.cells import Draft
from leads.importing.faults import RowFault
from leads.importing.leads import ONE_AT_A_TIME
from leads.importing.names import ensure_names, key_of
from leads.importing.problems import Problems
from leads.importing.reading import read
from leads.importing.sources import Source
from smarketing.foundation.models import JobChunk

Mark = tuple[str, str, date, date, str]  # campaign key, channel key, first day, last day, currency

# How often each cost occurred in the chunks before the next one: (batch, next chunk's first row, counts). It is
# read again from the file when another process goes on with the job.
_seen: tuple[int, int, Counter] | None = None

_STORED = """
SELECT s.row, c.id, c.amount FROM import_cost s JOIN leads_cost c
ON c.voided_at IS NULL AND c.starts_on = s.starts_on AND c.ends_on = s.ends_on AND c.currency = s.currency
AND c.ordinal = s.ordinal AND c.campaign_id IS NOT DISTINCT FROM s.campaign_id
AND c.channel_id IS NOT DISTINCT FROM s.channel_id
"""
_SHAPE = {
    "row": "int",
    "campaign_id": "bigint",
    "channel_id": "bigint",
    "starts_on": "date",
    "ends_on": "date",
    "amount": "numeric",
    "currency": "text",
    "ordinal": "int",
}


def take(source: Source, span: dict[str, int]) -> tuple[dict[str, int], Problems]:
    """Take in the rows of one span of the file, within the caller's transaction; how many came to what."""
    global _seen
    problems = Problems()
    seen = _seen_before(source, span)
    _seen = None  # counted again when this transaction fails
    drafts, rows = read(source, span, problems, lambda draft: _complete(draft, source.currency))
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
        counts = _write(cursor, source, drafts, seen, problems)
    _seen = (source.batch_id, span["first_row"] + rows, seen)
    return {"rows": rows, **counts, "rejected": sum(problems.reasons.values())}, problems


def _complete(draft: Draft, currency: str) -> None:
    """A cost has an amount and its days; raises `RowFault` where one is missing."""
    values: dict[str, Any] = draft.values
    if "amount" not in values:
        raise RowFault("no amount", "the amount is missing")
    first = values.get("from") or values.get("date")
    last = values.get("until") or values.get("date")
    if first is None or last is None:
        raise RowFault("no date", "the days are missing: give date, or from and until")
    if last < first:
        raise RowFault("days reversed", f"until ({last}) is before from ({first})")
    values["from"], values["until"] = first, last
    values.setdefault("currency", currency)


def _seen_before(source: Source, span: dict[str, int]) -> Counter:
    """How often each cost occurs in the file before this span: two invoices of one day stay two."""
    if _seen is not None and _seen[:2] == (source.batch_id, span["first_row"]):
        return _seen[2]
    if span["first_row"] == 1:
        return Counter()
    chunks = JobChunk.objects.filter(
        job__importbatch=source.batch_id, options__first_row__lt=span["first_row"]
    )
    counted: Counter = Counter()
    for earlier in chunks.values_list("options", flat=True):
        drafts, _ = read(source, earlier, Problems(), lambda draft: _complete(draft, source.currency))
        counted.update(hash(_mark(draft)) for draft in drafts)
    return counted


def _mark(draft: Draft) -> Mark:
    values = draft.values
    names = (key_of(values.get("campaign", "")), key_of(values.get("channel", "")))
    return (*names, values["from"], values["until"], values["currency"])


def _write(cursor, source: Source, drafts: list[Draft], seen: Counter, problems: Problems) -> dict[str, int]:
    campaigns = ensure_names(
        cursor, "leads_campaign", [d.values["campaign"] for d in drafts if "campaign" in d.values]
    )
    channels = ensure_names(
        cursor, "leads_channel", [d.values["channel"] for d in drafts if "channel" in d.values]
    )
    rows = []
    for draft in drafts:
        mark = _mark(draft)
        seen[hash(mark)] += 1
        ids = (campaigns.get(mark[0]), channels.get(mark[1]))
        rows.append((draft.row, *ids, mark[2], mark[3], draft.values["amount"], mark[4], seen[hash(mark)]))
    copying.stage(cursor, "import_cost", _SHAPE, rows)
    cursor.execute(_STORED)
    stored = {row: (pk, amount) for row, pk, amount in cursor.fetchall()}
    _insert(cursor, source, stored)
    differing = [d for d in drafts if d.row in stored and stored[d.row][1] != d.values["amount"]]
    if source.overwrite:
        _update(cursor, source.batch_id)
    else:
        for draft in differing:
            problems.warn(
                draft.row, "cost is stored with another amount; kept", _differs(draft, stored[draft.row][1])
            )
    updated = len(differing) if source.overwrite else 0
    for draft in drafts:
        for warning, message in draft.warnings:
            problems.warn(draft.row, warning, message)
    return {"created": len(drafts) - len(stored), "updated": updated, "unchanged": len(stored) - updated}


def _differs(draft: Draft, amount) -> str:
    return (
        f"this cost is stored with {amount.normalize():f}, the file says {draft.values['amount'].normalize():f}; kept. "
        "Use --overwrite to replace it"
    )


def _insert(cursor, source: Source, stored: dict[int, tuple]) -> None:
    cursor.execute(
        """INSERT INTO leads_cost (campaign_id, channel_id, starts_on, ends_on, amount, currency, ordinal, batch_id)
        SELECT campaign_id, channel_id, starts_on, ends_on, amount, currency, ordinal, %s
        FROM import_cost WHERE row <> ALL(%s) ORDER BY row""",
        [source.batch_id, list(stored)],
    )


def _update(cursor, batch_id: int) -> None:
    given = f"(SELECT found.id, s.amount FROM import_cost s JOIN ({_STORED}) found ON found.row = s.row)"  # noqa: S608
    befores.keep(cursor, batch_id, "cost", given, {"amount": "s.amount"})
    cursor.execute(
        f"""UPDATE leads_cost c SET amount = s.amount FROM import_cost s, ({_STORED}) found
        WHERE found.row = s.row AND found.id = c.id AND c.amount <> s.amount"""  # noqa: S608
    )
