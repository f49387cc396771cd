import pytest
from django.db import connection

from leads import statistics
from leads.models import Lead
from tests.factories import MONDAY_9


@pytest.mark.django_db(transaction=True)
def test_the_planner_knows_at_once_how_many_leads_came():
    Lead.objects.bulk_create(
        Lead(email=f"{n}@example.com", born_at=MONDAY_9, stage_since=MONDAY_9) for n in range(1200)
    )

    statistics.refresh()

    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::int FROM pg_class WHERE relname = 'leads_lead'")
        assert cursor.fetchone() == (1200,)
