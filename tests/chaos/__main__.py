"""`python -m tests.chaos`: run gates under faults; exit 1 when one of them finds anything wrong."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable
from time import monotonic

from tests.chaos.ground import ground

ALONE = "SMARKETING_CHAOS_ALONE"
GATES = {
    "1": "promises fall due while workers are killed and Redis forgets everything",
    "2": "mails go out while Redis forgets everything and workers are killed",
    "4": "eight reps claim the same leads, and take turns",
    "17": "hosts whose clocks are wrong by five minutes",
    "18": "nothing ran for three days",
    "24": "a database of the first version is migrated while people write, and migrate is killed",
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos",
        description="Faults on purpose, on servers of the run's own.",
        epilog="; ".join(f"{number}: {what}" for number, what in GATES.items()),
    )
    parser.add_argument("--gate", action="append", choices=GATES, metavar="GATE", help="may be repeated")
    parser.add_argument("--seed", type=int, help="of the faults; one that failed comes again")
    parser.add_argument("--small", action="store_true", help="the size that the slow tests run")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end with us
    seed = options.seed if options.seed is not None else secrets.randbelow(10**6)
    failed = [gate for gate in options.gate or GATES if not passes(gate, seed, full=not options.small)]
    if ALONE not in os.environ:
        print(f"Failed: {', '.join(failed)}." if failed else "All hold.")
    sys.exit(1 if failed else 0)


def passes(gate: str, seed: int, *, full: bool) -> bool:
    """Run one gate in a process of its own, for Django looks at one database only."""
    if ALONE not in os.environ:
        line = [sys.executable, "-m", "tests.chaos", "--gate", gate, "--seed", str(seed)]
        given = {**os.environ, ALONE: "1"}
        child = subprocess.Popen(line + ([] if full else ["--small"]), env=given)
        try:
            return child.wait() == 0
        except BaseException:
            child.terminate()  # and not killed: it has servers to stop
            child.wait()
            raise
    start = monotonic()
    print(f"Gate {gate}: {GATES[gate]}. Seed {seed}.", flush=True)
    with ground(seed) as made:
        wrong = {what: count for what, count in measure(gate)(made, full=full).items() if count}
    for what, count in wrong.items():
        print(f"  WRONG: {what}: {count:g}")
    print(f"  {'failed' if wrong else 'holds'}, {monotonic() - start:.0f} s", flush=True)
    return not wrong


def measure(gate: str) -> Callable[..., dict[str, float]]:
    """Imported late: the models need Django to be set up."""
    from tests.chaos import clocks, crowd, letters, sweep, upgrade

    runs = {"1": sweep.run, "2": letters.run, "4": crowd.run, "17": clocks.skew, "18": clocks.downtime}
    return (runs | {"24": upgrade.run})[gate]


if __name__ == "__main__":
    main()
