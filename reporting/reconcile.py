"""Proving that the ledger balances and that no lead vanished: every reading against the rows it is read from."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.utils.timezone import now

from leads.models import Handover, Lead
from reporting.proofs import clocks, handovers, standings
from reporting.proofs.facts import Check, Offender, facts
from reporting.snapshot import snapshot

NAMED = 100  # offenders of one check that are told by id; all are counted
PORTION = 50_000  # leads whose history is read at once
CHECKS = [*handovers.CHECKS, standings.AS_HISTORY_SAYS, *standings.CHECKS, clocks.AS_HISTORY_SAYS]
SENTENCES = {check.code: check.says for check in CHECKS}


@dataclass
class Finding:
    """What does not hold: how often, and the first of those it does not hold for."""

    code: str
    count: int = 0
    offenders: list[Offender] = field(default_factory=list)

    @property
    def says(self) -> str:
        return SENTENCES[self.code]

    def add(self, count: int, offenders: Sequence[Offender]) -> None:
        self.count += count
        self.offenders += offenders[: NAMED - len(self.offenders)]


@dataclass(frozen=True)
class Proof:
    """One look at the whole database: how much there was to prove, and what does not hold."""

    proved_at: datetime
    seconds: float
    leads: int
    handovers: int
    findings: list[Finding]

    @property
    def differences(self) -> int:
        return sum(finding.count for finding in self.findings)

    @property
    def balances(self) -> bool:
        return not self.findings


def prove(moment: datetime | None = None) -> Proof:
    """Try every check on one state of the database; writes nothing."""
    started = time.monotonic()
    with snapshot():
        leads, delivered = Lead.objects.count(), Handover.objects.counted().count()
        findings = [found for check in CHECKS if (found := _try(check)).count]
    return Proof(moment or now(), round(time.monotonic() - started, 1), leads, delivered, findings)


def _try(check: Check) -> Finding:
    finding, offends = Finding(check.code), check.offends
    if isinstance(offends, str) and "%(leads)s" not in offends:
        finding.add(*_told(offends, {}))
        return finding
    for portion in _portions():
        if isinstance(offends, str):
            finding.add(*_told(offends, {"leads": portion}))
        else:
            found = offends(portion)
            finding.add(len(found), found)
    return finding


def _told(offends: str, parameters: dict[str, list[int]]) -> tuple[int, list[Offender]]:
    """How many offend, and the first of them."""
    sql = f"""
    {facts()} SELECT lead_id, about, count(*) OVER () FROM ({offends}) offending
    ORDER BY lead_id, about LIMIT {NAMED}
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows = cursor.fetchall()
    return rows[0][2] if rows else 0, [Offender(lead, about) for lead, about, _ in rows]


def _portions() -> Iterator[list[int]]:
    """All leads, by their ids."""
    last = 0
    while portion := list(
        Lead.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:PORTION]
    ):
        yield portion
        last = portion[-1]
