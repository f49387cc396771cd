"""At what a back-test looks: a lead as it touched us itself, not as a file told of it later."""

from datetime import UTC, datetime, timedelta

import pytest

from leads import definitions
from leads.backtest import job
from leads.models import BackTest, Definition, ImportBatch, Touch
from smarketing.foundation import jobs
from tests.factories import make_lead, make_user

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


@pytest.mark.django_db
def test_what_a_file_tells_of_the_past_would_have_handed_over_nobody_by_itself(organisation):
    stages = definitions.unsigned().json()["stages"]
    stages["mql"]["entry"] = {"touches": {"team": "marketing"}, "at_least": 1}
    row = Definition.objects.create(
        document=definitions.unsigned().json() | {"stages": stages}, created_by=make_user("marketer")
    )
    batch = ImportBatch.objects.create(kind="touches", file_name="past.csv")
    imported, came_back = make_lead(since=NOW - timedelta(days=80)), make_lead(since=NOW - timedelta(days=80))
    for lead in (imported, came_back):
        Touch.objects.create(lead=lead, at=NOW - timedelta(days=40), kind="form", batch=batch)
    Touch.objects.create(lead=came_back, at=NOW - timedelta(days=10), kind="visit")

    test = job.begin(row.pk, by=None, moment=NOW)
    for _ in jobs.run(test.job_id):
        pass

    assert list(test.leads.values_list("lead", "met_at")) == [(came_back.pk, NOW - timedelta(days=10))]
    assert BackTest.objects.get().result["added"] == 1
