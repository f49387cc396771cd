# ruff: noqa: S608 - put together from the constant of migration 0015, never from input
"""To be told to leave somebody alone is no news that hands them over again, nor is a reopening that was undone."""

from importlib import import_module

from django.db import migrations

before = import_module("leads.migrations.0015_register").EVIDENCE
FUNCTION = before[: before.index("CREATE CONSTRAINT TRIGGER")].replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
)
FACT = "WHERE f.lead_id = NEW.lead_id AND f.at > returned\n            AND f.voided_at IS NULL)"
REOPENED = "AND c.move = 'reopen' AND c.voided_at IS NULL)"
assert FACT in FUNCTION and REOPENED in FUNCTION
NEWS = FUNCTION.replace(FACT, f"{FACT[:-1]} AND (f.field <> 'consent' OR f.after <> 'opted_out'))").replace(
    REOPENED,
    f"{REOPENED[:-1]} AND NOT EXISTS (SELECT 1 FROM leads_stagechange u WHERE u.undoes_id = c.id))",
)


class Migration(migrations.Migration):
    dependencies = [("leads", "0021_made_ready")]
    operations = [migrations.RunSQL(NEWS, FUNCTION)]
