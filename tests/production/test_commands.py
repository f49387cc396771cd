"""The commands that containers call: each tells in a sentence how it went."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils.timezone import now

from smarketing import programs
from smarketing.embedded.address import Address
from smarketing.embedded.application import processes
from smarketing.embedded.datadir import DataDir
from smarketing.foundation.models import Heartbeat
from smarketing.management.commands import run


def said(*line: str) -> str:
    out = StringIO()
    call_command(*line, stdout=out)
    return out.getvalue().strip()


@pytest.mark.parametrize("program, row", [("worker", "tick"), ("beat", "beat")])
def test_a_program_is_healthy_while_its_heartbeat_is_young(db, program, row):
    with pytest.raises(CommandError, match=f"The {program} has never left a sign of life."):
        said("heartbeat", program)

    Heartbeat.beat(row, now())
    assert said("heartbeat", program).startswith(f"The {program} left a sign of life ")

    Heartbeat.beat(row, now() - timedelta(minutes=2))
    with pytest.raises(CommandError, match=f"The {program} left its last sign of life 12[0-9] s ago."):
        said("heartbeat", program)


def test_containers_and_up_call_the_programs_in_the_same_way(monkeypatch, settings, tmp_path):
    called: list[list[str]] = []
    monkeypatch.setattr(run.os, "execv", lambda path, argv: called.append(argv))
    monkeypatch.setattr(run.tempfile, "gettempdir", lambda: str(tmp_path / "run"))
    settings.DATA_DIR = tmp_path

    for name in programs.NAMES:
        call_command("run", name, bind=Address("0.0.0.0", 8000))

    by_up = processes(DataDir(tmp_path), {}, Address("0.0.0.0", 8000))
    assert called == [[str(word) for word in process.argv] for process in by_up]
