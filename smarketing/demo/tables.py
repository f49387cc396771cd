"""Rows on their way into PostgreSQL: gathered per table, written by COPY in the order that keys demand."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

from django.db import connection

START = ("visitor", "active")
COLUMNS = {
    "leads_account": "id name key domain industry employees country created_at revenue_band custom",
    "leads_lead": (
        "id email email_norm first_name last_name name_key phone phone_norm job_title buying_role country consent"
        " account_id campaign_id channel_id medium content owner_id born_at created_at stage_since version"
        " stage standing highest_stage seq visitor_at worked_at custom"
    ),
    "leads_stagechange": (
        "id lead_id kind move to_stage to_standing at recorded_at reason by_id owner_id return_on"
        " seq prev_seq from_stage from_standing definition_version"
    ),
    "leads_touch": "lead_id at recorded_at kind team is_origin campaign_id channel_id medium content url source",
    "leads_assignment": "lead_id owner_id at recorded_at rule candidates by_id",
    "leads_handover": "lead_id entry_id rep_id opened_at recorded_at ended_at ending cause ended_by_change_id",
    "leads_deal": (
        "id account_id contact_id source name amount currency opened_at expected_on outcome closed_at lost_reason"
        " opened_by_change_id closed_by_change_id recorded_at close_recorded_at"
    ),
    "leads_dealcontact": "deal_id lead_id role",
    "leads_refund": "deal_id at recorded_at amount",
    "leads_activity": "id lead_id by_id kind outcome connected at recorded_at",
    "leads_note": "lead_id activity_id change_id by_id text at recorded_at",
    "leads_factchange": "lead_id account_id field before after way by_id at recorded_at",
    "leads_suppression": "kind value reason lead_id change_id by_id created_at",
}


class Tables:
    """The rows of one batch."""

    def __init__(self) -> None:
        self.lines: dict[str, list[str]] = {table: [] for table in COLUMNS}

    def add(self, table: str, *values: object) -> None:
        self.lines[f"leads_{table}"].append("\t".join(["\\N" if v is None else str(v) for v in values]))

    def copy(self, *names: str) -> None:
        """Write these tables, or all that are not written yet; parents first."""
        with connection.cursor() as cursor:
            for table in [f"leads_{name}" for name in names] or COLUMNS:
                lines, self.lines[table] = self.lines[table], []
                if lines:
                    columns = COLUMNS[table].replace(" ", ", ")
                    text = StringIO("\n".join(lines) + "\n")
                    cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", text)


def keys(table: str, count: int) -> Iterator[int]:
    """`count` fresh primary keys of a table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH named AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS sequence)"
            " SELECT nextval(sequence) FROM named, generate_series(1, %s)",
            [table, count],
        )
        return iter([row[0] for row in cursor.fetchall()])
