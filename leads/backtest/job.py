"""A back-test as a job: begun on a page, done by a worker a span of leads at a time, counted at the end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Min

from leads import definitions, rules
from leads.backtest import figures
from leads.backtest.replay import Reader, Window, replay
from leads.definitions import Document
from leads.models import Definition, Lead
from leads.models.back_test import BackTest, BackTestLead
from smarketing.foundation.models import Job, JobChunk, User
from smarketing.foundation.nudges import nudge
from smarketing.foundation.refusals import Refusal

DAYS = 90
STEP = 2_000  # leads of one chunk
RUN = "smarketing.foundation.tasks.run_jobs"
OPEN = (Definition.Status.DRAFT, Definition.Status.PROPOSED)


@transaction.atomic
def begin(definition_id: int, *, by: User | None, moment: datetime) -> BackTest:
    """Replay this draft or proposal over the last 90 days; raises `Refusal` where it is neither, or runs already."""
    row = Definition.objects.select_for_update(no_key=True).get(pk=definition_id)
    if row.status not in OPEN:
        raise Refusal("Only a draft or a proposal is tested. Open a draft of this version first.")
    last = BackTest.objects.filter(definition=row).select_related("job").first()
    if last is not None and last.job.state == Job.State.RUNNING:
        raise Refusal("A back-test of this version is running. Wait for its result.")
    Document.of(row.document)  # a fault is told now and not by a worker
    if last is not None:
        last.delete()
    test = BackTest.objects.create(
        definition=row,
        revision=row.revision,
        job=Job.objects.create(kind=__name__, by=by, options={"document": row.document}),
        since=moment - timedelta(days=DAYS),
        until=moment,
        version_before=definitions.in_force(moment).version,
        by=by,
    )
    JobChunk.objects.bulk_create(
        JobChunk(job=test.job, number=number, options={"first": first, "last": first + STEP - 1})
        for number, first in enumerate(_starts())
    )
    transaction.on_commit(lambda: nudge(RUN, queue="bulk"))
    return test


def _starts() -> range:
    found = Lead.objects.aggregate(first=Min("pk"), last=Max("pk"))
    return range(found["first"] or 1, (found["last"] or 0) + 1, STEP)


def do_chunk(job: Job, chunk: JobChunk) -> dict[str, Any]:
    """Replay one span of leads."""
    test = BackTest.objects.get(job=job)
    catalogue = rules.Catalogue()
    proposed = Reader(Document.of(job.options["document"]), catalogue)
    before = Reader(definitions.in_force(test.until).document, catalogue)
    span = (chunk.options["first"], chunk.options["last"])
    ids = list(Lead.objects.filter(pk__range=span).values_list("pk", flat=True))
    rows = list(replay(ids, Window(test.since, test.until), proposed, before))
    for row in rows:
        row.back_test = test
    BackTestLead.objects.bulk_create(rows, batch_size=1_000)
    return {"leads": len(ids), "rows": len(rows)}


def finish(job: Job) -> None:
    """Count what the chunks found."""
    from smarketing.foundation.moments import database_now

    test = BackTest.objects.get(job=job)
    test.result, test.finished_at = figures.count(test), database_now()
    test.save(update_fields=["result", "finished_at"])
