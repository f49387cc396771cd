"""What is due is found in its order, what imports brought last; nobody looks for the rows of one lead."""

import django.db.models.deletion
from django.db import migrations, models

from smarketing.foundation.upgrades import BuildIndex, Together


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0017_near_twins")]
    operations = [
        BuildIndex(
            model_name="scoredue",
            index=models.Index(fields=["id"], condition=~models.Q(cause="import"), name="score_due_first"),
        ),
        Together(
            migrations.AlterField(
                model_name="scoredue",
                name="lead",
                field=models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    on_delete=django.db.models.deletion.DO_NOTHING,
                    related_name="+",
                    to="leads.lead",
                ),
            ),
        ),
    ]
