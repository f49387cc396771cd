from django.db import migrations, models

from smarketing.foundation.roles import append_only


class Migration(migrations.Migration):
    initial = True
    dependencies = [("foundation", "0002_roles")]
    operations = [
        migrations.CreateModel(
            name="LedgerProof",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(unique=True)),
                ("proved_at", models.DateTimeField()),
                ("seconds", models.DecimalField(decimal_places=1, max_digits=8)),
                ("leads", models.PositiveBigIntegerField()),
                ("handovers", models.PositiveBigIntegerField()),
                ("differences", models.PositiveBigIntegerField()),
                ("findings", models.JSONField(default=list)),
            ],
            options={"ordering": ["-day"]},
        ),
        *append_only("reporting_ledgerproof"),
    ]
