"""What is promised while nothing is signed: one template of four promises, in force from the beginning."""

from __future__ import annotations

from django.db import transaction

from sla.models import Agreement, Commitment

TEMPLATE = [
    {
        "key": "decide",
        "name": "Decide on an MQL",
        "team": "sales",
        "kind": "response",
        "starts_on": "mql",
        "stops_on": "decision",
        "within_minutes": 4 * 60,
    },
    {
        "key": "first-contact",
        "name": "First contact after acceptance",
        "team": "sales",
        "kind": "response",
        "starts_on": "sal",
        "stops_on": "first_contact",
        "within_minutes": 8 * 60,
    },
    {
        "key": "hand-overs",
        "name": "Hand-overs to sales",
        "team": "marketing",
        "kind": "volume",
        "measure": "handovers",
        "target": 100,
        "period": "month",
    },
    {
        "key": "real-contacts",
        "name": "Prospects with a real contact",
        "team": "sales",
        "kind": "volume",
        "measure": "real_contacts",
        "target": 20,
        "period": "week",
    },
]


def ensure_default() -> None:
    """Make the default agreement where there is none; two who do it at once make one."""
    if Agreement.objects.exists():
        return
    with transaction.atomic():
        Agreement.objects.bulk_create([Agreement(version=0)], ignore_conflicts=True)
        agreement = Agreement.objects.get(version=0)
        promises = [Commitment(agreement=agreement, **promise) for promise in TEMPLATE]
        Commitment.objects.bulk_create(promises, ignore_conflicts=True)
