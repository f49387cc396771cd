"""Gate 2: mails go out while Redis forgets everything and workers are killed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic, sleep

from django.db import transaction
from django.utils.timezone import now

from leads.deliveries import NEW_LEAD
from leads.models import Handover
from smarketing.foundation import outbox
from smarketing.foundation.models import OutboxItem
from tests.chaos import society, verdicts
from tests.chaos.ground import Ground, at_random

PROCESSES = 2  # of one worker: a kill may meet as many letters between sending and noting


@dataclass(frozen=True)
class Size:
    letters: int
    kills: int
    wipes: int
    seconds: int


SMALL = Size(letters=600, kills=3, wipes=2, seconds=9)
FULL = Size(letters=20_000, kills=12, wipes=9, seconds=180)


def run(ground: Ground, *, full: bool) -> dict[str, float]:
    size = FULL if full else SMALL
    reps = society.found(10)
    society.add_leads(size.letters, now() - timedelta(minutes=9), now(), reps=reps, recorded=now())
    keys = plan()
    ground.work(workers=2, beats=2, apart=3)
    at_random(ground, size.seconds, {ground.kill: size.kills, ground.wipe: size.wipes}, lambda: None)
    drain(size)
    ground.rest()
    return judge(ground, keys) | verdicts.of_the_books()


@transaction.atomic
def plan() -> set[str]:
    """One mail for each hand-over, as the act plans it."""
    pairs = [(f"new-lead-{pk}", {"handover": pk}) for pk in Handover.objects.values_list("pk", flat=True)]
    outbox.put_many(NEW_LEAD, pairs, available_at=now())
    return {key for key, _ in pairs}


def drain(size: Size) -> None:
    """Wait while letters go out; those in the hands of the killed wait for their lease, which is two minutes."""
    waiting = OutboxItem.objects.filter(done_at=None)
    until = monotonic() + size.letters / 20 + 30
    while waiting.filter(attempts=0).exists() and monotonic() < until:
        sleep(0.3)
    sleep(3)
    outbox.deliver(now() + timedelta(hours=2), limit=size.letters)


def judge(ground: Ground, keys: set[str]) -> dict[str, float]:
    lines = [[str(m[name]) for name in ("Message-ID", "To", "Subject")] for m in ground.sink.messages()]
    mine = [line for line in lines if line[0].startswith("<new-lead-")]
    sent = Counter(identity.removeprefix("<").removesuffix("@smarketing>") for identity, _, _ in mine)
    repeats = sum(sent.values()) - len(sent)
    words: dict[str, set[tuple[str, str]]] = {}
    for identity, to, subject in mine:
        words.setdefault(identity, set()).add((to, subject))
    allowed = ground.kills * PROCESSES
    print(f"  {len(sent):,} letters arrived, {repeats} of them again; {ground.kills} kills allow {allowed}")
    return {
        "letters lost": len(keys - set(sent)),
        "letters nobody planned": len(set(sent) - keys),
        "more repeats than kills explain": max(0, repeats - allowed),
        "one Message-ID for two letters": sum(len(said) > 1 for said in words.values()),
        "given up": OutboxItem.objects.exclude(dead_at=None).count(),
        "not marked as sent": OutboxItem.objects.filter(topic=NEW_LEAD, done_at=None).count(),
    }
