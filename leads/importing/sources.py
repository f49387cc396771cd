"""A stored file with all that is needed to read any part of it: rebuilt from the job's row, in any process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from leads.importing.dates import Moments
from leads.importing.plans import Plan

FOLDER = "imports"


def folder() -> Path:
    """Where files wait and stay; readable by nobody else."""
    path = Path(settings.MEDIA_ROOT) / FOLDER
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


@dataclass
class Source:
    """`name` is the (source, external id) half of identity; `zone` the organisation's."""

    batch_id: int
    path: Path
    plan: Plan
    delimiter: str
    name: str
    currency: str
    overwrite: bool
    zone: tzinfo
    moments: Moments

    @classmethod
    def load(cls, options: dict) -> Source:
        """From what `batches` wrote into the job."""
        zone = ZoneInfo(options["zone"])
        moments = Moments(
            order=options["date_order"], day_zone=zone, time_zone=ZoneInfo(options["time_zone"])
        )
        plan = Plan(options["kind"], options["header"], options["columns"], options["constants"])
        return cls(
            batch_id=options["batch"],
            path=folder() / options["file"],
            plan=plan,
            delimiter=options["delimiter"],
            name=options["source"],
            currency=options["currency"],
            overwrite=options["overwrite"],
            zone=zone,
            moments=moments,
        )
