# ruff: noqa: S608 - put together from the constants of migration 0006, never from input
"""Own fields are found by their values, and the undo of an import gives them and revenue bands back, each by itself."""

from importlib import import_module

import django.contrib.postgres.indexes
from django.db import migrations, models

from smarketing.foundation.upgrades import BuildIndex

undoing = import_module("leads.migrations.0006_undo_import")
ACCOUNT = [*undoing.ACCOUNT, "revenue_band"]


def give_back(table: str, columns: list[str], *, unless: str = "false", more: str = "") -> str:
    """As in migration 0006; a key "custom.budget" is the value of that own field, null where there was none."""
    pairs = ", ".join(f"{name} = r.{name}" for name in columns)
    return f"""
    UPDATE leads_{table} t SET {pairs}, custom = jsonb_strip_nulls(t.custom || f.own){more}
    FROM (
        SELECT p.row_id, jsonb_object_agg(k.key, k.value) AS patch,
            coalesce(jsonb_object_agg(substr(k.key, 8), k.value) FILTER (WHERE starts_with(k.key, 'custom.')), '{{}}')
                AS own
        FROM undo_patch p JOIN leads_{table} x ON x.id = p.row_id
        CROSS JOIN LATERAL jsonb_each(p.before) k LEFT JOIN undo_lead u ON u.id = {undoing.UNDER[table]}
        WHERE p."table" = '{table}' AND x.voided_at IS NULL AND p.after -> k.key =
            CASE WHEN starts_with(k.key, 'custom.') THEN coalesce(x.custom -> substr(k.key, 8), 'null')
                ELSE to_jsonb(x) -> k.key END
            AND NOT ({unless})
        GROUP BY p.row_id
    ) f
    JOIN leads_{table} x ON x.id = f.row_id CROSS JOIN LATERAL jsonb_populate_record(x, f.patch) r
    WHERE t.id = f.row_id;
    """


VERSION = ", version = t.version + 1"
OF_LEAD = undoing.give_back("lead", undoing.LEAD, unless=undoing.KEEP_OF_LEAD, more=VERSION)
OF_ACCOUNT = undoing.give_back("account", undoing.ACCOUNT)
assert OF_LEAD in undoing.FUNCTION and OF_ACCOUNT in undoing.FUNCTION
FUNCTION = (
    undoing.FUNCTION.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    .replace(OF_LEAD, give_back("lead", undoing.LEAD, unless=undoing.KEEP_OF_LEAD, more=VERSION))
    .replace(OF_ACCOUNT, give_back("account", ACCOUNT))
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0011_definitions")]
    operations = [
        BuildIndex(
            model_name="lead",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["custom"], condition=~models.Q(custom={}), name="lead_by_own_fields"
            ),
        ),
        BuildIndex(
            model_name="account",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["custom"], condition=~models.Q(custom={}), name="account_by_own_fields"
            ),
        ),
        migrations.RunSQL(FUNCTION, migrations.RunSQL.noop),
    ]
