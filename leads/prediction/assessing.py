"""The probability of leads in work and what it rests on, from stored weights: reading needs no scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from math import exp
from typing import Any

from django.db import connection
from django.db.models import Q

from leads.models import CloseModel, Lead, LeadScore
from leads.prediction import features, hand_overs
from leads.stages import Stage, Standing

BATCH = 10_000
LATELY = timedelta(days=1)  # how far back `follow` looks for new hand-overs
MOST_REASONS = 3  # for, and as many against
WORTH_SAYING = 0.05  # of log-odds: what adds less is no reason

_WRITE = """
UPDATE leads_leadscore s SET probability = n.probability, model_id = %(model)s
FROM unnest(%(leads)s::bigint[], %(probabilities)s::float8[]) AS n (lead_id, probability)
WHERE s.lead_id = n.lead_id
"""


@dataclass(frozen=True)
class Reason:
    """What a group of facts adds for this lead, beside the average one: as a factor of the odds."""

    group: str
    level: str
    odds: float


@dataclass(frozen=True)
class Chance:
    """A lead's probability as of its hand-over, the strongest reasons for and against first."""

    probability: float
    model: CloseModel
    reasons_for: list[Reason]
    against: list[Reason]


def current() -> CloseModel | None:
    """The latest training, whether its probabilities are shown or withheld."""
    return CloseModel.objects.order_by("-trained_at", "-pk").first()


def assess(model: CloseModel | None, lead_ids: Sequence[int]) -> int:
    """Write the probability of these leads in work, as far as they have a score; answers of how many."""
    if model is None or model.withheld:
        return 0
    written = 0
    for start in range(0, len(lead_ids), BATCH):
        found = {
            one.lead: probability(one, model.weights)
            for one in hand_overs.latest(lead_ids[start : start + BATCH])
        }
        with connection.cursor() as cursor:
            parameters = {"model": model.pk, "leads": list(found), "probabilities": list(found.values())}
            cursor.execute(_WRITE, parameters)  # type: ignore[arg-type]  # lists are arrays
            written += cursor.rowcount
    return written


def assess_all(model: CloseModel) -> int:
    """Every lead in work by this model; no other lead keeps a probability."""
    written = assess(model, hand_overs.in_work())
    LeadScore.objects.exclude(probability=None).exclude(_in_work() & Q(model=model)).update(
        probability=None, model=None
    )
    return written


def follow(moment: datetime) -> int:
    """Leads handed over since yesterday that the model in use has not seen; answers how many."""
    model = current()
    if model is None or model.withheld:
        return 0
    new = Lead.objects.alive().filter(
        stage=Stage.MQL, standing=Standing.ACTIVE, stage_since__gte=moment - LATELY, score__isnull=False
    )
    waiting = new.exclude(score__model=model.pk, score__model__isnull=False)
    return assess(model, list(waiting.order_by("pk").values_list("pk", flat=True)[:BATCH]))


def chance(lead: Lead) -> Chance | None:
    """The probability and its reasons, by the model that the stored number comes from; None where there is none."""
    score = getattr(lead, "score", None)
    if score is None or score.probability is None or not hand_overs.is_in_work(lead):
        return None
    one = hand_overs.latest_of(lead.pk)
    model = model_of(score.model_id)
    if one is None or model is None:
        return None
    told = features.said(one, model.weights)
    reasons = [
        Reason(group, features.told(one, group), exp(adds))
        for group, adds in sorted(told.items(), key=lambda pair: -abs(pair[1]))
        if abs(adds) >= WORTH_SAYING
    ]
    return Chance(
        probability=score.probability,
        model=model,
        reasons_for=[reason for reason in reasons if reason.odds > 1][:MOST_REASONS],
        against=[reason for reason in reasons if reason.odds < 1][:MOST_REASONS],
    )


@lru_cache(maxsize=16)  # a training is never changed after it is kept
def model_of(pk: int) -> CloseModel | None:
    return CloseModel.objects.filter(pk=pk).first()


def probability(one: hand_overs.HandOver, weights: Mapping[str, Any]) -> float:
    return 1 / (1 + exp(-weights["intercept"] - sum(features.said(one, weights).values())))


def _in_work() -> Q:
    return Q(
        lead__stage__in=[Stage.MQL, Stage.SAL, Stage.SQL],
        lead__standing=Standing.ACTIVE,
        lead__merged_into=None,
    )
