"""A file taken in as a batch: stored, cut into chunks, run as a job that survives its runner, counted."""

from __future__ import annotations

import contextlib
import gc
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction
from django.utils.timezone import now

from leads import statistics
from leads.importing import copying, costs, dates, encodings, leads, pasts, plans, tables, touches
from leads.importing.cells import check_constants
from leads.importing.faults import FileFault
from leads.importing.marking import as_import
from leads.importing.options import Options
from leads.importing.problems import Problems
from leads.importing.sources import Source, folder
from leads.models import ImportBatch
from smarketing.foundation import jobs
from smarketing.foundation.models import Job, JobChunk, Organisation, User

TAKE = {"leads": leads.take, "costs": costs.take, "touches": touches.take, "history": pasts.take}
FINISH = {"history": pasts.finish}
INCOMING = "incoming-"
FORGOTTEN = 24 * 3600  # seconds after which a passing file belongs to nobody
MANY = 1_000  # rows of one file that PostgreSQL should know of at once
AMBIGUOUS = "ambiguous date order; read as day, month, year"
COUNTED = ("rows", "created", "updated", "unchanged", "rejected")

Say = Callable[[str], None]


@dataclass
class Intake:
    """A file that was read and understood, and waits in the folder under a passing name."""

    path: Path
    text: encodings.Text
    table: tables.Table
    plan: plans.Plan
    survey: tables.Survey
    options: Options
    name: str
    date_order: str
    ambiguous: int

    @property
    def stored(self) -> Path:
        """Where the file stays; the passing name's random part keeps it apart from every other."""
        return self.path.with_name(self.path.name.removeprefix(INCOMING))

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)


def examine(file: Path, options: Options) -> Intake:
    """Read a file as far as it takes to know that it can be imported; raises `FileFault` or `UsageFault`."""
    _ensure_readable(file)
    _clear_forgotten()
    descriptor, passing = tempfile.mkstemp(suffix=".csv", prefix=INCOMING, dir=folder())
    os.close(descriptor)
    path = Path(passing)
    try:
        text = encodings.transcode(file, path, options.encoding or None)
        table = tables.open_table(path, file.name, options.delimiter)
        plan = plans.make(options, table.header, file.name)
        check_constants(plan)
        survey = tables.survey(path, table, plan.dated, weigh=not options.date_order)
        if not survey.rows:
            raise FileFault(f"{file.name} has a header but no rows, so there is nothing to import.")
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    order, ambiguous = _date_order(survey.evidence, options.date_order)
    return Intake(path, text, table, plan, survey, options, file.name, order, ambiguous)


