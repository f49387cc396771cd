"""Sweeps that overlap with each other and with people at work end where one sweep afterwards would."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Sum
from django.utils.timezone import now

from leads import activities, handover, undo
from leads.models import Lead
from leads.stages import Stage
from sla import clocks, tasks
from sla.models import Alert, Clock, Deadline
from smarketing.foundation.models import Absence, Calendar, User
from smarketing.foundation.refusals import Forbidden, Refusal
from tests.conftest import make_organisation
from tests.factories import ALL_HOURS, make_lead, make_user

HOUR = timedelta(hours=1)


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_with_each_other_and_with_people_come_to_the_same():
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    print(f"SEED={seed} chooses the same acts")  # noqa: T201 - shown when the test fails
    make_organisation()
    Calendar.objects.update(week=ALL_HOURS)
    reps, head = [make_user("rep") for _ in range(3)], make_user("sales_head")
    ages = [HOUR, 3.5 * HOUR, 5 * HOUR]
    leads = [make_lead(stage=Stage.MQL, owner=reps[n % 3], since=now() - ages[n % 3]).pk for n in range(12)]

    people = [worker(random.Random(seed + n), leads, reps, head) for n in range(2)]
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(on_own_connection, one, times) for one, times in
                     [*((person, 40) for person in people), (sweep_now, 25), (sweep_now, 25)]]:  # fmt: skip
            done.result()
    tasks.sweep(now() + HOUR)

    assert clocks.reconcile(now()) == 0
    found = state()
    fired = Deadline.objects.exclude(fired_at=None).values_list("owner", "kind")
    people_told = sum((owner is not None) + (kind == "breach" or owner is None) for owner, kind in fired)
    assert Alert.objects.aggregate(told=Sum("many"))["told"] == people_told
    for model in (Alert, Deadline, Clock):
        model.objects.all().delete()
    clocks.reconcile(now())
    assert state() == found


def on_own_connection(act: Callable[[], None], times: int) -> None:
    try:
        for _ in range(times):
            act()
    finally:
        connection.close()


def sweep_now() -> None:
    tasks.sweep(now())


def worker(dice: random.Random, leads: list[int], reps: list[User], head: User) -> Callable[[], None]:
    def act() -> None:
        lead = Lead.objects.get(pk=dice.choice(leads))
        by, rep = lead.owner or reps[0], dice.choice(reps)
        acts: list[Callable[[], object]] = [
            lambda: handover.accept(lead.pk, by=by),
            lambda: handover.reject(lead.pk, by=by, reason="bad_data"),
            lambda: handover.qualify(lead.pk, by=head, why="Asked again"),
            lambda: handover.reassign(lead.pk, to=rep, by=head),
            lambda: undo.undo(lead.pk, by=by),
            lambda: activities.log(lead.pk, by=by, kind="call", outcome="no_answer"),
            lambda: Absence.objects.create(user=rep, starts_on="2020-01-01", ends_on="2020-01-01"),
        ]
        with suppress(Refusal, Forbidden):
            dice.choice(acts)()

    return act


def state() -> list[tuple]:
    columns = [
        "commitment",
        "origin_id",
        "warn_at",
        "due_at",
        "stopped_at",
        "ended",
        "owner",
        "worked_seconds",
    ]
    return list(Clock.objects.counted().order_by("commitment", "origin_id").values_list(*columns))
