from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0006_undo_import")]

    operations = [
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("stage", "mql"), ("standing", "active")),
                fields=["stage_since", "id"],
                name="lead_waiting",
            ),
        ),
    ]
