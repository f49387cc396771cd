from django.db import migrations, models

from smarketing.foundation.upgrades import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0006_undo_import")]

    operations = [
        BuildIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("stage", "mql"), ("standing", "active")),
                fields=["stage_since", "id"],
                name="lead_waiting",
            ),
        ),
    ]
