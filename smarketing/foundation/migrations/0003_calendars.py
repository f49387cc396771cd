"""Calendars of teams and people, public holidays, and a counter that tells when somebody's hours changed.

Running clocks hold due times that were reckoned from calendars. Whoever changes a calendar, a leave or who
works by which calendar (a form, a bulk statement, a person with psql) counts the row "hours" of the heartbeats up;
a sweep that remembers the last number need not look at anything else.
"""

import django.db.models.deletion
import smarketing.foundation.public_holidays
from django.db import migrations, models

from smarketing.foundation.upgrades import Together


CALENDAR_HOURS = "time_zone, week, holidays, exceptions, holiday_country, holiday_subdivision"
WATCHED = [
    ("foundation_calendar", "UPDATE", CALENDAR_HOURS),
    ("foundation_calendar", "DELETE", "id"),
    ("foundation_absence", "INSERT", "id"),
    ("foundation_absence", "UPDATE", "user_id, starts_on, ends_on"),
    ("foundation_absence", "DELETE", "id"),
    ("foundation_team", "UPDATE", "calendar_id"),
    ("foundation_user", "UPDATE", "calendar_id, team_id, is_active, time_zone"),
    ("foundation_organisation", "UPDATE", "calendar_id, time_zone"),
]
# Inserting the row is part of it: tests empty all tables, and nothing may depend on who made it first.
COUNT = """
CREATE FUNCTION foundation_count_hours() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed boolean := true;
BEGIN
    IF TG_OP = 'INSERT' THEN
        changed := EXISTS (SELECT FROM after);
    ELSIF TG_OP = 'DELETE' THEN
        changed := EXISTS (SELECT FROM before);
    ELSE
        EXECUTE format('SELECT EXISTS (SELECT id, %1$s FROM after EXCEPT SELECT id, %1$s FROM before)', TG_ARGV[0])
            INTO changed;
    END IF;
    IF changed THEN
        INSERT INTO foundation_heartbeat AS known (name, at, watermark) VALUES ('hours', now(), 1)
            ON CONFLICT (name) DO UPDATE SET at = excluded.at, watermark = known.watermark + 1;
    END IF;
    RETURN NULL;
END $$;
"""
TABLES = {"INSERT": "NEW TABLE AS after", "DELETE": "OLD TABLE AS before"}
TABLES["UPDATE"] = f"{TABLES['DELETE']} {TABLES['INSERT']}"

VERSION = f"""
CREATE FUNCTION foundation_count_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version;
    IF ({", ".join(f"NEW.{column}" for column in CALENDAR_HOURS.split(", "))})
        IS DISTINCT FROM ({", ".join(f"OLD.{column}" for column in CALENDAR_HOURS.split(", "))}) THEN
        NEW.version := OLD.version + 1;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER foundation_calendar_version BEFORE UPDATE ON foundation_calendar
    FOR EACH ROW EXECUTE FUNCTION foundation_count_version();
"""


def watch(table: str, act: str, columns: str) -> migrations.RunSQL:
    name = f"{table}_hours_{act.lower()}"
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} AFTER {act} ON {table} REFERENCING {TABLES[act]} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION foundation_count_hours('{columns}')",
        f"DROP TRIGGER {name} ON {table}",
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("foundation", "0002_roles"),
    ]

    operations = [
        Together(
            migrations.AddField(
                model_name="calendar",
                name="exceptions",
                field=models.JSONField(
                    blank=True,
                    default=dict,
                    help_text="ISO date to the [opening, closing] times that replace its week.",
                ),
            ),
            migrations.AddField(
                model_name="calendar",
                name="holiday_country",
                field=models.CharField(
                    blank=True,
                    max_length=2,
                    validators=[smarketing.foundation.public_holidays.validate_country],
                ),
            ),
            migrations.AddField(
                model_name="calendar",
                name="holiday_subdivision",
                field=models.CharField(blank=True, max_length=40),
            ),
            migrations.AddField(
                model_name="calendar",
                name="version",
                field=models.PositiveIntegerField(db_default=1, editable=False),
            ),
            migrations.AddField(
                model_name="team",
                name="calendar",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    to="foundation.calendar",
                ),
            ),
            migrations.AddField(
                model_name="user",
                name="calendar",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    to="foundation.calendar",
                ),
            ),
            migrations.AddConstraint(
                model_name="calendar",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        ("holiday_subdivision", ""),
                        models.Q(("holiday_country", ""), _negated=True),
                        _connector="OR",
                    ),
                    name="calendar_region_has_a_country",
                    violation_error_message="A region needs its country.",
                ),
            ),
            migrations.RunSQL(COUNT, "DROP FUNCTION foundation_count_hours()"),
            migrations.RunSQL(
                VERSION,
                "DROP TRIGGER foundation_calendar_version ON foundation_calendar;"
                "DROP FUNCTION foundation_count_version()",
            ),
            *(watch(*watched) for watched in WATCHED),
        ),
    ]