def _clear_forgotten() -> None:
    """Remove passing files that killed examinations left behind."""
    for path in folder().glob(f"{INCOMING}*.csv"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < time.time() - FORGOTTEN:
                path.unlink()


def _ensure_readable(file: Path) -> None:
    if not file.exists():
        raise FileFault(f"{file} does not exist. Check the path.")
    if not file.is_file():
        raise FileFault(f"{file} is not a file. Name one CSV file.")
    try:
        with file.open("rb") as opened:
            beginning = opened.read(4096)
    except OSError as error:
        raise FileFault(f"{file} cannot be read: {error.strerror}.") from error
    if not beginning.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise FileFault(f"{file.name} is empty. Export it again, or choose another file.")


def _date_order(evidence: Counter, given: str) -> tuple[str, int]:
    """The one order of the file's dates, and how many dates could be read either way for want of a clear one."""
    if given:
        return given, 0
    for order in ("ymd", "mdy", "dmy"):
        if evidence[order] and evidence[order] == max(evidence[o] for o in dates.ORDERS):
            return order, 0
    return dates.DEFAULT_ORDER, evidence["?"]


def unfinished(intake: Intake) -> ImportBatch | None:
    """The batch of the same file with the same options that a killed run left behind."""
    return (
        ImportBatch.objects.filter(
            kind=intake.options.kind,
            file_sha256=intake.text.sha256,
            options=intake.options.as_json(),
            job__state=Job.State.RUNNING,
        )
        .select_related("job")
        .order_by("id")
        .first()
    )


@transaction.atomic
def begin(intake: Intake, *, by: User | None) -> ImportBatch:
    """Store the file and the work to do on it; from here on any worker can finish it."""
    organisation = Organisation.get()
    options = intake.options
    job = Job.objects.create(kind=__name__, by=by)
    batch = ImportBatch.objects.create(
        kind=options.kind,
        job=job,
        source=options.source,
        file_name=intake.name[:255],
        file_sha256=intake.text.sha256,
        file_size=intake.text.size,
        options=options.as_json(),
        by=by,
    )
    stored = intake.stored
    job.options = {
        "batch": batch.pk,
        "kind": options.kind,
        "file": stored.name,
        "delimiter": intake.table.delimiter,
        "header": intake.plan.header,
        "columns": intake.plan.columns,
        "constants": intake.plan.constants,
        "source": options.source,
        "currency": options.default_currency or organisation.currency,
        "overwrite": options.overwrite,
        "zone": organisation.time_zone,
        "time_zone": options.timezone or organisation.time_zone,
        "date_order": intake.date_order,
        "ambiguous_dates": intake.ambiguous,
        "ignored_columns": intake.plan.ignored,
    }
    job.save(update_fields=["options"])
    JobChunk.objects.bulk_create(
        JobChunk(job=job, number=number, options=span) for number, span in enumerate(intake.survey.chunks)
    )
    intake.path.rename(stored)
    return batch


def run(batch: ImportBatch) -> Iterator[int]:
    """Do what is left of a batch, yielding the rows of each chunk after its commit; raises `jobs.Busy`."""
    for chunk in jobs.run(Job.objects.get(importbatch=batch).pk):
        yield chunk.counters["rows"]


def rehearse(intake: Intake, read_result: Callable[[ImportBatch], None], *, by: User | None) -> Iterator[int]:
    """Do all of it and take it back: `read_result` sees the finished batch before that."""
    try:
        with transaction.atomic():
            batch = begin(intake, by=by)
            for rows in run(batch):
                _check_now()
                yield rows
            batch.refresh_from_db()
            read_result(batch)
            transaction.set_rollback(True)
    finally:
        intake.stored.unlink(missing_ok=True)


def _check_now() -> None:
    """Deferred checks would queue up in the server's memory until the end of one long transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def do_chunk(job: Job, chunk: JobChunk) -> dict:
    """Called by `jobs` in a transaction: the rows of one chunk and what came of them."""
    source = Source.load(job.options)
    with _without_garbage_collection(), as_import():
        counts, problems = TAKE[job.options["kind"]](source, chunk.options)
    _store_problems(source.batch_id, problems)
    return {**counts, "reasons": dict(problems.reasons), "warnings": dict(problems.warnings)}


@contextlib.contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Rows become many small objects, hardly one in a cycle: looking for cycles again and again costs a third."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _store_problems(batch_id: int, problems: Problems) -> None:
    rows = ((batch_id, *problem) for problem in problems.rows)
    columns = ["batch_id", "row", "rejected", "code", "message", "raw"]
    with connection.cursor() as cursor:
        copying.copy(cursor, "leads_importproblem", columns, rows)


def finish(job: Job) -> None:
    """Add up what the chunks counted: exact however often their runner was killed."""
    batch = job.importbatch
    totals = Counter(dict.fromkeys(COUNTED, 0))
    reasons: Counter = Counter()
    warnings: Counter = Counter()
    for counters in job.chunks.values_list("counters", flat=True).iterator():
        totals.update({name: counters[name] for name in COUNTED})
        reasons.update(counters["reasons"])
        warnings.update(counters["warnings"])
    if job.options["ambiguous_dates"]:
        warnings[AMBIGUOUS] = job.options["ambiguous_dates"]
    if (complete := FINISH.get(batch.kind)) is not None:
        with as_import():
            complete(batch.pk)
    batch.finished_at = now()
    batch.result = {
        "batch": batch.pk,
        **totals,
        "reasons": dict(reasons),
        "warnings": dict(warnings),
        "ignored_columns": job.options["ignored_columns"],
        "seconds": round((batch.finished_at - batch.started_at).total_seconds(), 3),
    }
    batch.save(update_fields=["finished_at", "result"])
    if totals["rows"] >= MANY:
        statistics.refresh()
