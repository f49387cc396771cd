"""Takes an import back: PostgreSQL marks its rows void, then history is read anew. All of it or nothing."""

from __future__ import annotations

import json
import time
from typing import Any

from django.db import connection, transaction
from django.utils.timezone import now

from leads import funnel, statistics
from leads.importing.batches import MANY
from leads.importing.leads import ONE_AT_A_TIME
from leads.importing.marking import as_import
from leads.importing.outcomes import bar_standing, withdraw_open
from leads.models import ImportBatch
from smarketing.foundation import audit
from smarketing.foundation.models import Job, User
from smarketing.foundation.refusals import Forbidden, Refusal

LISTED = 1_000  # leads that stay, kept with the batch by their numbers
# What the result calls the tables, in the order in which it tells them.
NAMES = {
    "lead": "leads",
    "stagechange": "history",
    "touch": "touches",
    "deal": "deals",
    "cost": "costs",
    "handover": "handovers",
    "note": "notes",
    "account": "companies",
    "externalid": "external_ids",
    "assignment": "assignments",
    "dealcontact": "deal_contacts",
    "suppression": "register",
    "suppressionhit": "register_hits",
}
_LED_ELSEWHERE = """
SELECT DISTINCT c.lead_id FROM leads_stagechange c JOIN leads_lead l ON l.id = c.lead_id
WHERE c.batch_id = %s AND c.voided_at IS NOT NULL AND l.voided_at IS NULL
"""


# A bar that another file's row put on a lead, which stands elsewhere now that this file's rows are gone. What
# somebody barred by hand is no file's to lift.
_FREED = """
UPDATE leads_suppression s SET lifted_at = %s FROM leads_lead l
WHERE l.id = s.lead_id AND s.lead_id = ANY(%s) AND s.lifted_at IS NULL AND s.voided_at IS NULL
    AND l.standing <> 'disqualified' AND (s.change_id IS NOT NULL OR s.batch_id IS NOT NULL)
"""


def ensure_undoable(batch: ImportBatch) -> None:
    """Raise `Refusal` for a batch that was undone already, or that is still coming in."""
    if batch.undone_at is not None:
        who = f" by {batch.undone_by}" if batch.undone_by else ""
        raise Refusal(
            f"Batch {batch.pk} was undone{who} on {batch.undone_at:%Y-%m-%d %H:%M} UTC. Import the file again."
        )
    if batch.job is not None and batch.job.state == Job.State.RUNNING:
        raise Refusal(f"Batch {batch.pk} is still being imported. Wait until it has finished, then undo it.")


@transaction.atomic
def undo(batch_id: int, *, by: User | None) -> dict[str, Any]:
    """Make void what a batch brought, but for leads that were worked on since; answers what it came to.

    Raises `Refusal`, or `ImportBatch.DoesNotExist`. Facts that the batch filled in get their former values back
    where they still have the batch's.
    """
    if by is not None and not by.may("imports.undo"):
        raise Forbidden("Only heads of team and administrators undo imports.")
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
        batch = (
            ImportBatch.objects.select_for_update(of=("self",))
            .select_related("job", "undone_by")
            .get(pk=batch_id)
        )
        ensure_undoable(batch)
        with as_import():
            cursor.execute("SELECT leads_undo_import(%s, %s)", [batch_id, by.pk if by else None])
            found = _read(cursor.fetchone()[0])
            _settle(cursor, batch_id)
    result = _result(batch_id, found, round(time.monotonic() - began, 3))
    ImportBatch.objects.filter(pk=batch_id).update(undoing=result)
    audit.record("import.undone", by=by, about=batch)
    if sum(result["voided"].values()) >= MANY:
        statistics.refresh()
    return result


def who_stays(kept: int) -> str:
    """The sentence on the leads that an undo left, if there are any."""
    if not kept:
        return ""
    leads, them = ("lead stays", "it") if kept == 1 else ("leads stay", "them")
    return f"{kept:,} {leads}, because something happened with {them} since."


def _read(found: Any) -> dict[str, Any]:
    return json.loads(found) if isinstance(found, str) else found


def _settle(cursor, batch_id: int) -> None:
    """Leads that were there before stand where the rest of their history says."""
    cursor.execute(_LED_ELSEWHERE, [batch_id])
    lead_ids = [pk for (pk,) in cursor.fetchall()]
    if lead_ids:
        funnel.settle(lead_ids)
        withdraw_open(cursor, lead_ids, None)
        bar_standing(cursor, lead_ids, None, now())
        cursor.execute(_FREED, [now(), lead_ids])


def _result(batch_id: int, found: dict[str, Any], seconds: float) -> dict[str, Any]:
    kept = found["kept"]
    return {
        "batch": batch_id,
        "voided": {words: found[table] for table, words in NAMES.items()},
        "restored": found["restored"],
        "kept": len(kept),
        "kept_leads": kept[:LISTED],
        "seconds": seconds,
    }
