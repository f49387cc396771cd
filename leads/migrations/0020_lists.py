"""What a list is narrowed by and nobody has is found at once; built beside the work that goes on."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0019_rules")]

    operations = [
        AddIndexConcurrently("lead", models.Index(fields=["medium"], name="lead_by_medium")),
        AddIndexConcurrently("lead", models.Index(fields=["content"], name="lead_by_content")),
        AddIndexConcurrently("lead", models.Index(fields=["consent"], name="lead_by_consent")),
        AddIndexConcurrently("lead", models.Index(fields=["country"], name="lead_by_country_as_written")),
    ]
