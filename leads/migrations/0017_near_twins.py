"""Near-twins are found by index, and so is what imports changed of a lead; built beside the work that goes on."""

from django.db import migrations, models

import leads.models.near
from smarketing.foundation.upgrades import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0016_back_tests")]

    operations = [
        BuildIndex(
            "lead",
            models.Index(leads.models.near.FoldedEmail("email_norm"), name="lead_by_folded_email"),
        ),
        BuildIndex("importchange", models.Index(fields=["table", "row_id"], name="import_change_of_row")),
    ]
