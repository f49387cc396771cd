"""Promises hold while everything burns: each gate in its short form. `make chaos` runs them in full."""

import os
import subprocess
import sys

import pytest

from smarketing.embedded.datadir import PROJECT
from tests.chaos.ground import FOREIGN

pytestmark = pytest.mark.slow
LONGEST = 900  # seconds; a gate that hangs fails instead of holding everything up


def burn(gate: str) -> subprocess.CompletedProcess[str]:
    """Run one gate beside us, on servers of its own; its seed is in what it says."""
    environment = {
        key: value for key, value in os.environ.items() if key not in (*FOREIGN, "STATIC_UNHASHED")
    }
    return subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--small", "--gate", gate],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=LONGEST,
    )


def holds(gate: str) -> bool:
    done = burn(gate)
    print(done.stdout)  # shown by pytest when it fails, with the seed that makes it fail again
    return done.returncode == 0


def test_every_broken_promise_is_told_once_while_workers_are_killed_and_redis_forgets():
    assert holds("1")


def test_every_mail_arrives_while_redis_is_wiped_and_a_repeat_has_the_same_message_id():
    assert holds("2")


def test_no_lead_is_claimed_twice_and_turns_stay_equal_when_eight_act_at_once():
    assert holds("4")


def test_a_host_whose_clock_is_wrong_sweeps_as_the_others_do():
    assert holds("17")


def test_after_three_days_of_silence_everybody_gets_one_digest_and_no_stale_warning():
    assert holds("18")


def test_people_write_while_their_database_is_migrated_and_the_run_is_killed():
    assert holds("24")
