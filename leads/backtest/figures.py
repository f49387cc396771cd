"""The numbers of a back-test: each is a condition on its rows, so that the number and the leads behind it agree."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet

from leads.models.back_test import BackTest, BackTestLead

How, Outcome = BackTestLead.How, BackTestLead.Outcome
WAS = Q(handed_at__isnull=False)
MET = Q(met_at__isnull=False, stopped=False)
BY_RULE = Q(how=How.CRITERIA)
KEPT = WAS & (~BY_RULE | Q(met_at__isnull=False))  # a marketer's word and an import stand whatever the rules
MISSED = WAS & BY_RULE & Q(met_at=None)
ADDED = Q(handed_at=None) & MET
ACCEPTED = Q(outcome__in=[Outcome.ACCEPTED, Outcome.WON])

OUTCOMES: dict[str, Q] = {
    "": Q(),
    "won": Q(outcome=Outcome.WON),
    "accepted": ACCEPTED,
    "rejected": Q(outcome=Outcome.REJECTED),
    "returned": Q(outcome=Outcome.RETURNED),
    "open": Q(outcome=Outcome.OPEN),
}
GROUPS: dict[str, Q] = {"was": WAS, "kept": KEPT, "missed": MISSED}
FIGURES: dict[str, Q] = {
    **{
        f"{group}_{outcome}".rstrip("_"): condition & which
        for group, condition in GROUPS.items()
        for outcome, which in OUTCOMES.items()
    },
    "added": ADDED,
    "would": KEPT | ADDED,
    "by_hand": WAS & Q(how=How.HAND),
    "imported": WAS & Q(how=How.OTHER),
    "by_rule": WAS & BY_RULE,
    "same_rule": WAS & BY_RULE & Q(met_before=True),
    "stopped": Q(handed_at=None, met_at__isnull=False, stopped=True),
}


def count(test: BackTest) -> dict[str, Any]:
    """Every figure: hand-overs, of which a lead may have had two."""
    counted = {name: Count("pk", filter=condition) for name, condition in FIGURES.items()}
    return BackTestLead.objects.filter(back_test=test).aggregate(**counted)


def behind(test: BackTest, name: str) -> QuerySet[BackTestLead]:
    """The rows behind a figure; raises `KeyError` for one that does not exist."""
    return BackTestLead.objects.filter(FIGURES[name], back_test=test)
