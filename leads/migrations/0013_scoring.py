"""What is due for scoring is noted by triggers, one row for each thing that happened; what keeps a visitor from being an MQL."""

import django.db.models.functions.datetime
from django.db import migrations, models

from smarketing.foundation.upgrades import BuildIndex, Together

CAUSES = [
    ("touch", "Something they did"),
    ("fact", "Something we learned"),
    ("decay", "Time passed"),
    ("return", "Returned to marketing"),
    ("version", "Other rules"),
    ("import", "An import, or its undo"),
]

# Whatever an import does says so for its transaction: what it tells of the past sends nobody to sales.
FUNCTIONS = """
CREATE FUNCTION leads_score_cause(otherwise text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN current_setting('smarketing.importing', true) = 'on' THEN 'import' ELSE otherwise END
$$;

CREATE FUNCTION leads_due_touches() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leads_scoredue (lead_id, cause)
    SELECT t.lead_id, CASE WHEN bool_and(t.batch_id IS NOT NULL) THEN 'import' ELSE 'touch' END
    FROM fresh t GROUP BY t.lead_id;
    RETURN NULL;
END $$;

CREATE FUNCTION leads_due_voided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leads_scoredue (lead_id, cause) SELECT DISTINCT t.lead_id, 'import' FROM fresh t;
    RETURN NULL;
END $$;

CREATE FUNCTION leads_due_births() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leads_scoredue (lead_id, cause)
    SELECT l.id, CASE WHEN l.batch_id IS NULL THEN leads_score_cause('fact') ELSE 'import' END FROM fresh l;
    RETURN NULL;
END $$;

CREATE FUNCTION leads_due_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leads_scoredue (lead_id, cause) VALUES (NEW.id, leads_score_cause(
        CASE WHEN OLD.returned_at IS DISTINCT FROM NEW.returned_at THEN 'return' ELSE 'fact' END));
    RETURN NULL;
END $$;

CREATE FUNCTION leads_due_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leads_scoredue (lead_id, cause)
    SELECT l.id, leads_score_cause('fact') FROM leads_lead l WHERE l.account_id = NEW.id AND l.voided_at IS NULL;
    RETURN NULL;
END $$;
"""
NO_FUNCTIONS = """
DROP FUNCTION leads_due_people();
DROP FUNCTION leads_due_facts();
DROP FUNCTION leads_due_births();
DROP FUNCTION leads_due_voided();
DROP FUNCTION leads_due_touches();
DROP FUNCTION leads_score_cause(text);
"""

OF_LEAD = ["email", "phone", "first_name", "last_name", "job_title", "buying_role", "country", "consent"]
OF_LEAD += [
    "account_id",
    "custom",
    "campaign_id",
    "channel_id",
    "medium",
    "content",
    "born_at",
    "returned_at",
]
OF_ACCOUNT = ["name", "domain", "industry", "employees", "country", "revenue_band", "custom"]


def differs(columns: list[str]) -> str:
    return " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)


TRIGGERS = f"""
CREATE TRIGGER leads_touch_due AFTER INSERT ON leads_touch REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION leads_due_touches();
CREATE TRIGGER leads_touch_voided_due AFTER UPDATE ON leads_touch REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION leads_due_voided();
CREATE TRIGGER leads_lead_born_due AFTER INSERT ON leads_lead REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION leads_due_births();
CREATE TRIGGER leads_lead_facts_due AFTER UPDATE OF {", ".join(OF_LEAD)} ON leads_lead
    FOR EACH ROW WHEN (NEW.voided_at IS NULL AND ({differs(OF_LEAD)})) EXECUTE FUNCTION leads_due_facts();
CREATE TRIGGER leads_account_due AFTER UPDATE OF {", ".join(OF_ACCOUNT)} ON leads_account
    FOR EACH ROW WHEN ({differs(OF_ACCOUNT)}) EXECUTE FUNCTION leads_due_people();
"""
NO_TRIGGERS = """
DROP TRIGGER leads_account_due ON leads_account;
DROP TRIGGER leads_lead_facts_due ON leads_lead;
DROP TRIGGER leads_lead_born_due ON leads_lead;
DROP TRIGGER leads_touch_voided_due ON leads_touch;
DROP TRIGGER leads_touch_due ON leads_touch;
"""

# Every night rewrites scores in place: room for that on each page.
ROOM = "ALTER TABLE leads_leadscore SET (fillfactor = 80)"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0012_own_fields")]
    operations = [
        Together(
            migrations.DeleteModel(name="ScoreDue"),
            migrations.CreateModel(
                name="ScoreDue",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("since", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ("cause", models.CharField(choices=CAUSES, max_length=8)),
                    (
                        "lead",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=models.DO_NOTHING,
                            related_name="+",
                            to="leads.lead",
                        ),
                    ),
                ],
            ),
            migrations.AddField(
                model_name="leadscore",
                name="lacks",
                field=models.CharField(db_default="", default="", max_length=80),
            ),
            migrations.RunSQL(ROOM, "ALTER TABLE leads_leadscore RESET (fillfactor)"),
            migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
            migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
        ),
        BuildIndex(
            model_name="leadscore",
            index=models.Index(
                fields=["lacks", "-total", "-lead"],
                condition=~models.Q(lacks=""),
                name="score_near_misses",
            ),
        ),
    ]
