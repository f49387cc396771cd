"""What a hand-over tells of its company as of that day, and how many of them it takes to say what wins."""

from datetime import UTC, datetime, timedelta

import pytest

from leads.models import Account, CustomField, FactChange, Lead
from leads.prediction import hand_overs, training
from leads.stages import Stage
from tests.factories import make_lead, make_user

TODAY = datetime(2026, 6, 1, 9, tzinfo=UTC)


@pytest.mark.django_db
def test_a_fact_of_the_company_corrected_after_the_hand_over_reads_as_it_stood(organisation):
    rep = make_user("rep")
    account = Account.objects.create(name="Engines", industry="Banking", employees=900)
    lead = make_lead(stage=Stage.MQL, since=TODAY, account=account)
    for days, field, before, after in (
        (-2, "industry", "", "Rail"),
        (1, "industry", "Rail", "Harbours"),
        (2, "industry", "Harbours", "Banking"),
        (3, "employees", "", "900"),
    ):
        at = TODAY + timedelta(days=days)
        FactChange.objects.create(
            account=account, field=field, before=before, after=after, way="hand", by=rep, at=at
        )

    (found,) = hand_overs.past(TODAY, 10)
    shown = hand_overs.latest_of(lead.pk)

    for one in (found, shown):
        assert (one.facts["account.industry"], one.facts["account.employees"]) == ("Rail", "")


@pytest.mark.django_db
@pytest.mark.parametrize("days", [-2, 2])
def test_own_facts_of_who_came_here_after_the_hand_over_are_not_known_at_it(organisation, days):
    for entity in ("lead", "account"):
        CustomField.objects.create(
            entity=entity, key="budget", label="Budget", kind="text", created_at=TODAY - timedelta(days=30)
        )
    account = Account.objects.create(name="Engines", custom={"budget": "Large"})
    lead = make_lead(stage=Stage.MQL, since=TODAY, account=account, custom={"budget": "Approved"})
    for rows in (Lead.objects, Account.objects):
        rows.update(created_at=TODAY + timedelta(days=days))

    facts = hand_overs.latest_of(lead.pk).facts

    told = [facts.get(f"{of}custom.budget") for of in ("", "account.")]
    assert told == (["Approved", "Large"] if days < 0 else [None, None])


def test_one_outcome_fewer_than_two_hundred_says_nothing_and_two_hundred_do():
    said = training.too_few([1, 0] * 99 + [1], 14)

    assert said == "199 hand-overs are old enough to be judged (14 days); under 200 what they say is chance."
    assert training.too_few([1, 0] * 100, 14) == ""
