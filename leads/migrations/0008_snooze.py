"""Leads put off until a time, and activities that their author takes back; and what PostgreSQL refuses of both."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from smarketing.foundation.roles import application_role
from smarketing.foundation.upgrades import BuildIndex, Together

SNOOZE = """
CREATE FUNCTION leads_check_snooze() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a snooze is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (OLD.lead_id, OLD.by_id, OLD.owner_id, OLD.seq, OLD.at, OLD.recorded_at, OLD.until_at, OLD.note_id)
        IS DISTINCT FROM
        (NEW.lead_id, NEW.by_id, NEW.owner_id, NEW.seq, NEW.at, NEW.recorded_at, NEW.until_at, NEW.note_id) THEN
        RAISE EXCEPTION 'snooze %: only its end may be written', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.ended_at IS NOT NULL THEN
        RAISE EXCEPTION 'snooze % has ended', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leads_snooze_once BEFORE UPDATE OR DELETE ON leads_snooze
    FOR EACH ROW EXECUTE FUNCTION leads_check_snooze();
"""

# Append-only but for one mark, set once and within ten minutes.
ACTIVITY = """
DROP TRIGGER leads_activity_append_only ON leads_activity;
CREATE TRIGGER leads_activity_append_only
    BEFORE DELETE OR UPDATE OF id, lead_id, by_id, kind, outcome, connected, at, recorded_at ON leads_activity
    FOR EACH ROW EXECUTE FUNCTION foundation_forbid_change();
CREATE FUNCTION leads_check_taking_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.taken_back_at IS NOT NULL OR NEW.taken_back_at IS NULL
        OR NEW.taken_back_at > OLD.recorded_at + interval '10 minutes' THEN
        RAISE EXCEPTION 'activity %: it may be taken back once, within ten minutes', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leads_activity_taken_back_once BEFORE UPDATE OF taken_back_at ON leads_activity
    FOR EACH ROW EXECUTE FUNCTION leads_check_taking_back();
"""

NO_SNOOZE = """
DROP TRIGGER leads_snooze_once ON leads_snooze;
DROP FUNCTION leads_check_snooze();
"""
NO_TAKING_BACK = """
DROP TRIGGER leads_activity_taken_back_once ON leads_activity;
DROP FUNCTION leads_check_taking_back();
DROP TRIGGER leads_activity_append_only ON leads_activity;
CREATE TRIGGER leads_activity_append_only BEFORE UPDATE OR DELETE ON leads_activity
    FOR EACH ROW EXECUTE FUNCTION foundation_forbid_change();
"""


def let_the_application_mark(apps, schema_editor) -> None:
    role = application_role()
    if role is not None:
        name = schema_editor.quote_name(role)
        schema_editor.execute(f"GRANT UPDATE (taken_back_at) ON leads_activity TO {name}")
        schema_editor.execute(f"REVOKE DELETE, TRUNCATE ON leads_snooze FROM {name}")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("leads", "0007_waiting"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name="Snooze",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("seq", models.PositiveIntegerField(null=True)),
                    ("at", models.DateTimeField()),
                    (
                        "recorded_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                    ),
                    ("until_at", models.DateTimeField()),
                    ("ended_at", models.DateTimeField(null=True)),
                    (
                        "ending",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("woken", "Woken by hand"),
                                ("undone", "Taken back"),
                                ("again", "Put off anew"),
                            ],
                            max_length=6,
                        ),
                    ),
                ],
            ),
            migrations.AddField(
                model_name="activity",
                name="taken_back_at",
                field=models.DateTimeField(editable=False, null=True),
            ),
            migrations.AddField(
                model_name="snooze",
                name="by",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddField(
                model_name="snooze",
                name="lead",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="snoozes",
                    to="leads.lead",
                ),
            ),
            migrations.AddField(
                model_name="snooze",
                name="note",
                field=models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="snooze",
                    to="leads.note",
                ),
            ),
            migrations.AddField(
                model_name="snooze",
                name="owner",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
            migrations.AddIndex(
                model_name="snooze",
                index=models.Index(fields=["lead", "id"], name="snooze_by_lead"),
            ),
            migrations.AddIndex(
                model_name="snooze",
                index=models.Index(
                    condition=models.Q(("ended_at", None)),
                    fields=["owner", "until_at"],
                    name="snooze_by_owner",
                ),
            ),
            migrations.AddIndex(
                model_name="snooze",
                index=models.Index(fields=["by", "id"], name="snooze_by_author"),
            ),
            migrations.AddConstraint(
                model_name="snooze",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("ended_at", None)), fields=("lead",), name="snooze_one_open_per_lead"
                ),
            ),
            migrations.AddConstraint(
                model_name="snooze",
                constraint=models.CheckConstraint(
                    condition=models.Q(("until_at__gt", models.F("at"))), name="snooze_ends_after_it_begins"
                ),
            ),
            migrations.AddConstraint(
                model_name="snooze",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("ended_at", None), ("ending", "")),
                        models.Q(("ended_at__isnull", False), ("ending__in", ["woken", "undone", "again"])),
                        _connector="OR",
                    ),
                    name="snooze_end_is_whole",
                ),
            ),
            migrations.RunSQL(SNOOZE, NO_SNOOZE),
            migrations.RunSQL(ACTIVITY, NO_TAKING_BACK),
            migrations.RunPython(let_the_application_mark, migrations.RunPython.noop),
        ),
        BuildIndex(
            model_name="activity",
            index=models.Index(
                condition=models.Q(("taken_back_at__isnull", False)),
                fields=["taken_back_at"],
                name="activity_taken_back",
            ),
        ),
    ]
