"""The benchmarks run and tell a ratio for every figure; how large it is, only a run on a quiet machine says."""

import json
import subprocess
import sys

import pytest

from benchmarks.__main__ import FIGURES
from benchmarks.results import Result, at_least, at_most, table
from tests.house.test_layers import ROOT


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *options], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_every_figure_is_measured_beside_its_floor():
    done = run("--scale", "0.002", "--json")
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)

    assert {result["figure"] for result in results} == set(FIGURES)
    assert all(result["ratio"] > 0 for result in results if result["floor"] is not None)
    assert {result["figure"] for result in results if result["floor"] is not None} == set(FIGURES)


def test_a_figure_that_does_not_exist_is_wrong_usage():
    done = run("--only", "nothing")

    assert done.returncode == 2
    assert "invalid choice: 'nothing'" in done.stderr


def test_the_table_says_which_targets_are_reached():
    lines = table(
        [
            at_least("7", "moves", "per s", 100, 25, 0.22),
            at_most("9", "report", "ms", 100, 140, 1.3),
            Result("8", "memory", "MB", None, 88.4, "≤ 300", True),
        ]
    ).splitlines()

    assert [cell.strip() for cell in lines[2].split("|")[1:-1]] == [
        "7", "moves", "100", "25", "per s", "0.25", "≥ 0.22 ×", "yes",
    ]  # fmt: skip
    assert lines[3].rstrip(" |").endswith("NO")
    assert "| —" in lines[4]
