from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Greatest

from smarketing.foundation.upgrades import BuildIndex, Fill, Together

IN_WORK = models.Q(("stage__in", ["sal", "sql"]), ("standing", "active"))
# What was done so far, for leads that were worked on before the column was there.
FILL = """
UPDATE leads_lead l SET worked_at = a.at
FROM (
    SELECT lead_id, max(at) AS at FROM leads_activity WHERE lead_id BETWEEN %(first)s AND %(last)s GROUP BY lead_id
) a
WHERE a.lead_id = l.id AND l.worked_at IS NULL
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("leads", "0004_voiding"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            migrations.AddField(
                model_name="lead",
                name="worked_at",
                field=models.DateTimeField(editable=False, null=True),
            ),
        ),
        Fill("leads_lead", FILL),
        BuildIndex(
            model_name="activity",
            index=models.Index(
                condition=models.Q(("connected", True)), fields=["by", "at"], name="activity_real_contact"
            ),
        ),
        BuildIndex(
            model_name="lead",
            index=models.Index(
                models.F("owner"),
                Greatest("stage_since", "worked_at"),
                models.F("id"),
                condition=IN_WORK,
                name="lead_in_work_by_owner",
            ),
        ),
        BuildIndex(
            model_name="lead",
            index=models.Index(
                Greatest("stage_since", "worked_at"), models.F("id"), condition=IN_WORK, name="lead_in_work"
            ),
        ),
    ]
