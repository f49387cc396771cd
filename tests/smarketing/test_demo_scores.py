"""Of a thousand random leads of the demo: the log adds up to the score, and so does plain Python by the document."""

import json
from collections import Counter, defaultdict
from random import Random

import pytest
from django.db import transaction

from tests.smarketing.demos import WEDNESDAY, seed
from tests.smarketing.plain.rows import Raw
from tests.smarketing.plain.scores import Scores

LEADS, CHECKED = 1_100, 1_000


@pytest.fixture(scope="module")
def raw(django_db_setup, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock(), transaction.atomic():
        seed(tmp_path_factory.mktemp("scores"), leads=LEADS)
        yield Raw(WEDNESDAY)
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def some(raw) -> list[int]:
    return Random(7).sample(sorted(raw.leads), CHECKED)


@pytest.fixture(scope="module")
def kept(raw) -> dict[int, dict]:
    return {row["lead_id"]: row for row in raw["leads_leadscore"]}


def test_the_score_of_a_thousand_leads_is_what_plain_python_reckons_by_the_document(raw, some, kept):
    scores = Scores(raw, version=2)
    for pk in some:
        parts = scores.parts(pk)
        assert json.loads(kept[pk]["parts"]) == parts, pk
        fit = sum(points for line, points in scores.fit(pk).items())
        engagement = sum(parts.values()) - fit
        assert (kept[pk]["fit"], kept[pk]["engagement"]) == (fit, engagement), pk
        assert (kept[pk]["fit_grade"], kept[pk]["engagement_grade"]) == scores.grades(fit, engagement), pk


def test_the_log_of_a_thousand_leads_adds_up_to_their_score_line_by_line(raw, some, kept):
    logged: dict[int, Counter] = defaultdict(Counter)
    sums: dict[int, Counter] = defaultdict(Counter)
    for entry in raw["leads_scoreentry"]:
        logged[entry["lead_id"]][entry["rule"]] += entry["points"]
        sums[entry["lead_id"]][entry["part"]] += entry["points"]
    for pk in some:
        parts = {line: points for line, points in logged[pk].items() if points}
        assert parts == json.loads(kept[pk]["parts"]), pk
        assert (sums[pk]["fit"], sums[pk]["engagement"]) == (kept[pk]["fit"], kept[pk]["engagement"]), pk


def test_the_log_tells_how_the_score_came_about(raw):
    causes = Counter(entry["cause"] for entry in raw["leads_scoreentry"])
    versions = {entry["definition_version"] for entry in raw["leads_scoreentry"]}
    days = {raw.day(entry["at"]) for entry in raw["leads_scoreentry"]}

    assert {"touch", "decay", "version"} <= set(causes)
    assert versions == {1, 2}
    assert len(days) >= 8
    assert all((entry["at"] <= WEDNESDAY and entry["touch_id"] is None) or entry["cause"] == "touch"
               for entry in raw["leads_scoreentry"])  # fmt: skip
