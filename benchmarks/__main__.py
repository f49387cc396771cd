"""`python -m benchmarks`: choose figures and size, start servers, measure, print."""

from __future__ import annotations

import argparse
import signal
import sys
from time import perf_counter

from benchmarks.results import Result, as_json, table
from benchmarks.servers import servers

FIGURES = {
    "1": "lists of 50 rows over HTTP",
    "2": "the lead list at ten times the leads",
    "3": "queries per page and act",
    "4": "search by the beginning of a word",
    "5": "the page of one lead over HTTP",
    "6": "leads entered by hand over HTTP",
    "7": "stage moves over HTTP",
    "8": "import of a file of leads",
    "9": "the exact closed loop",
    "10": "the sweep of deadlines, and the arithmetic of working time",
    "scores": "every lead scored anew",
    "routing": "leads handed to reps",
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Each figure beside its floor, in one run on servers of its own.",
        epilog="; ".join(f"{name}: {what}" for name, what in FIGURES.items()),
    )
    parser.add_argument("--only", action="append", choices=FIGURES, metavar="FIGURE", help="may be repeated")
    parser.add_argument(
        "--scale",
        type=scale,
        default=1.0,
        help="of leads and rows, or `full`; no company gets over 1,000,000",
    )
    parser.add_argument("--json", action="store_true", help="one JSON list instead of the table")
    return parser.parse_args()


def scale(text: str) -> float:
    """`full` is ten: 1,000,000 leads."""
    number = 10.0 if text == "full" else float(text)
    if not 0.001 <= number <= 10:
        raise argparse.ArgumentTypeError("a number from 0.001 to 10")
    return number


def main() -> None:
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end with us
    with servers():
        results = measure(options.only or list(FIGURES), options.scale)
    print(as_json(results) if options.json else table(results))


def measure(figures: list[str], scale: float) -> list[Result]:
    from benchmarks.databases import Databases
    from benchmarks.figures import MEASURES

    databases, results = Databases(), []
    for figure in sorted(set(figures), key=list(FIGURES).index):
        start = perf_counter()
        results += MEASURES[figure](databases, scale)
        print(
            f"Figure {figure}: {FIGURES[figure]}, measured in {perf_counter() - start:.0f} s", file=sys.stderr
        )
    return results


if __name__ == "__main__":
    main()
