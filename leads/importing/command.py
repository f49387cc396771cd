"""What the `import_…` commands have in common: options, progress, result, exit status."""

from __future__ import annotations

import json
import os.path
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from leads.importing import batches, options
from leads.importing.batches import Intake
from leads.importing.dates import ORDERS
from leads.importing.faults import FileFault, UsageFault
from leads.importing.fields import FIELDS
from leads.importing.presets import PRESETS
from leads.importing.rejects import write_rejects
from leads.models import ImportBatch
from smarketing.foundation import jobs
from smarketing.foundation.models import Job, JobChunk, Organisation

SHOWN_PROBLEMS = 20
RESULT = ("batch", *batches.COUNTED, "reasons", "warnings", "ignored_columns", "seconds")
_LOOK_AGAIN = 0.5  # seconds between looks at a job that another process does


class ImportCommand(BaseCommand):
    """A command that takes in one CSV file; `kind` says of what."""

    kind: str
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("file", type=Path, help="a CSV file with a header")
        if self.kind == "leads":
            add("--preset", metavar="NAME", help=f"headers of another product's export: {', '.join(PRESETS)}")
        if self.kind != "costs":
            default = "the preset's name" if self.kind == "leads" else "none"
            add("--source", metavar="NAME", help=f"whose external ids these are (default: {default})")
        add(
            "--map", action="append", metavar="'COLUMN=FIELD'", help=f"fields: {', '.join(FIELDS[self.kind])}"
        )
        add("--set", action="append", metavar="FIELD=VALUE", help="a value for every row that has none")
        add("--timezone", metavar="ZONE", help="zone of date-times without one (default: the organisation's)")
        add(
            "--date-order",
            metavar="|".join(ORDERS),
            help="order of dates such as 03/04/2024 (default: recognised)",
        )
        add("--encoding", help="default: recognised")
        add("--delimiter", help="one character, or comma, semicolon, tab, pipe (default: recognised)")
        add("--default-currency", metavar="CODE", help="of amounts without one (default: the organisation's)")
        add(
            "--overwrite", action="store_true", help="replace stored values; otherwise only blanks are filled"
        )
        add("--dry-run", action="store_true", help="show the result and store nothing")
        add(
            "--rejects",
            type=Path,
            metavar="OUT.csv",
            help="write the rejected rows there, with their reasons",
        )
        add("--json", action="store_true", help="print the result as one JSON object")

    def handle(self, *, file: Path, **given: Any) -> None:
        try:
            result = self._import(file, given)
        except UsageFault as fault:
            self.stderr.write(str(fault))
            sys.exit(2)
        except (FileFault, jobs.Failed) as fault:
            self.stderr.write(str(fault))
            sys.exit(1)
        except KeyboardInterrupt:
            self.stderr.write(
                "Interrupted. What was begun is finished by a worker, or by this command on the same file."
            )
            sys.exit(1)
        result = {name: result[name] for name in RESULT}
        self.stdout.write(json.dumps(result, ensure_ascii=False) if given["json"] else _in_words(result))

    def _import(self, file: Path, given: dict[str, Any]) -> dict[str, Any]:
        chosen = options.make(self.kind, **given)
        if not Organisation.objects.exists():
            raise FileFault("There is no organisation yet. Make it with `python manage.py setup`.")
        self._rejects = given["rejects"]
        _ensure_another(self._rejects, file)
        intake = batches.examine(file, chosen)
        try:
            _ensure_writable(self._rejects)
            self._explain(intake)
            return self._rehearse(intake) if given["dry_run"] else self._store(intake)
        finally:
            intake.discard()

    def _explain(self, intake: Intake) -> None:
        table, plan = intake.table, intake.plan
        self.stderr.write(
            f"{intake.name}: {intake.survey.rows:,} rows, {table.width} columns, {intake.text.encoding}, "
            f"delimiter {table.delimiter!r}, read as {', '.join([*plan.columns, *plan.constants]) or 'nothing'}"
        )
        if intake.ambiguous:
            self.stderr.write(
                f"{intake.ambiguous:,} dates such as 03/04/2024 can be read in two ways; they are read as day, month, "
                "year. Say --date-order mdy if the month comes first."
            )
        if plan.ignored:
            self.stderr.write(f"Ignored columns: {', '.join(plan.ignored)}")

    def _store(self, intake: Intake) -> dict[str, Any]:
        batch = batches.unfinished(intake)
        if batch is not None:
            self.stderr.write(
                f"This file was being imported when it was interrupted; going on with batch {batch.pk}."
            )
        else:
            batch = batches.begin(intake, by=None)
        with self._bar(intake.survey.rows) as bar:
            self._run(batch, bar)
        batch.refresh_from_db()
        self._report(batch)
        return batch.result

    def _run(self, batch: ImportBatch, bar: tqdm) -> None:
        """Do the rest of the batch, or watch the process that does it; whichever, until it is done."""
        while True:
            bar.n = sum(
                counters["rows"]
                for counters in JobChunk.objects.filter(job=batch.job)
                .exclude(done_at=None)
                .values_list("counters", flat=True)
                .iterator()
            )
            bar.refresh()
            try:
                for rows in batches.run(batch):
                    bar.update(rows)
                return
            except jobs.Busy:
                job = Job.objects.get(importbatch=batch)
                if job.state == Job.State.DONE:
                    return
                if job.state != Job.State.RUNNING:
                    raise jobs.Failed(
                        job.error or f"The import was {job.get_state_display().lower()}."
                    ) from None
                time.sleep(_LOOK_AGAIN)

    def _rehearse(self, intake: Intake) -> dict[str, Any]:
        results: list[dict[str, Any]] = []

        def keep(batch: ImportBatch) -> None:
            results.append({**batch.result, "batch": None})
            self._report(batch)

        with self._bar(intake.survey.rows) as bar:
            for rows in batches.rehearse(intake, keep, by=None):
                bar.update(rows)
        self.stderr.write("Dry run: nothing was stored.")
        return results[0]

    def _bar(self, rows: int) -> tqdm:
        """Drawn only on a terminal, so that a log holds sentences only."""
        return tqdm(total=rows, unit=" rows", file=sys.stderr, disable=not sys.stderr.isatty())

    def _report(self, batch: ImportBatch) -> None:
        """The first problems as sentences, and the rejected rows as a file."""
        problems = batch.problems.order_by("row", "id").values_list("message", flat=True)
        for message in problems[:SHOWN_PROBLEMS]:
            self.stderr.write(message)
        more = batch.problems.count() - SHOWN_PROBLEMS
        if more > 0:
            self.stderr.write(f"… and {more:,} more of this kind.")
        if self._rejects is not None:
            write_rejects(batch, self._rejects)


def _ensure_another(path: Path | None, file: Path) -> None:
    """Rejects written over the file itself would leave nothing to import again."""
    if path is not None and os.path.exists(path) and os.path.exists(file) and os.path.samefile(path, file):
        raise UsageFault(
            f"--rejects {path} is the file to import, which would be lost. Name another one, such as rejects.csv."
        )


def _ensure_writable(path: Path | None) -> None:
    if path is None:
        return
    try:
        path.open("a").close()
    except OSError as error:
        raise FileFault(f"--rejects {path} cannot be written: {error.strerror}.") from error


def _in_words(result: dict[str, Any]) -> str:
    lines = [
        f"{result['rows']:,} rows: {result['created']:,} created, {result['updated']:,} updated, "
        f"{result['unchanged']:,} unchanged, {result['rejected']:,} rejected, in {result['seconds']:.1f} s"
    ]
    lines += [f"  rejected, {reason}: {n:,}" for reason, n in result["reasons"].items()]
    lines += [f"  warning, {warning}: {n:,}" for warning, n in result["warnings"].items()]
    return "\n".join(lines)
