"""A small file of leads, taken in and taken back as a person would do it."""

from __future__ import annotations

import io
import json

from django.core.management import call_command

from tests.leads.importing import Run, run, write

LEADS = """external_id,email,first_name,company,industry,owner,campaign,channel,note,reached.mql,reached.sal,\
rejected.at,rejected.reason,disqualified.at,disqualified.reason,deal.external_id,deal.name,deal.amount,deal.won_at
A1,ada@x.example,Ada,Acme,Steel,Rita Okafor,Spring,email,Met her,2025-01-10,2025-01-11,,,,,D1,Ovens,1200,2025-02-01
A2,bea@x.example,Bea,Acme,,Rita Okafor,Spring,email,,2025-01-10,,2025-01-12,too_early,,,,,,
A3,cy@x.example,Cy,Birch,,Rita Okafor,Autumn,,,2025-01-10,,,,,,,,,
A4,dee@x.example,Dee,,,,,,,2025-01-10,,,,2025-01-20,competitor,,,,
A5,eve@x.example,Eve,,,,,,,,,,,,,,,,
"""


def take(tmp_path, text: str, command: str = "import_leads", *arguments: str) -> Run:
    source = () if command == "import_costs" else ("--source", "crm")
    return run(command, write(tmp_path, text), *source, *arguments)


def undo(batch: int) -> Run:
    out, said = io.StringIO(), io.StringIO()
    try:
        call_command("undo_import", str(batch), "--json", stdout=out, stderr=said)
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    return Run(status, json.loads(out.getvalue()) if out.getvalue() else {}, said.getvalue())
