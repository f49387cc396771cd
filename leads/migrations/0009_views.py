"""Saved views, acts on many leads, and the orders of the lists of leads and companies."""

import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from smarketing.foundation.upgrades import BuildIndex, Together


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("foundation", "0004_api"),
        ("leads", "0008_snooze"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BuildIndex(
            model_name="account",
            index=models.Index(fields=["key"], name="account_by_key"),
        ),
        BuildIndex(
            model_name="account",
            index=models.Index(
                django.db.models.functions.comparison.Collate("key", "C"),
                models.F("id"),
                name="account_by_name",
            ),
        ),
        BuildIndex(
            model_name="account",
            index=models.Index(
                condition=models.Q(("employees__isnull", False)),
                fields=["employees", "id"],
                name="account_by_size",
            ),
        ),
        BuildIndex(
            model_name="lead",
            index=models.Index(
                django.db.models.functions.comparison.Collate("name_key", "C"),
                models.F("id"),
                name="lead_by_name",
            ),
        ),
        BuildIndex(
            model_name="lead",
            index=models.Index(fields=["stage_since", "id"], name="lead_by_stage_since"),
        ),
        BuildIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("worked_at__isnull", False)),
                fields=["worked_at", "id"],
                name="lead_by_last_work",
            ),
        ),
        Together(
            migrations.CreateModel(
                name="BulkAct",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("qualify", "Hand over to sales"),
                                ("recycle", "Return to nurture"),
                                ("disqualify", "Disqualify"),
                                ("reassign", "Re-assign"),
                                ("claim", "Claim"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("reason", models.CharField(blank=True, max_length=60)),
                    ("return_on", models.DateField(null=True)),
                    ("at", models.DateTimeField()),
                    ("done", models.JSONField(default=list)),
                    ("left_out", models.JSONField(default=list)),
                    ("undone_at", models.DateTimeField(null=True)),
                    ("kept", models.JSONField(default=list)),
                ],
            ),
            migrations.CreateModel(
                name="SavedView",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("name", models.CharField(blank=True, max_length=60)),
                    ("query", models.CharField(blank=True, max_length=2000)),
                    ("columns", models.JSONField(default=list)),
                    ("pinned", models.BooleanField(default=True)),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    ("removed_at", models.DateTimeField(null=True)),
                ],
            ),
            migrations.RemoveIndex(
                model_name="lead",
                name="lead_name_prefix",
            ),
            migrations.AlterField(
                model_name="account",
                name="key",
                field=models.CharField(editable=False, max_length=200),
            ),
            migrations.AddField(
                model_name="bulkact",
                name="by",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            migrations.AddField(
                model_name="bulkact",
                name="to",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="savedview",
                name="owner",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="views",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="savedview",
                name="team",
                field=models.ForeignKey(
                    blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to="foundation.team"
                ),
            ),
            migrations.AddConstraint(
                model_name="savedview",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("removed_at", None)), fields=("owner", "name"), name="view_name_once"
                ),
            ),
        ),
    ]
