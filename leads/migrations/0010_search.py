"""Companies are found by how their domain begins, by bytes, whatever the language of the database."""

import django.db.models.functions.comparison
from django.db import migrations, models

from smarketing.foundation.upgrades import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("leads", "0009_views"),
    ]

    operations = [
        BuildIndex(
            model_name="account",
            index=models.Index(
                django.db.models.functions.comparison.Collate("domain", "C"),
                condition=models.Q(("domain__isnull", False)),
                name="account_by_domain",
            ),
        ),
    ]
