# ruff: noqa: S608 - put together from a constant, never from input
"""Fill what migration 0023 made, a few leads at a time, beside the work that goes on; may be run again."""

from importlib import import_module

from django.db import migrations

from smarketing.foundation.upgrades import Fill

AT = import_module("leads.migrations.0023_last_touch").AT
# A touch that is stored meanwhile has its trigger: what that wrote stays, where it is later.
FILL = f"""
INSERT INTO leads_lasttouch (lead_id, at)
SELECT t.lead_id, {AT} FROM leads_touch t JOIN leads_lead l ON l.id = t.lead_id
WHERE t.lead_id BETWEEN %(first)s AND %(last)s AND t.voided_at IS NULL GROUP BY t.lead_id ORDER BY t.lead_id
ON CONFLICT (lead_id) DO UPDATE SET at = excluded.at WHERE leads_lasttouch.at < excluded.at
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0023_last_touch")]
    operations = [Fill("leads_lead", FILL)]
