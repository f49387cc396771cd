"""What made a lead ready is kept with what is due, so that it is not lost between scoring and handing over."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0020_lists")]
    operations = [
        migrations.AddField(
            model_name="scoredue",
            name="made_ready",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
