"""`python -m pictures` (or `make pictures`): the homes, light and dark, into docs/pictures."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pictures import demo, shots


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m pictures", description=__doc__)
    parser.add_argument("--url", help="a demo that runs already, such as http://127.0.0.1:8000")
    parser.add_argument("--password", help="the password that it told")
    parser.add_argument("--out", type=Path, default=shots.OUT, help="another folder")
    given = parser.parse_args()
    if bool(given.url) != bool(given.password):
        parser.error("give --url and --password together")
    if given.url:
        files = shots.take(given.url.rstrip("/"), given.password, given.out)
    else:
        print("Starting a demo company …")
        with demo.started() as (url, password):
            files = shots.take(url, password, given.out)
    total = sum(path.stat().st_size for path in files)
    for path in files:
        print(f"{path.stat().st_size / 1000:6.0f} kB  {path}")
    if total > shots.MOST:
        print(
            f"{total / 1000:,.0f} kB are too much for a README: at most {shots.MOST / 1000:,.0f} kB.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
