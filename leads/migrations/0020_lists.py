"""What a list is narrowed by and nobody has is found at once; built beside the work that goes on."""

from django.db import migrations, models

from smarketing.foundation.upgrades import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0019_rules")]

    operations = [
        BuildIndex("lead", models.Index(fields=["medium"], name="lead_by_medium")),
        BuildIndex("lead", models.Index(fields=["content"], name="lead_by_content")),
        BuildIndex("lead", models.Index(fields=["consent"], name="lead_by_consent")),
        BuildIndex("lead", models.Index(fields=["country"], name="lead_by_country_as_written")),
    ]
