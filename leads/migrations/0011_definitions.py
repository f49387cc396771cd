"""What both teams agree on, what a lead is worth by it, fields of the company's own, and appeals about domains."""

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from smarketing.foundation.roles import append_only
from smarketing.foundation.upgrades import Together


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("leads", "0010_search"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name="Acknowledgement",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("version", models.PositiveIntegerField()),
                    ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
            ),
            migrations.CreateModel(
                name="CloseModel",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("trained_at", models.DateTimeField()),
                    ("since", models.DateTimeField(null=True)),
                    ("until", models.DateTimeField(null=True)),
                    ("outcomes", models.PositiveIntegerField(default=0)),
                    ("won", models.PositiveIntegerField(default=0)),
                    ("withheld", models.CharField(blank=True, max_length=200)),
                    ("auc", models.FloatField(null=True)),
                    ("calibration", models.JSONField(default=list)),
                    ("weights", models.JSONField(default=dict)),
                    ("seconds", models.FloatField(default=0)),
                ],
            ),
            migrations.CreateModel(
                name="CustomField",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "entity",
                        models.CharField(choices=[("lead", "Lead"), ("account", "Company")], max_length=8),
                    ),
                    (
                        "key",
                        models.CharField(
                            max_length=40,
                            validators=[django.core.validators.RegexValidator("\\A[a-z][a-z0-9_]*\\Z")],
                        ),
                    ),
                    ("label", models.CharField(max_length=80)),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("text", "Text"),
                                ("number", "Number"),
                                ("date", "Date"),
                                ("choice", "Choice"),
                                ("yes_no", "Yes or no"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("choices", models.JSONField(blank=True, default=list)),
                    ("help", models.CharField(blank=True, max_length=200)),
                    ("position", models.PositiveSmallIntegerField(default=0)),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    ("archived_at", models.DateTimeField(null=True)),
                ],
                options={
                    "ordering": ["entity", "position", "id"],
                },
            ),
            migrations.CreateModel(
                name="Definition",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("version", models.PositiveIntegerField(null=True, unique=True)),
                    (
                        "status",
                        models.CharField(
                            choices=[
                                ("draft", "Draft"),
                                ("proposed", "Proposed"),
                                ("signed", "Signed"),
                                ("withdrawn", "Withdrawn"),
                            ],
                            default="draft",
                            max_length=10,
                        ),
                    ),
                    ("document", models.JSONField()),
                    ("summary", models.CharField(blank=True, max_length=500)),
                    ("revision", models.PositiveIntegerField(default=1)),
                    ("starts_on", models.DateField(blank=True, null=True)),
                    ("in_force_from", models.DateTimeField(null=True)),
                    (
                        "created_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    (
                        "changed_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    ("proposed_at", models.DateTimeField(null=True)),
                    ("marketing_at", models.DateTimeField(null=True)),
                    ("sales_at", models.DateTimeField(null=True)),
                    ("sole_head", models.BooleanField(default=False)),
                    ("closed_at", models.DateTimeField(null=True)),
                ],
            ),
            migrations.CreateModel(
                name="DefinitionRemark",
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
                            choices=[("sent_back", "Sent back"), ("comment", "Comment")], max_length=10
                        ),
                    ),
                    ("text", models.TextField(max_length=4000)),
                    ("at", models.DateTimeField()),
                ],
            ),
            migrations.CreateModel(
                name="FactChange",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("voided_at", models.DateTimeField(editable=False, null=True)),
                    ("field", models.CharField(max_length=60)),
                    ("before", models.TextField(blank=True)),
                    ("after", models.TextField(blank=True)),
                    (
                        "way",
                        models.CharField(
                            choices=[("hand", "By hand"), ("api", "API"), ("import", "Import")], max_length=8
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    (
                        "recorded_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="LeadScore",
                fields=[
                    (
                        "lead",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="score",
                            serialize=False,
                            to="leads.lead",
                        ),
                    ),
                    ("fit", models.SmallIntegerField(default=0)),
                    ("engagement", models.SmallIntegerField(default=0)),
                    (
                        "total",
                        models.GeneratedField(
                            db_persist=True,
                            expression=django.db.models.expressions.CombinedExpression(
                                models.F("fit"), "+", models.F("engagement")
                            ),
                            output_field=models.SmallIntegerField(),
                        ),
                    ),
                    ("fit_grade", models.CharField(max_length=1)),
                    ("engagement_grade", models.PositiveSmallIntegerField()),
                    ("parts", models.JSONField(default=dict)),
                    ("definition_version", models.PositiveIntegerField()),
                    ("computed_at", models.DateTimeField()),
                    ("probability", models.FloatField(null=True)),
                ],
            ),
            migrations.CreateModel(
                name="ScoreDue",
                fields=[
                    (
                        "lead",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE,
                            primary_key=True,
                            related_name="+",
                            serialize=False,
                            to="leads.lead",
                        ),
                    ),
                    ("since", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    (
                        "cause",
                        models.CharField(
                            choices=[
                                ("touch", "Something they did"),
                                ("fact", "Something we learned"),
                                ("decay", "Time passed"),
                                ("return", "Returned to marketing"),
                                ("version", "Other rules"),
                                ("import", "An import, or its undo"),
                            ],
                            max_length=8,
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="ScoreEntry",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "part",
                        models.CharField(
                            choices=[("fit", "Fit"), ("engagement", "Engagement")], max_length=10
                        ),
                    ),
                    ("rule", models.CharField(max_length=60)),
                    ("points", models.SmallIntegerField()),
                    (
                        "cause",
                        models.CharField(
                            choices=[
                                ("touch", "Something they did"),
                                ("fact", "Something we learned"),
                                ("decay", "Time passed"),
                                ("return", "Returned to marketing"),
                                ("version", "Other rules"),
                                ("import", "An import, or its undo"),
                            ],
                            max_length=8,
                        ),
                    ),
                    ("definition_version", models.PositiveIntegerField()),
                    ("at", models.DateTimeField()),
                    (
                        "recorded_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                ],
            ),
            migrations.AddField(
                model_name="account",
                name="custom",
                field=models.JSONField(blank=True, db_default={}, default=dict),
            ),
            migrations.AddField(
                model_name="account",
                name="revenue_band",
                field=models.CharField(
                    blank=True,
                    choices=[
                        ("under_1m", "Under 1 million"),
                        ("1m_10m", "1 to 10 million"),
                        ("10m_50m", "10 to 50 million"),
                        ("50m_250m", "50 to 250 million"),
                        ("250m_1b", "250 million to 1 billion"),
                        ("over_1b", "Over 1 billion"),
                    ],
                    db_default="",
                    default="",
                    max_length=20,
                ),
            ),
            migrations.AddField(
                model_name="appeal",
                name="evidence",
                field=models.TextField(blank=True, max_length=4000),
            ),
            migrations.AddField(
                model_name="appeal",
                name="lifted_at",
                field=models.DateTimeField(null=True),
            ),
            migrations.AddField(
                model_name="appeal",
                name="suppression",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="appeals",
                    to="leads.suppression",
                ),
            ),
            migrations.AddField(
                model_name="lead",
                name="custom",
                field=models.JSONField(blank=True, db_default={}, default=dict),
            ),
            migrations.AlterField(
                model_name="appeal",
                name="lead",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="appeals",
                    to="leads.lead",
                ),
            ),
            migrations.AlterField(
                model_name="appeal",
                name="note",
                field=models.ForeignKey(
                    null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="leads.note"
                ),
            ),
            migrations.AddConstraint(
                model_name="appeal",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("lifted_at", None)),
                    fields=("suppression",),
                    name="appeal_one_open_per_entry",
                ),
            ),
            migrations.AddConstraint(
                model_name="appeal",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("lead__isnull", False), ("note__isnull", False), ("suppression", None)),
                        models.Q(("lead", None), ("suppression__isnull", False)),
                        _connector="OR",
                    ),
                    name="appeal_is_about_one",
                ),
            ),
            migrations.AddField(
                model_name="acknowledgement",
                name="user",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="acknowledgements",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddIndex(
                model_name="closemodel",
                index=models.Index(fields=["-trained_at"], name="close_model_latest"),
            ),
            migrations.AddField(
                model_name="customfield",
                name="created_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="definition",
                name="based_on",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="leads.definition",
                ),
            ),
            migrations.AddField(
                model_name="definition",
                name="created_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="definition",
                name="marketing_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="definition",
                name="proposed_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="definition",
                name="sales_by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="definitionremark",
                name="by",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                ),
            ),
            migrations.AddField(
                model_name="definitionremark",
                name="definition",
                field=models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT, related_name="remarks", to="leads.definition"
                ),
            ),
            migrations.AddField(
                model_name="factchange",
                name="account",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="fact_changes",
                    to="leads.account",
                ),
            ),
            migrations.AddField(
                model_name="factchange",
                name="batch",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    to="leads.importbatch",
                ),
            ),
            migrations.AddField(
                model_name="factchange",
                name="by",
                field=models.ForeignKey(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="factchange",
                name="lead",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="fact_changes",
                    to="leads.lead",
                ),
            ),
            migrations.AddField(
                model_name="leadscore",
                name="model",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.SET_NULL,
                    to="leads.closemodel",
                ),
            ),
            migrations.AddField(
                model_name="scoreentry",
                name="lead",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="score_log",
                    to="leads.lead",
                ),
            ),
            migrations.AddField(
                model_name="scoreentry",
                name="touch",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="leads.touch",
                ),
            ),
            migrations.AddConstraint(
                model_name="acknowledgement",
                constraint=models.UniqueConstraint(fields=("user", "version"), name="acknowledged_once"),
            ),
            migrations.AddConstraint(
                model_name="customfield",
                constraint=models.UniqueConstraint(fields=("entity", "key"), name="custom_field_key_once"),
            ),
            migrations.AddConstraint(
                model_name="customfield",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("kind", "choice"), _negated=True),
                        models.Q(("choices", []), _negated=True),
                        _connector="OR",
                    ),
                    name="custom_choice_has_choices",
                ),
            ),
            migrations.AddConstraint(
                model_name="definition",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("status", "signed"), _negated=True),
                        models.Q(
                            ("in_force_from__isnull", False),
                            ("marketing_at__isnull", False),
                            ("marketing_by__isnull", False),
                            ("sales_at__isnull", False),
                            ("sales_by__isnull", False),
                            ("version__gte", 1),
                        ),
                        _connector="OR",
                    ),
                    name="definition_signed_by_both",
                ),
            ),
            migrations.AddConstraint(
                model_name="definition",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("status", "signed"),
                        models.Q(("in_force_from", None), ("version", None)),
                        _connector="OR",
                    ),
                    name="definition_unsigned_has_no_force",
                ),
            ),
            migrations.AddConstraint(
                model_name="definition",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("sole_head", True),
                        ("marketing_by", None),
                        ("sales_by", None),
                        models.Q(("marketing_by", models.F("sales_by")), _negated=True),
                        _connector="OR",
                    ),
                    name="definition_has_two_keys",
                ),
            ),
            migrations.AddConstraint(
                model_name="definition",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("status", "draft"), _negated=True),
                        models.Q(("marketing_by", None), ("sales_by", None)),
                        _connector="OR",
                    ),
                    name="definition_draft_is_unsigned",
                ),
            ),
            migrations.AddConstraint(
                model_name="definition",
                constraint=models.UniqueConstraint(
                    models.Value(1),
                    condition=models.Q(("status__in", ["draft", "proposed"])),
                    name="definition_one_open",
                ),
            ),
            migrations.AddIndex(
                model_name="factchange",
                index=models.Index(
                    condition=models.Q(("lead__isnull", False)),
                    fields=["lead", "at", "id"],
                    name="fact_change_of_lead",
                ),
            ),
            migrations.AddIndex(
                model_name="factchange",
                index=models.Index(
                    condition=models.Q(("account__isnull", False)),
                    fields=["account", "at", "id"],
                    name="fact_change_of_account",
                ),
            ),
            migrations.AddConstraint(
                model_name="factchange",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("account", None), ("lead__isnull", False)),
                        models.Q(("account__isnull", False), ("lead", None)),
                        _connector="OR",
                    ),
                    name="fact_change_is_of_one",
                ),
            ),
            migrations.AddIndex(
                model_name="leadscore",
                index=models.Index(fields=["-total", "-lead"], name="score_highest_first"),
            ),
            migrations.AddConstraint(
                model_name="leadscore",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("engagement_grade__range", (1, 4)), ("fit_grade__in", ["A", "B", "C", "D"])
                    ),
                    name="score_grades_are_known",
                ),
            ),
            migrations.AddConstraint(
                model_name="leadscore",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("probability", None), ("probability__range", (0, 1)), _connector="OR"
                    ),
                    name="score_probability_is_one",
                ),
            ),
            migrations.AddIndex(
                model_name="scoreentry",
                index=models.Index(fields=["lead", "at", "id"], name="score_log_of_lead"),
            ),
            migrations.AddConstraint(
                model_name="scoreentry",
                constraint=models.CheckConstraint(
                    condition=models.Q(("points", 0), _negated=True), name="score_entry_says_something"
                ),
            ),
            *append_only("leads_definitionremark"),
            *append_only("leads_acknowledgement"),
            *append_only("leads_scoreentry"),
        ),
    ]
