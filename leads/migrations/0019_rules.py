"""Rules find leads by country and by touches of the last days; built beside the work that goes on."""

from django.db import migrations, models
from django.db.models import F

from leads.models.folding import Folded
from smarketing.foundation.upgrades import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0018_due")]

    operations = [
        BuildIndex(
            "lead",
            models.Index(
                Folded("country"),
                F("born_at").desc(),
                F("id").desc(),
                name="lead_by_country",
            ),
        ),
        BuildIndex("touch", models.Index(fields=["at"], name="touch_by_time")),
    ]
