"""Versions replayed over past days before they are signed, and the leads behind each number."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from smarketing.foundation.upgrades import Together


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("foundation", "0005_people"),
        ("leads", "0015_register"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name="BackTest",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("revision", models.PositiveIntegerField()),
                    ("since", models.DateTimeField()),
                    ("until", models.DateTimeField()),
                    ("version_before", models.PositiveIntegerField()),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    ("finished_at", models.DateTimeField(null=True)),
                    ("result", models.JSONField(default=dict)),
                    (
                        "by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "definition",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="back_test",
                            to="leads.definition",
                        ),
                    ),
                    (
                        "job",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT, related_name="+", to="foundation.job"
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="BackTestLead",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("handed_at", models.DateTimeField(null=True)),
                    ("met_at", models.DateTimeField(null=True)),
                    (
                        "how",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("criteria", "By the criteria"),
                                ("hand", "By hand"),
                                ("other", "By an import"),
                                ("", "Not at all"),
                            ],
                            max_length=8,
                        ),
                    ),
                    (
                        "outcome",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("won", "Won"),
                                ("accepted", "Accepted"),
                                ("rejected", "Rejected"),
                                ("returned", "Returned or disqualified otherwise"),
                                ("open", "Not decided yet"),
                                ("", "Never handed over"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("stopped", models.BooleanField(default=False)),
                    ("met_before", models.BooleanField(default=False)),
                    (
                        "back_test",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="leads",
                            to="leads.backtest",
                        ),
                    ),
                    (
                        "lead",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="leads.lead",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["back_test", "outcome", "lead"], name="back_test_leads"),
                        models.Index(fields=["lead"], name="back_test_of_lead"),
                    ],
                },
            ),
        ),
    ]
