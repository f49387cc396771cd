"""A deadline remembers whom it told; what an undone import takes back is found by when it was."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from smarketing.foundation.upgrades import BuildSqlIndex, Fill, Together

# Of alerts that were given before, whoever holds the clock is the best that is known.
REMEMBER = """
UPDATE sla_deadline d SET owner_id = c.owner_id FROM sla_clock c
WHERE c.id = d.clock_id AND d.fired_at IS NOT NULL AND d.owner_id IS NULL
    AND d.id BETWEEN %(first)s AND %(last)s
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("leads", "0004_voiding"),
        ("sla", "0001_initial"),
    ]

    operations = [
        Together(
            migrations.AddField(
                model_name="deadline",
                name="owner",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ),
        Fill("sla_deadline", REMEMBER),
        BuildSqlIndex("history_taken_back", "leads_stagechange", "(voided_at) WHERE voided_at IS NOT NULL"),
        BuildSqlIndex("assignment_taken_back", "leads_assignment", "(voided_at) WHERE voided_at IS NOT NULL"),
        BuildSqlIndex(
            "touch_taken_back_of_sales",
            "leads_touch",
            "(voided_at) WHERE voided_at IS NOT NULL AND team = 'sales'",
        ),
    ]
