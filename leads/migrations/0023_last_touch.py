# ruff: noqa: S608 - put together from the constants below, never from input
"""When each lead was last touched stands beside it; triggers keep it, the next migration fills it."""

import django.db.models.deletion
from django.db import migrations, models

from smarketing.foundation.upgrades import Together

AT = "max(CASE WHEN t.is_origin THEN l.born_at ELSE t.at END)"
# What is undone, or born earlier than was thought, is reckoned anew. The rows are locked before anything is read, so
# that a touch which is stored meanwhile is either seen here or waits and is added by its own trigger.
RECKON = f"""
CREATE FUNCTION leads_reckon_last_touch(leads bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM leads_lasttouch WHERE lead_id = ANY(leads) ORDER BY lead_id FOR UPDATE;
    DELETE FROM leads_lasttouch f WHERE f.lead_id = ANY(leads)
        AND NOT EXISTS (SELECT FROM leads_touch t WHERE t.lead_id = f.lead_id AND t.voided_at IS NULL);
    INSERT INTO leads_lasttouch (lead_id, at)
    SELECT t.lead_id, {AT} FROM leads_touch t JOIN leads_lead l ON l.id = t.lead_id
    WHERE t.lead_id = ANY(leads) AND t.voided_at IS NULL GROUP BY t.lead_id ORDER BY t.lead_id
    ON CONFLICT (lead_id) DO UPDATE SET at = excluded.at WHERE leads_lasttouch.at <> excluded.at;
END $$
"""
NOTE = f"""
CREATE FUNCTION leads_note_touches() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leads_lasttouch (lead_id, at)
    SELECT t.lead_id, {AT} FROM fresh t JOIN leads_lead l ON l.id = t.lead_id
    WHERE t.voided_at IS NULL GROUP BY t.lead_id ORDER BY t.lead_id
    ON CONFLICT (lead_id) DO UPDATE SET at = excluded.at WHERE leads_lasttouch.at < excluded.at;
    RETURN NULL;
END $$;
CREATE FUNCTION leads_forget_touches() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM leads_reckon_last_touch(ARRAY(SELECT DISTINCT lead_id FROM fresh));
    RETURN NULL;
END $$;
CREATE FUNCTION leads_born_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM leads_reckon_last_touch(ARRAY[NEW.id]);
    RETURN NULL;
END $$
"""
TRIGGERS = """
CREATE TRIGGER leads_touch_last AFTER INSERT ON leads_touch REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION leads_note_touches();
CREATE TRIGGER leads_touch_voided_last AFTER UPDATE ON leads_touch REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION leads_forget_touches();
CREATE TRIGGER leads_lead_birth_last AFTER UPDATE OF born_at ON leads_lead
    FOR EACH ROW WHEN (OLD.born_at <> NEW.born_at) EXECUTE FUNCTION leads_born_again()
"""
NO_TRIGGERS = """
DROP TRIGGER leads_lead_birth_last ON leads_lead;
DROP TRIGGER leads_touch_voided_last ON leads_touch;
DROP TRIGGER leads_touch_last ON leads_touch
"""
NO_NOTE = """
DROP FUNCTION leads_born_again();
DROP FUNCTION leads_forget_touches();
DROP FUNCTION leads_note_touches()
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0022_news")]
    operations = [
        Together(
            migrations.CreateModel(
                name="LastTouch",
                fields=[
                    (
                        "lead",
                        models.OneToOneField(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            primary_key=True,
                            related_name="last_touch",
                            serialize=False,
                            to="leads.lead",
                        ),
                    ),
                    ("at", models.DateTimeField()),
                ],
                options={"indexes": [models.Index(fields=["at", "lead"], name="last_touch_by_time")]},
            ),
            migrations.RunSQL(RECKON, "DROP FUNCTION leads_reckon_last_touch(bigint[])"),
            migrations.RunSQL(NOTE, NO_NOTE),
            migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
        ),
    ]
