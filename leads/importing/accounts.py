"""Writes the companies that the rows of one chunk made or told something of."""

from __future__ import annotations

import json
from datetime import datetime

from leads.importing import befores, copying
from leads.importing.companies import Companies, Company
from leads.importing.fields import OWN_OF_ACCOUNT

_COLUMNS = {
    "id": "bigint",
    "name": "text",
    "key": "text",
    "domain": "text",
    "industry": "text",
    "employees": "int",
    "revenue_band": "text",
    "country": "text",
    "custom": "jsonb",
}


def store(cursor, companies: Companies, batch_id: int, moment: datetime) -> None:
    """New ones get their keys; of known ones what stood there before is kept for an undo."""
    for company, pk in zip(
        companies.made, copying.draw(cursor, "leads_account", len(companies.made)), strict=True
    ):
        company.id = pk
    rows = [(*_row(company), moment, batch_id) for company in companies.made]
    copying.copy(cursor, "leads_account", [*_COLUMNS, "created_at", "batch_id"], rows)
    changed = [_row(company) for company in companies.by_id.values() if company.changed]
    if not changed:
        return
    copying.stage(cursor, "import_account", _COLUMNS, changed)
    new = {name: f"s.{name}" for name in _COLUMNS if name not in ("id", "custom")}
    own = [name.removeprefix(OWN_OF_ACCOUNT) for name in companies.own]
    befores.keep(cursor, batch_id, "account", "import_account", new, own)
    pairs = ", ".join(f"{name} = s.{name}" for name in _COLUMNS if name != "id")
    cursor.execute(f"UPDATE leads_account a SET {pairs} FROM import_account s WHERE a.id = s.id")  # noqa: S608


def _row(company: Company) -> tuple:
    details = (company.industry or "", company.employees, company.revenue_band or "", company.country or "")
    custom = json.dumps(company.custom) if company.custom else "{}"
    return (company.id, company.name, company.key, company.domain, *details, custom)
