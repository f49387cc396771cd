"""The register by age and by time, other return dates, and what PostgreSQL refuses: a hand-over without news."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from smarketing.foundation.roles import application_role
from smarketing.foundation.upgrades import BuildIndex, Together

# Other return dates are append-only but for one mark, set once.
RETURN_DATE = """
CREATE FUNCTION leads_check_return_date() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.taken_back_at IS NOT NULL OR NEW.taken_back_at IS NULL
        OR (OLD.lead_id, OLD.return_on, OLD.by_id, OLD.at, OLD.recorded_at)
        IS DISTINCT FROM (NEW.lead_id, NEW.return_on, NEW.by_id, NEW.at, NEW.recorded_at) THEN
        RAISE EXCEPTION 'return date %: it may be taken back once, and nothing else', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leads_returndate_once BEFORE UPDATE OR DELETE ON leads_returndate
    FOR EACH ROW EXECUTE FUNCTION leads_check_return_date();
"""
NO_RETURN_DATE = """
DROP TRIGGER leads_returndate_once ON leads_returndate;
DROP FUNCTION leads_check_return_date();
"""

# The same evidence as in `leads.evidence`. Asked at the end of the transaction, as touches may be stored after moves.
EVIDENCE = """
CREATE FUNCTION leads_check_news() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE returned timestamptz;
BEGIN
    SELECT max(c.at) INTO returned FROM leads_stagechange c
    WHERE c.lead_id = NEW.lead_id AND c.id <> NEW.id AND c.at <= NEW.at AND c.voided_at IS NULL
        AND c.to_standing IN ('nurturing', 'disqualified', 'lost', 'churned') AND c.move NOT IN ('undo', 'adopt')
        AND NOT EXISTS (SELECT 1 FROM leads_stagechange u WHERE u.undoes_id = c.id);
    IF returned IS NULL
        OR EXISTS (SELECT 1 FROM leads_touch t WHERE t.lead_id = NEW.lead_id AND t.at > returned
            AND t.team = 'marketing' AND NOT t.is_origin AND t.voided_at IS NULL)
        OR EXISTS (SELECT 1 FROM leads_activity a WHERE a.lead_id = NEW.lead_id AND a.at > returned
            AND a.connected AND a.taken_back_at IS NULL)
        OR EXISTS (SELECT 1 FROM leads_factchange f WHERE f.lead_id = NEW.lead_id AND f.at > returned
            AND f.voided_at IS NULL)
        OR EXISTS (SELECT 1 FROM leads_factchange f JOIN leads_lead l ON l.id = NEW.lead_id
            WHERE f.account_id = l.account_id AND f.at > returned AND f.voided_at IS NULL)
        OR EXISTS (SELECT 1 FROM leads_stagechange c WHERE c.lead_id = NEW.lead_id AND c.at > returned
            AND c.move = 'reopen' AND c.voided_at IS NULL) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'lead %: nothing is known of it that is newer than its return', NEW.lead_id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE CONSTRAINT TRIGGER leads_stagechange_evidence AFTER INSERT ON leads_stagechange
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.move = 'qualify' AND NEW.kind = 'live' AND NEW.from_standing = 'nurturing')
    EXECUTE FUNCTION leads_check_news();
"""
NO_EVIDENCE = """
DROP TRIGGER leads_stagechange_evidence ON leads_stagechange;
DROP FUNCTION leads_check_news();
"""


def keep_return_dates(apps, schema_editor) -> None:
    role = application_role()
    if role is not None:
        name = schema_editor.quote_name(role)
        schema_editor.execute(f"REVOKE DELETE, TRUNCATE ON leads_returndate FROM {name}")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("leads", "0014_signed_definitions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BuildIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("standing", "nurturing")),
                fields=["return_on", "id"],
                name="lead_nurtured",
            ),
        ),
        BuildIndex(
            model_name="suppression",
            index=models.Index(fields=["-created_at", "-id"], name="suppression_newest"),
        ),
        BuildIndex(
            model_name="suppression",
            index=models.Index(
                condition=models.Q(("lifted_at", None), ("until__isnull", False)),
                fields=["until"],
                name="suppression_for_a_time",
            ),
        ),
        BuildIndex(
            model_name="suppressionhit",
            index=models.Index(fields=["suppression", "-at", "-id"], name="hits_of_an_entry"),
        ),
        Together(
            migrations.CreateModel(
                name="ReturnDate",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("return_on", models.DateField(null=True)),
                    ("at", models.DateTimeField()),
                    (
                        "recorded_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    ("taken_back_at", models.DateTimeField(editable=False, null=True)),
                ],
            ),
            migrations.AlterField(
                model_name="bulkact",
                name="kind",
                field=models.CharField(
                    choices=[
                        ("qualify", "Hand over to sales"),
                        ("recycle", "Return to nurture"),
                        ("disqualify", "Disqualify"),
                        ("reassign", "Re-assign"),
                        ("claim", "Claim"),
                        ("postpone", "Choose another return date"),
                    ],
                    max_length=10,
                ),
            ),
            migrations.AlterField(
                model_name="suppressionhit",
                name="suppression",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="hits",
                    to="leads.suppression",
                ),
            ),
            migrations.AddField(
                model_name="returndate",
                name="by",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="returndate",
                name="lead",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="return_dates",
                    to="leads.lead",
                ),
            ),
            migrations.AddIndex(
                model_name="returndate",
                index=models.Index(fields=["lead", "at", "id"], name="return_date_by_lead"),
            ),
            migrations.RunSQL(RETURN_DATE, NO_RETURN_DATE),
            migrations.RunPython(keep_return_dates, migrations.RunPython.noop),
            migrations.RunSQL(EVIDENCE, NO_EVIDENCE),
        ),
    ]
