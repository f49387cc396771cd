"""Rows of imports get a mark for void, and what is unique is so among the others."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from smarketing.foundation.upgrades import BuildUnique, Together


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("leads", "0003_statistics"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name="ImportChange",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "table",
                        models.CharField(
                            choices=[
                                ("lead", "Lead"),
                                ("deal", "Deal"),
                                ("account", "Account"),
                                ("cost", "Cost"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("row_id", models.BigIntegerField()),
                    ("before", models.JSONField()),
                    ("after", models.JSONField()),
                ],
            ),
            migrations.AddField(
                model_name="importchange",
                name="batch",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="changes",
                    to="leads.importbatch",
                ),
            ),
        ),
        Together(
            migrations.AddField(
                model_name="account",
                name="batch",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    to="leads.importbatch",
                ),
            ),
            migrations.AddField(
                model_name="account",
                name="voided_at",
                field=models.DateTimeField(editable=False, null=True),
            ),
        ),
        Together(
            migrations.AddField(
                model_name="assignment",
                name="batch",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    to="leads.importbatch",
                ),
            ),
            migrations.AddField(
                model_name="assignment",
                name="voided_at",
                field=models.DateTimeField(editable=False, null=True),
            ),
        ),
        Together(
            migrations.AddField(
                model_name="cost",
                name="voided_at",
                field=models.DateTimeField(editable=False, null=True),
            ),
        ),
        Together(
            migrations.AddField(
                model_name="deal",
                name="voided_at",
                field=models.DateTimeField(editable=False, null=True),
            ),
        ),
        Together(
            migrations.AddField(
                model_name="dealcontact",
                name="batch",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    to="leads.importbatch",
                ),
            ),
            migrations.AddField(
                model_name="dealcontact",
                name="voided_at",
                field=models.DateTimeField(editable=False, null=True),
            ),
        ),
        Together(
            migrations.AddField(
                model_name="externalid",
                name="batch",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    to="leads.importbatch",
                ),
            ),
            migrations.AddField(
                model_name="externalid",
                name="voided_at",
                field=models.DateTimeField(editable=False, null=True),
            ),
        ),
        Together(
            migrations.AddField(
                model_name="handover",
                name="ended_by_batch",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="leads.importbatch",
                ),
            ),
            migrations.AddField(
                model_name="handover",
                name="voided_at",
                field=models.DateTimeField(editable=False, null=True),
            ),
        ),
        Together(
            migrations.AddField(
                model_name="importbatch",
                name="undoing",
                field=models.JSONField(default=dict),
            ),
            migrations.AddField(
                model_name="importbatch",
                name="undone_at",
                field=models.DateTimeField(null=True),
            ),
            migrations.AddField(
                model_name="importbatch",
                name="undone_by",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ),
        Together(
            migrations.AddField(
                model_name="lead",
                name="voided_at",
                field=models.DateTimeField(editable=False, null=True),
            ),
        ),
        Together(
            migrations.AddField(
                model_name="note",
                name="voided_at",
                field=models.DateTimeField(editable=False, null=True),
            ),
        ),
        Together(
            migrations.AddField(
                model_name="stagechange",
                name="voided_at",
                field=models.DateTimeField(editable=False, null=True),
            ),
        ),
        Together(
            migrations.AddField(
                model_name="suppression",
                name="voided_at",
                field=models.DateTimeField(editable=False, null=True),
            ),
        ),
        Together(
            migrations.AddField(
                model_name="suppressionhit",
                name="voided_at",
                field=models.DateTimeField(editable=False, null=True),
            ),
        ),
        Together(
            migrations.AddField(
                model_name="touch",
                name="voided_at",
                field=models.DateTimeField(editable=False, null=True),
            ),
        ),
        BuildUnique(
            model_name="account",
            constraint=models.UniqueConstraint(
                condition=models.Q(("voided_at", None)), fields=("domain",), name="account_domain_once"
            ),
            tells="voided_at",
        ),
        BuildUnique(
            model_name="cost",
            constraint=models.UniqueConstraint(
                condition=models.Q(("voided_at", None)),
                fields=("campaign", "channel", "starts_on", "ends_on", "currency", "ordinal"),
                name="cost_once",
                nulls_distinct=False,
            ),
            tells="voided_at",
        ),
        BuildUnique(
            model_name="deal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("external_id__isnull", False), ("voided_at", None)),
                fields=("source", "external_id"),
                name="deal_external_id_once",
            ),
            tells="voided_at",
        ),
        BuildUnique(
            model_name="dealcontact",
            constraint=models.UniqueConstraint(
                condition=models.Q(("voided_at", None)), fields=("deal", "lead"), name="deal_contact_once"
            ),
            tells="voided_at",
        ),
        BuildUnique(
            model_name="externalid",
            constraint=models.UniqueConstraint(
                condition=models.Q(("voided_at", None)),
                fields=("source", "external_id"),
                name="external_id_once",
            ),
            tells="voided_at",
        ),
        BuildUnique(
            model_name="handover",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None), ("voided_at", None)),
                fields=("lead",),
                name="handover_one_open_per_lead",
            ),
            tells="voided_at",
        ),
        BuildUnique(
            model_name="lead",
            constraint=models.UniqueConstraint(
                condition=models.Q(("merged_into", None), ("voided_at", None)),
                fields=("email_norm",),
                name="lead_email_once",
            ),
            tells="voided_at",
        ),
        BuildUnique(
            model_name="suppression",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at", None), ("voided_at", None)),
                fields=("kind", "value"),
                name="suppressed_once",
            ),
            tells="voided_at",
        ),
        BuildUnique(
            model_name="touch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("event_id__isnull", False), ("voided_at", None)),
                fields=("source", "event_id"),
                name="touch_event_once",
            ),
            tells="voided_at",
        ),
        BuildUnique(
            model_name="touch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_origin", True), ("voided_at", None)),
                fields=("lead",),
                name="touch_one_origin",
            ),
            tells="voided_at",
        ),
        migrations.AlterField(
            model_name="account",
            name="domain",
            field=models.CharField(blank=True, max_length=253, null=True),
        ),
    ]
