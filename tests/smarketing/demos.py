"""The demo company as tests make it: small, and at a moment of their own."""

from datetime import UTC, datetime
from pathlib import Path

from smarketing.demo import company

WEDNESDAY = datetime(2026, 7, 8, 13, 5, tzinfo=UTC)
SIZE = 600


def seed(folder: Path, *, leads: int = SIZE, number: int = 1, moment: datetime = WEDNESDAY) -> company.Told:
    logins = folder / "run" / "demo.json"
    return company.seed(
        leads=leads, seed=number, moment=moment, logins_file=logins, progress=lambda done: None
    )
