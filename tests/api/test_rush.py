"""Eight processes at once: exactly one lead for each key, exactly as many requests as the limit (gates 6 and 15)."""

from __future__ import annotations

import json
import os
import random
import sys
from collections import defaultdict

import pytest
from django.db import connection
from django.utils.timezone import now

from leads.models import Lead, StageChange
from smarketing.foundation.api.keys import issue
from smarketing.foundation.models import IdempotencyKey
from tests.api.rush import PROCESSES, together
from tests.conftest import make_organisation
from tests.factories import make_user

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
REQUESTS = int(os.environ.get("GATE_REQUESTS", "600"))  # 3,000 in full
TIMES = 6  # each request is sent so often, in any order, by any process


def fates(chance: random.Random) -> str:
    return chance.choices(["arrives", "abort", "lost"], weights=[80, 10, 10])[0]


def test_one_lead_for_each_key_however_requests_end():
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    sys.stdout.write(f"SEED={seed} GATE_REQUESTS={REQUESTS}\n")  # pytest shows it when something fails
    chance = random.Random(seed)
    make_organisation()
    marketer = make_user("marketer")
    _, token = issue(person=marketer, name="Rush", scopes=["leads:write"], days=30)
    names = [f"key-{n}" for n in range(REQUESTS // TIMES)]
    requests = [
        (name, {"email": f"{name}@example.com"}, fates(chance)) for name in names for _ in range(TIMES)
    ]
    chance.shuffle(requests)

    answers = together(
        [{"kind": "requests", "token": token, "requests": requests[n::PROCESSES]} for n in range(PROCESSES)],
        database=connection.settings_dict["NAME"],
    )

    arrived = [answer for printed in answers for answer in printed]
    made, bodies = defaultdict(set), defaultdict(set)
    for name, status, body in arrived:
        assert status in (201, 500), (name, status, body)
        if status == 201:
            made[name].add(json.loads(body)["id"])
            bodies[name].add(body)
    aborted = sum(status == 500 for _, status, _ in arrived)
    assert aborted > 0, "nothing was torn: this run proves nothing"
    assert made.keys() == set(names)
    assert all(len(ids) == 1 for ids in made.values())
    assert all(len(texts) == 1 for texts in bodies.values())
    assert Lead.objects.count() == StageChange.objects.count() == len(names)
    assert IdempotencyKey.objects.filter(status=201).count() == IdempotencyKey.objects.count() == len(names)


def test_a_limit_is_exact_over_all_processes():
    work = {"kind": "limit", "name": f"rush-{now().timestamp()}", "limit": 100, "moment": 6e9, "times": 60}

    answers = together([work] * PROCESSES, database=connection.settings_dict["NAME"])

    assert [wait for printed in answers for wait in printed].count(None) == 100
