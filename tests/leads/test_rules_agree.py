"""One rule, two evaluators, one answer: on leads with nulls, blanks, own fields, boundaries, returns and no scores."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from leads import rules
from leads.models import Lead
from tests.conftest import make_organisation
from tests.leads import rule_worlds

pytestmark = pytest.mark.django_db
MOMENT = datetime(
    2026, 3, 29, 23, 30, tzinfo=UTC
)  # in Berlin it is the 30th already, on the day clocks changed
LEADS, RULES = 60, 240


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_python_and_sql_agree_on_ten_thousand_pairs_of_rule_and_lead(seed):
    make_organisation(zone="Europe/Berlin")
    draw = Random(seed)
    leads = rule_worlds.make_world(draw, MOMENT, LEADS)
    catalogue = rules.Catalogue()
    asked = rule_worlds.every_clause(draw, catalogue)
    asked += [rule_worlds.a_rule(draw, catalogue.offered()) for _ in range(RULES)]
    pairs = held = 0
    for moment in (MOMENT, MOMENT - timedelta(days=7)):
        seen = rules.snapshots(leads, moment)
        for data in asked:
            rule = rules.parse(data, catalogue=catalogue)
            n = disagreeing(rule, seen, moment)
            assert disagreeing(rules.Not(rule), seen, moment) == LEADS - n
            pairs, held = pairs + 2 * LEADS, held + n

    assert pairs >= 10_000
    assert 0.2 < 2 * held / pairs < 0.8, "rules that always or never hold prove nothing"


def disagreeing(rule, seen, moment) -> int:
    """For how many leads it holds; fails where the two evaluators or what is lacking say otherwise."""
    in_sql = set(Lead.objects.filter(rules.condition(rule, moment)).values_list("pk", flat=True))
    in_python = {pk for pk, snapshot in seen.items() if rules.matches(rule, snapshot, moment)}
    assert in_sql == in_python, f"{rule.data} of {in_sql ^ in_python}"
    names = rules.names_of(rule) if in_sql else {}
    lacking = {
        pk for pk, snapshot in list(seen.items())[:10] if rules.lacking(rule, snapshot, moment, names=names)
    }
    assert lacking == set(list(seen)[:10]) - in_sql
    return len(in_sql)
