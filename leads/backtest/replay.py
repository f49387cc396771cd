"""Some leads replayed: at each touch of the window, would this document have handed them over?

As in life a lead is looked at when it touches us or a fact of it is corrected, as of that moment: touches in their
windows, scores decayed, returns counted. Its facts are those known today, as the history of facts is young.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from leads import bars, rules
from leads.backtest.points import Scorer
from leads.backtest.rounds import How, Round, rounds
from leads.criteria import criteria_of
from leads.definitions import Document
from leads.models import FactChange, Lead, StageChange, Touch
from leads.models.back_test import BackTestLead
from leads.rules.snapshots import Snapshot
from leads.stages import Stage


@dataclass(frozen=True)
class Window:
    """The days that are replayed, both ends included."""

    since: datetime
    until: datetime


class Reader:
    """Asks of one document whether a lead would have been handed over, and when."""

    def __init__(self, document: Document, catalogue: rules.Catalogue) -> None:
        self.scorer = Scorer(document, catalogue)
        self.criteria = [criterion.rule for criterion in criteria_of(document)]
        self.asks_scores = any(name.startswith("score.") for rule in self.criteria for name in rule.facts())

    def met_at(self, lead: Snapshot, of: Round, moments: Sequence[datetime]) -> datetime | None:
        """The first of these moments at which every criterion was met."""
        then = as_of(lead, of)
        facts = worths = None
        for moment in moments:
            if of.returned_at is not None and not _touched_since(then, of.returned_at, moment):
                continue
            seen = then
            if self.asks_scores:
                facts = self.scorer.facts(then, moment) if facts is None else facts
                worths = self.scorer.worths(then) if worths is None else worths
                scored = self.scorer.score(then, moment, facts, worths)
                seen = replace(then, columns={**then.columns, **scored})
            if all(rules.matches(rule, seen, moment) for rule in self.criteria):
                return moment
        return None


def as_of(lead: Snapshot, of: Round) -> Snapshot:
    """The lead as it stood in that round, before it was handed over."""
    place = {
        "stage": str(Stage.VISITOR),
        "standing": str(of.standing),
        "stage_since": of.start,
        "returned_at": of.returned_at,
    }
    return replace(lead, columns={**lead.columns, **place})


def _touched_since(lead: Snapshot, returned: datetime, moment: datetime) -> bool:
    """After a return it takes a touch of marketing to be handed over again."""
    return any(returned < seen.at <= moment and seen.team == Touch.Team.MARKETING for seen in lead.touches)


def replay(
    lead_ids: Sequence[int], window: Window, proposed: Reader, before: Reader
) -> Iterator[BackTestLead]:
    """A row without its back-test for each round in which one of these leads was or would have been handed over."""
    moments = _moments(lead_ids, window)
    handed = _handed(lead_ids, window)
    alive = list(
        Lead.objects.alive().filter(pk__in={*moments, *handed}).order_by("pk").values_list("pk", flat=True)
    )
    leads = rules.snapshots(alive, window.until)
    history = rounds(alive, window.until)
    barred = bars.barred(alive, window.until) if alive else {}
    for pk in alive:
        for of in history.get(pk, ()):
            row = _row(leads[pk], of, moments.get(pk, []), window, proposed, before)
            if row is not None:
                row.stopped = row.handed_at is None and pk in barred
                yield row


def _row(
    lead: Snapshot, of: Round, moments: Sequence[datetime], window: Window, proposed: Reader, before: Reader
) -> BackTestLead | None:
    if of.handed_at is not None and of.handed_at < window.since:
        return None  # with sales before the window began
    within = [at for at in moments if at >= of.start and (of.end is None or at < of.end)]
    met_at = proposed.met_at(lead, of, within)
    if met_at is None and of.handed_at is None:
        return None
    by_rule = of.how == How.CRITERIA
    met_before = before.met_at(lead, of, within) is not None if by_rule else False
    return BackTestLead(
        lead_id=lead.lead_id,
        handed_at=of.handed_at,
        met_at=met_at,
        how=of.how,
        outcome=of.outcome,
        met_before=met_before,
    )


def _moments(lead_ids: Sequence[int], window: Window) -> dict[int, list[datetime]]:
    """When something happened to each lead that makes the product look at it: imports do not."""
    span = {"lead__in": lead_ids, "at__gte": window.since, "at__lte": window.until}
    found = defaultdict(set)
    for rows in (Touch.objects.filter(batch=None, **span), FactChange.objects.filter(batch=None, **span)):
        for lead, at in rows.order_by().values_list("lead_id", "at"):
            found[lead].add(at)
    return {lead: sorted(at) for lead, at in found.items()}


def _handed(lead_ids: Sequence[int], window: Window) -> set[int]:
    rows = StageChange.objects.filter(
        lead__in=lead_ids, to_stage=Stage.MQL, at__gte=window.since, at__lte=window.until
    )
    return set(rows.order_by().values_list("lead_id", flat=True))
