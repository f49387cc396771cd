"""The application role owns no table and so may not ANALYZE one; this function does it for those that grow."""

from django.db import migrations

TABLES = [
    "lead",
    "stagechange",
    "touch",
    "deal",
    "account",
    "handover",
    "assignment",
    "activity",
    "externalid",
    "cost",
]
FUNCTION = f"""
CREATE FUNCTION leads_refresh_statistics() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE {", ".join(f"leads_{table}" for table in TABLES)};
END $$;
REVOKE ALL ON FUNCTION leads_refresh_statistics() FROM PUBLIC;
"""


def let_the_application_call_it(apps, schema_editor) -> None:
    from smarketing.foundation.roles import application_role

    if (role := application_role()) is not None:
        name = schema_editor.quote_name(role)
        schema_editor.execute(f"GRANT EXECUTE ON FUNCTION leads_refresh_statistics() TO {name}")


class Migration(migrations.Migration):
    dependencies = [("leads", "0002_guards")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION leads_refresh_statistics()"),
        migrations.RunPython(let_the_application_call_it, migrations.RunPython.noop),
    ]
