"""The proof of the day: made once, kept for ever, shown beside the ledger."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, time
from decimal import Decimal

from reporting import reconcile
from reporting.models import LedgerProof
from smarketing.foundation.models import Organisation

HOUR = time(3, 20)  # local: after the day's last file and before anybody reads the ledger


def prove_today(moment: datetime) -> LedgerProof | None:
    """Prove the ledger and keep the result, unless this local day has one already or has not come so far.

    May be called as often as one likes: late, twice or at once it leaves one row a day.
    """
    organisation = Organisation.find()
    if organisation is None:
        return None
    local = moment.astimezone(organisation.zone)
    if local.time() < HOUR or LedgerProof.objects.filter(day=local.date()).exists():
        return None
    proof = reconcile.prove(moment)
    row = LedgerProof(
        day=local.date(),
        proved_at=proof.proved_at,
        seconds=Decimal(str(proof.seconds)),
        leads=proof.leads,
        handovers=proof.handovers,
        differences=proof.differences,
        findings=[
            {
                "check": finding.code,
                "count": finding.count,
                "offenders": [asdict(offender) for offender in finding.offenders],
            }
            for finding in proof.findings
        ],
    )
    LedgerProof.objects.bulk_create([row], ignore_conflicts=True)
    return LedgerProof.objects.get(day=row.day)
