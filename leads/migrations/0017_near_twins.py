"""Near-twins are found by index, and so is what imports changed of a lead; built beside the work that goes on."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import leads.models.near


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0016_back_tests")]

    operations = [
        AddIndexConcurrently(
            "lead",
            models.Index(
                leads.models.near.FoldedEmail("email_norm"),
                condition=models.Q(email_norm__isnull=False),
                name="lead_by_folded_email",
            ),
        ),
        AddIndexConcurrently(
            "importchange", models.Index(fields=["table", "row_id"], name="import_change_of_row")
        ),
    ]
