"""The floor of an import: parse, COPY into a staging table, and set-based SQL into the real tables, once.

The same tables with the same keys, indexes and checks as the product's, but no judgement of single rows, no
chunks, no account of what became of which row.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from time import perf_counter

from django.db import connection, transaction

PHONE = str.maketrans("", "", " -()/.")
STAGE = """CREATE TEMP TABLE stage (n int, mail text, mail_norm text, first text, last text, phone text,
    phone_norm text, company text, campaign text, seen timestamptz) ON COMMIT DROP"""

NEW = """CREATE TEMP TABLE fresh ON COMMIT DROP AS
    SELECT nextval(pg_get_serial_sequence('leads_lead', 'id')::regclass) AS id, s.*, c.id AS campaign_id,
        c.channel_id, coalesce(s.seen, now()) AS born
    FROM (
        SELECT *, row_number() OVER (PARTITION BY mail_norm ORDER BY n) AS nth FROM stage WHERE mail_norm LIKE '%@%'
    ) s
    JOIN leads_campaign c ON c.key = lower(s.campaign)
    WHERE nth = 1 AND NOT EXISTS (SELECT 1 FROM leads_lead l WHERE l.email_norm = s.mail_norm)
        AND NOT EXISTS (SELECT 1 FROM leads_lead l WHERE l.phone_norm = s.phone_norm)"""

ACCOUNTS = """INSERT INTO leads_account (name, key, industry, country, created_at)
    SELECT DISTINCT ON (lower(company)) company, lower(company), '', '', now() FROM fresh f
    WHERE NOT EXISTS (SELECT 1 FROM leads_account a WHERE a.key = lower(f.company))"""

LEADS = """INSERT INTO leads_lead (id, email, email_norm, first_name, last_name, name_key, phone, phone_norm, job_title,
        buying_role, country, consent, account_id, campaign_id, channel_id, medium, content, stage, standing,
        highest_stage, stage_since, born_at, visitor_at, version)
    SELECT f.id, mail_norm, mail_norm, first, last, lower(first || ' ' || last), phone, phone_norm, '', '', '', '',
        a.id, campaign_id, channel_id, '', '', 'visitor', 'active', 'visitor', born, born, seen, 1
    FROM fresh f JOIN leads_account a ON a.key = lower(f.company)"""

TOUCHES = """INSERT INTO leads_touch (lead_id, at, kind, team, is_origin, campaign_id, channel_id, medium, content, url,
        source)
    SELECT id, born, 'origin', 'marketing', true, campaign_id, channel_id, '', '', '', '' FROM fresh"""

HISTORY = """INSERT INTO leads_stagechange (lead_id, kind, move, to_stage, to_standing, at, reason)
    SELECT id, 'historic', 'reach', 'visitor', 'active', seen, '' FROM fresh"""


def take(file: Path, *, dated: bool) -> tuple[float, int]:
    """How many seconds it took, and how many leads were made."""
    start = perf_counter()
    rows = staged(file, dated=dated)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STAGE)
        cursor.copy_expert("COPY stage FROM STDIN (FORMAT csv)", rows)
        cursor.execute("ANALYZE stage")
        cursor.execute(NEW)
        made = cursor.rowcount
        cursor.execute("ANALYZE fresh")
        for statement in (ACCOUNTS, LEADS, TOUCHES, *([HISTORY] if dated else [])):
            cursor.execute(statement)
    return perf_counter() - start, made


def staged(file: Path, *, dated: bool) -> io.StringIO:
    """The file's rows with normal forms of e-mail and phone beside them."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    with file.open(newline="") as opened:
        rows = csv.reader(opened)
        next(rows)
        for n, row in enumerate(rows):
            mail, first, last, phone, company, campaign = row[:6]
            norm = phone.translate(PHONE)
            seen = row[6] if dated else ""
            writer.writerow(
                (n, mail, mail.strip().lower(), first, last, phone, norm, company, campaign, seen)
            )
    buffer.seek(0)
    return buffer
