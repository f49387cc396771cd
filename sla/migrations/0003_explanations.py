"""Why a promise was broken, written once and kept; and how many of a hundred are to be kept."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from smarketing.foundation.roles import append_only
from smarketing.foundation.upgrades import Together


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("leads", "0007_waiting"),
        ("sla", "0002_what_was_told"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name="Explanation",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "cause",
                        models.CharField(
                            choices=[
                                ("capacity", "Capacity"),
                                ("unreachable", "Lead unreachable"),
                                ("system", "System"),
                                ("data", "Data"),
                                ("other", "Other"),
                            ],
                            max_length=12,
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    (
                        "recorded_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "by",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "clock",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="explanations",
                            to="sla.clock",
                        ),
                    ),
                    (
                        "note",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="explanation",
                            to="leads.note",
                        ),
                    ),
                ],
            ),
            migrations.AddConstraint(
                model_name="explanation",
                constraint=models.CheckConstraint(
                    condition=Q(cause__in=["capacity", "unreachable", "system", "data", "other"]),
                    name="explanation_cause_is_known",
                ),
            ),
            migrations.AddIndex(
                model_name="explanation",
                index=models.Index(fields=["clock", "-id"], name="explanation_by_clock"),
            ),
            *append_only("sla_explanation"),
            migrations.AddField(
                model_name="commitment",
                name="goal_percent",
                field=models.PositiveSmallIntegerField(db_default=95, default=95),
            ),
            migrations.AddConstraint(
                model_name="commitment",
                constraint=models.CheckConstraint(
                    condition=Q(goal_percent__gte=1, goal_percent__lte=100), name="commitment_goal_is_a_share"
                ),
            ),
        ),
    ]
