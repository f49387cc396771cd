"""An import outlives whoever runs it, and its counts come out exact."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.db import connection

from leads.importing import batches
from leads.models import ExternalId, ImportBatch, Lead, StageChange, Suppression, Touch
from smarketing.foundation.models import Job, JobChunk
from smarketing.foundation.tasks import run_jobs
from tests.conftest import make_organisation
from tests.leads.importing import counts, run, write

ROWS = "external_id,first_name\n" + "".join(f"{n},Ada\n" for n in range(1, 11)) + "bad row\n"


class Killed(BaseException):
    """What a kill -9 looks like from inside: nothing catches it."""


@pytest.fixture(autouse=True)
def company(db, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr("leads.importing.tables.ROWS_PER_CHUNK", 3)
    return make_organisation()


@pytest.fixture
def killed(tmp_path, monkeypatch):
    """A file whose import died in its third chunk, after that chunk's rows were written but not committed."""
    whole = batches.TAKE["leads"]
    taken = []

    def dies(source, span):
        answer = whole(source, span)
        taken.append(span)
        if len(taken) == 3:
            raise Killed
        return answer

    file = write(tmp_path, ROWS)
    monkeypatch.setitem(batches.TAKE, "leads", dies)
    with pytest.raises(Killed):
        run("import_leads", file)
    monkeypatch.setitem(batches.TAKE, "leads", whole)
    assert Lead.objects.count() == 6
    return file


def test_the_same_command_goes_on_where_it_died(killed):
    done = run("import_leads", killed)
    assert counts(done.result) == (10, 0, 0, 1)
    assert "going on with batch" in done.said
    assert ImportBatch.objects.count() == 1


def test_a_worker_goes_on_where_the_command_died(killed):
    run_jobs()
    batch = ImportBatch.objects.get()
    assert counts(batch.result) == (10, 0, 0, 1)
    assert batch.problems.count() == 1


def test_a_finished_file_is_a_new_batch(killed):
    run_jobs()
    assert counts(run("import_leads", killed).result) == (0, 0, 10, 1)
    assert ImportBatch.objects.count() == 2


KINDS = {
    "touches": "external_id,at,kind\n" + "".join(f"{n},2024-01-{n + 1:02d},visit\n" for n in range(10)),
    "history": "external_id,at,stage\n"
    + "".join(f"{n % 5},2024-01-{n + 1:02d},{'mql' if n < 5 else 'disqualified'}\n" for n in range(10)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_files_of_touches_and_history_go_on_where_they_died(tmp_path, monkeypatch, kind):
    run("import_leads", write(tmp_path, "external_id\n" + "".join(f"{n}\n" for n in range(10)), "leads.csv"))
    whole, taken = batches.TAKE[kind], []

    def dies(source, span):
        answer = whole(source, span)
        taken.append(span)
        if len(taken) == 3:
            raise Killed
        return answer

    monkeypatch.setitem(batches.TAKE, kind, dies)
    with pytest.raises(Killed):
        run(f"import_{kind}", write(tmp_path, KINDS[kind]))
    assert Touch.objects.count() + StageChange.objects.count() == 6
    monkeypatch.setitem(batches.TAKE, kind, whole)

    run_jobs()

    assert counts(ImportBatch.objects.get(kind=kind).result) == (10, 0, 0, 0)
    assert Touch.objects.count() + StageChange.objects.count() == 10
    assert Suppression.objects.count() == (5 if kind == "history" else 0)


def test_a_dry_run_sees_what_earlier_chunks_would_have_made(tmp_path):
    text = "email\n" + "a@example.com\n" * 8
    assert counts(run("import_leads", write(tmp_path, text), "--dry-run").result) == (1, 0, 7, 0)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_kills_at_any_moment_lose_and_double_nothing(tmp_path):
    rows = [f"{n},p{n % 90_000}@example.com,2024-01-{n % 28 + 1:02d}\n" for n in range(120_000)]
    file = write(tmp_path, "external_id,email,reached.mql\n" + "".join(rows))
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    command = [sys.executable, "manage.py", "import_leads", str(file), "--json"]
    for _ in range(6):
        process = start(command, tmp_path)
        await_chunks(chunks_done() + dice.randrange(3), process)
        time.sleep(dice.uniform(0, 0.1))  # the chunk under way is hit anywhere
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL, f"seed {seed}: it ended before it was killed"

    out, said = start(command, tmp_path).communicate()

    result = json.loads(out)
    assert counts(result) == (90_000, 30_000, 0, 0), f"seed {seed}: {said}"
    assert (Lead.objects.count(), ExternalId.objects.count()) == (90_000, 120_000)


def chunks_done() -> int:
    return JobChunk.objects.filter(done_at__isnull=False).count()


def await_chunks(wanted: int, process: subprocess.Popen) -> None:
    """Until so many chunks are stored and the import is at work, however fast the machine is."""
    while chunks_done() < wanted or not Job.objects.filter(finished_at__isnull=True).exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def start(command: list[str], data) -> subprocess.Popen:
    own = connection.settings_dict
    host = quote(str(own["HOST"]), safe="")
    port = f":{own['PORT']}" if own["PORT"] else ""
    url = f"postgres://{own['USER']}:{quote(str(own['PASSWORD']), safe='')}@{host}{port}/{own['NAME']}"
    environment = {**os.environ, "DATABASE_URL": url, "SMARKETING_DATA_DIR": str(data)}
    return subprocess.Popen(
        command,
        cwd=django_settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
