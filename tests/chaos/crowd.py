"""Gate 4: eight at once want the same leads, and the same turn."""

from __future__ import annotations

import multiprocessing
import random
import signal
from collections import Counter
from datetime import timedelta

from django.db import connections
from django.utils.timezone import now

from leads import handover
from leads.models import Assignment, Handover, Lead
from sla.tasks import tick
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Refusal
from tests.chaos import society, verdicts
from tests.chaos.ground import Ground

REPS, AT_HAND = 8, 24


def run(ground: Ground, *, full: bool) -> dict[str, float]:
    claims, turns = (10_000, 4_000) if full else (200, 160)
    reps = society.found(REPS)
    an_hour_ago = now() - timedelta(hours=1)
    society.add_leads(claims, an_hour_ago, now(), reps=[], recorded=an_hour_ago)
    counts = at_once(claim_all, [(rep.pk, ground.random.random()) for rep in reps])
    first = judge_claims(claims, counts)
    society.add_leads(turns, an_hour_ago, now(), reps=[], stage="visitor", recorded=an_hour_ago)
    visitors = list(Lead.objects.filter(stage="visitor").values_list("pk", flat=True))
    at_once(qualify_all, [(visitors[n::REPS],) for n in range(REPS)])
    tick()
    return first | judge_turns(turns) | verdicts.of_the_books()


def at_once(act, arguments: list[tuple]) -> list[int]:
    """Each call in a process of its own, all at the same time."""
    connections.close_all()
    # Told to end, they end at once: our own way out, which they inherit, stops servers and can wait for ever there.
    die = {"initializer": signal.signal, "initargs": (signal.SIGTERM, signal.SIG_DFL)}
    with multiprocessing.get_context("fork").Pool(len(arguments), **die) as pool:
        return pool.starmap(act, arguments, chunksize=1)


def claim_all(rep: int, seed: float) -> int:
    """Claim, of the oldest that nobody owns, one at random, until there is none; how many were got."""
    me, mine, dice = User.objects.get(pk=rep), 0, random.Random(seed)
    while free := list(
        Lead.objects.filter(stage="mql", owner=None).order_by("pk").values_list("pk", flat=True)[:AT_HAND]
    ):
        try:
            handover.claim(dice.choice(free), by=me)
            mine += 1
        except Refusal:
            continue  # somebody was faster
    return mine


def qualify_all(leads: list[int]) -> int:
    for pk in leads:
        handover.qualify(pk, by=None)
    return len(leads)


def judge_claims(claims: int, counts: list[int]) -> dict[str, float]:
    opened = Counter(Handover.objects.filter(ended_at=None).values_list("lead", flat=True))
    claimed = Counter(Assignment.objects.filter(rule="claimed").values_list("lead", flat=True))
    owned = dict(Lead.objects.values_list("pk", "owner"))
    theirs = dict(Handover.objects.values_list("lead", "rep"))
    print(f"  {sum(counts):,} claims by {len(counts)} reps: {min(counts):,} to {max(counts):,} each")
    return {
        "claims that two reps were granted": sum(counts) - len(claimed),
        "leads claimed twice": sum(n > 1 for n in claimed.values()) + sum(n > 1 for n in opened.values()),
        "leads left unclaimed": claims - len(claimed),
        "leads whose hand-over is somebody else's": sum(owned[pk] != rep for pk, rep in theirs.items()),
    }


def judge_turns(turns: int) -> dict[str, float]:
    given = Counter(Assignment.objects.filter(rule="round_robin").values_list("owner", flat=True))
    print(
        f"  {sum(given.values()):,} turns among {len(given)} reps: {min(given.values()):,} to "
        f"{max(given.values()):,} each"
    )
    return {
        "turns lost": turns - sum(given.values()),
        "turns unequal by more than one": max(0, max(given.values()) - min(given.values()) - 1),
    }
