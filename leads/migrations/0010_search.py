"""Companies are found by how their domain begins, by bytes, whatever the language of the database."""

import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0009_views"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="account",
            index=models.Index(
                django.db.models.functions.comparison.Collate("domain", "C"),
                condition=models.Q(("domain__isnull", False)),
                name="account_by_domain",
            ),
        ),
    ]
