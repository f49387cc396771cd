# ruff: noqa: S608 - put together from the constants below, never from input
"""The one function that marks rows void, and what holds against everybody else: application, ORM, owner's SQL."""

from importlib import import_module

from django.db import migrations

from smarketing.foundation.roles import append_only
from smarketing.foundation.upgrades import Together

# Columns of the append-only tables: an UPDATE of any of these is refused, and of nothing else but `voided_at`.
APPEND_ONLY = {
    "leads_stagechange": "id, lead_id, kind, seq, prev_seq, move, from_stage, from_standing, to_stage, to_standing, "
    "at, recorded_at, reason, by_id, owner_id, definition_version, return_on, undoes_id, batch_id",
    "leads_touch": "id, lead_id, at, recorded_at, kind, team, is_origin, campaign_id, channel_id, medium, content, "
    "url, source, event_id, batch_id",
    "leads_assignment": "id, lead_id, owner_id, at, recorded_at, rule, candidates, by_id, batch_id",
    "leads_suppressionhit": "id, suppression_id, lead_id, way, campaign_id, batch_id, at",
}
OTHERS = [
    "leads_lead",
    "leads_externalid",
    "leads_account",
    "leads_handover",
    "leads_note",
    "leads_deal",
    "leads_dealcontact",
    "leads_cost",
    "leads_suppression",
]

MARK = """
CREATE FUNCTION leads_check_voiding() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.voided_at IS NOT NULL THEN
        RAISE EXCEPTION '%: a row that is void stays void', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    IF (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) <> current_user THEN
        RAISE EXCEPTION '%: only the undo of an import marks rows void', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
GUARDS = MARK + "".join(
    f"""
DROP TRIGGER {table}_append_only ON {table};
CREATE TRIGGER {table}_append_only BEFORE DELETE OR UPDATE OF {columns} ON {table}
    FOR EACH ROW EXECUTE FUNCTION foundation_forbid_change();
CREATE TRIGGER {table}_voided_once BEFORE UPDATE OF voided_at ON {table}
    FOR EACH ROW WHEN (OLD.voided_at IS NOT NULL) EXECUTE FUNCTION foundation_forbid_change();
"""
    for table, columns in APPEND_ONLY.items()
)
GUARDS += "".join(
    f"""
CREATE TRIGGER {table}_voided_once BEFORE UPDATE OF voided_at ON {table}
    FOR EACH ROW WHEN (OLD.voided_at IS DISTINCT FROM NEW.voided_at) EXECUTE FUNCTION leads_check_voiding();
"""
    for table in OTHERS
)

# As in migration 0002, with rows that are void no evidence, and with the one more way in which a hand-over opens
# again: the import whose history ended it was undone.
EVIDENCE = """
CREATE OR REPLACE FUNCTION leads_check_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM leads_stagechange WHERE lead_id = NEW.id AND kind = 'historic' AND voided_at IS NULL
            AND to_stage = NEW.stage AND to_standing = NEW.standing
    ) AND EXISTS (
        SELECT 1 FROM leads_lead WHERE id = NEW.id AND voided_at IS NULL AND seq IS NULL
            AND stage = NEW.stage AND standing = NEW.standing
    ) THEN
        RAISE EXCEPTION 'lead %: no history shows %/%', NEW.id, NEW.stage, NEW.standing
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION leads_check_handover() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a hand-over is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (OLD.lead_id, OLD.entry_id, OLD.rep_id, OLD.opened_at) IS DISTINCT FROM
        (NEW.lead_id, NEW.entry_id, NEW.rep_id, NEW.opened_at) THEN
        RAISE EXCEPTION 'hand-over %: lead, entry, rep and opening stay', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.ended_at IS NOT NULL AND NOT (
        OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL
        AND (OLD.ended_at, OLD.ending, OLD.cause, OLD.ended_by_change_id) IS NOT DISTINCT FROM
            (NEW.ended_at, NEW.ending, NEW.cause, NEW.ended_by_change_id)
        OR NEW.ended_at IS NULL AND (
            EXISTS (SELECT 1 FROM leads_stagechange WHERE undoes_id = OLD.ended_by_change_id)
            OR EXISTS (SELECT 1 FROM leads_importbatch WHERE id = OLD.ended_by_batch_id AND undone_at IS NOT NULL)
        )
    ) THEN
        RAISE EXCEPTION 'hand-over % has ended', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""

# No chain adopts a place that only a void row shows.
ADOPTING = (
    import_module("leads.migrations.0002_guards")
    .LIVE_ROW.partition("CREATE TRIGGER")[0]
    .replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    .replace("AND move NOT IN ('undo', 'adopt')", "AND voided_at IS NULL AND move NOT IN ('undo', 'adopt')")
)

LEAD = [
    "email",
    "email_norm",
    "first_name",
    "last_name",
    "name_key",
    "phone",
    "phone_norm",
    "job_title",
    "buying_role",
]
LEAD += [
    "country",
    "consent",
    "account_id",
    "campaign_id",
    "channel_id",
    "medium",
    "content",
    "owner_id",
    "born_at",
]
CLOSING = ["outcome", "closed_at", "lost_reason", "close_recorded_at"]
DEAL = ["external_id", "name", "amount", "currency", "opened_at", *CLOSING]
ACCOUNT = ["name", "key", "domain", "industry", "employees", "country"]


def give_back(table: str, columns: list[str], *, unless: str = "false", more: str = "") -> str:
    """Restore what still has the value that the batch gave it (x: the row, k: a value, p: all that changed)."""
    pairs = ", ".join(f"{name} = r.{name}" for name in columns)
    return f"""
    UPDATE leads_{table} t SET {pairs}{more}
    FROM (
        SELECT p.row_id, jsonb_object_agg(k.key, k.value) AS patch
        FROM undo_patch p JOIN leads_{table} x ON x.id = p.row_id
        CROSS JOIN LATERAL jsonb_each(p.before) k LEFT JOIN undo_lead u ON u.id = {UNDER[table]}
        WHERE p."table" = '{table}' AND x.voided_at IS NULL AND to_jsonb(x) -> k.key = p.after -> k.key
            AND NOT ({unless})
        GROUP BY p.row_id
    ) f
    JOIN leads_{table} x ON x.id = f.row_id CROSS JOIN LATERAL jsonb_populate_record(x, f.patch) r
    WHERE t.id = f.row_id;
    """


UNDER = {"lead": "x.id", "deal": "x.contact_id", "account": "NULL", "cost": "NULL"}
# An opt-out stays whatever comes; of a lead that stays as it was worked on, its owner and its past stay.
KEEP_OF_LEAD = """coalesce(u.made, false) OR k.key = 'consent' AND p.after ->> 'consent' = 'opted_out'
            OR coalesce(u.kept, false) AND k.key IN ('owner_id', 'born_at')
            OR k.key IN ('email', 'email_norm') AND EXISTS (SELECT 1 FROM leads_lead o
                WHERE o.email_norm = p.before ->> 'email_norm' AND o.voided_at IS NULL AND o.id <> x.id)"""
KEEP_OF_DEAL = f"""coalesce(u.kept, false) OR k.key IN ({", ".join(f"'{name}'" for name in CLOSING)})
            AND EXISTS (SELECT 1 FROM unnest(ARRAY['outcome', 'closed_at']) AS c (name)
                WHERE p.after ? c.name AND to_jsonb(x) -> c.name <> p.after -> c.name)"""

# Facts that stand by themselves: of a lead that the batch made, any of another source keeps it.
TOLD_SINCE = "\n        UNION ".join(
    f"""SELECT f.{lead} FROM leads_{table} f JOIN leads_lead l ON l.id = f.{lead} AND l.batch_id = batch
        WHERE f.voided_at IS NULL AND f.batch_id IS DISTINCT FROM batch{more}"""
    for table, lead, more in [
        ("stagechange", "lead_id", ""),
        ("touch", "lead_id", ""),
        ("note", "lead_id", ""),
        ("handover", "lead_id", ""),
        ("suppression", "lead_id", ""),
        ("deal", "contact_id", ""),
        ("dealcontact", "lead_id", ""),
        ("externalid", "lead_id", " AND f.batch_id IS NOT NULL"),  # those of imports before 0004 have none
        ("assignment", "lead_id", " AND (f.batch_id IS NOT NULL OR f.rule <> 'imported')"),
    ]
)
# What a person did with a lead that was there before, and that rests on what the batch told of it.
BUILT_SINCE = "\n        UNION ".join(
    f"""SELECT f.lead_id FROM leads_{table} f JOIN told t ON t.id = f.lead_id
        WHERE f.recorded_at > started AND {live}"""
    for table, live in [
        ("stagechange", "f.kind = 'live' AND f.move <> 'adopt'"),
        ("handover", "f.batch_id IS NULL AND f.voided_at IS NULL"),
        ("assignment", "f.batch_id IS NULL AND f.rule <> 'imported'"),
    ]
)

# Every lead that a batch made or told something of, and whether it stays: read before an undo, and by it.
LEADS = f"""
CREATE FUNCTION leads_undo_leads(batch bigint) RETURNS TABLE (id bigint, made boolean, kept boolean)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    started timestamptz := (SELECT b.started_at FROM leads_importbatch b WHERE b.id = batch);
BEGIN
    RETURN QUERY
    WITH told AS MATERIALIZED (
        SELECT l.id, l.batch_id IS NOT DISTINCT FROM batch AS made FROM leads_lead l JOIN (
            SELECT l.id FROM leads_lead l WHERE l.batch_id = batch
            UNION SELECT c.lead_id FROM leads_stagechange c WHERE c.batch_id = batch
            UNION SELECT h.lead_id FROM leads_handover h WHERE h.batch_id = batch OR h.ended_by_batch_id = batch
            UNION SELECT s.lead_id FROM leads_suppression s WHERE s.batch_id = batch
            UNION SELECT a.lead_id FROM leads_assignment a WHERE a.batch_id = batch
            UNION SELECT r.lead_id FROM leads_dealcontact r WHERE r.batch_id = batch
            UNION SELECT d.contact_id FROM leads_deal d WHERE d.batch_id = batch
            UNION SELECT c.row_id FROM leads_importchange c WHERE c.batch_id = batch AND c."table" = 'lead'
            UNION SELECT d.contact_id FROM leads_importchange c JOIN leads_deal d ON d.id = c.row_id
                WHERE c.batch_id = batch AND c."table" = 'deal'
        ) s ON s.id = l.id WHERE l.voided_at IS NULL
    ),
    of_deals AS (
        SELECT d.contact_id FROM leads_refund f JOIN leads_deal d ON d.id = f.deal_id WHERE d.batch_id = batch
        UNION SELECT d.contact_id FROM leads_dealcontact f JOIN leads_deal d ON d.id = f.deal_id
            WHERE d.batch_id = batch AND f.batch_id IS DISTINCT FROM batch AND f.voided_at IS NULL
    ),
    of_made AS (
        SELECT l.id FROM leads_lead l
            WHERE l.batch_id = batch AND (l.seq IS NOT NULL OR l.merged_into_id IS NOT NULL OR l.erased_at IS NOT NULL)
        UNION SELECT l.merged_into_id FROM leads_lead l WHERE l.merged_into_id IS NOT NULL
        UNION SELECT f.lead_id FROM leads_activity f
        UNION SELECT f.lead_id FROM leads_appeal f
        UNION SELECT t.id FROM told t JOIN foundation_auditevent f
            ON f.object_type = 'leads.lead' AND f.object_id = t.id::text WHERE f.action = 'lead.facts_corrected'
        UNION SELECT f.row_id FROM leads_importchange f JOIN leads_importbatch b ON b.id = f.batch_id
            WHERE f."table" = 'lead' AND b.id <> batch AND b.undone_at IS NULL
        UNION {TOLD_SINCE}
    ),
    of_others AS (
        {BUILT_SINCE}
        -- Another file's hand-over rests on this one's history
        UNION SELECT h.lead_id FROM leads_handover h JOIN leads_stagechange c ON c.id = h.entry_id
            WHERE c.batch_id = batch AND h.batch_id IS DISTINCT FROM batch AND h.voided_at IS NULL
        UNION SELECT h.lead_id FROM leads_handover h JOIN leads_stagechange c ON c.id = h.ended_by_change_id
            WHERE c.batch_id = batch AND h.batch_id IS DISTINCT FROM batch AND h.voided_at IS NULL
    )
    SELECT t.id, t.made, t.id IN (SELECT d.contact_id FROM of_deals d)
        OR CASE WHEN t.made THEN t.id IN (SELECT m.id FROM of_made m) ELSE t.id IN (SELECT o.lead_id FROM of_others o) END
    FROM told t;
END $$;
"""


def void(
    table: str, *, where: str = "t.batch_id = batch", lead: str = "t.lead_id", kept: str = "k.kept"
) -> str:
    """Mark the rows of the batch but for those of the leads that stay, and count them."""
    stays = f"EXISTS (SELECT 1 FROM undo_lead k WHERE k.id = {lead} AND {kept})" if lead else "false"
    return f"""
    UPDATE leads_{table} t SET voided_at = now() WHERE {where} AND t.voided_at IS NULL AND NOT {stays};
    GET DIAGNOSTICS n = ROW_COUNT;
    counts := counts || jsonb_build_object('{table}', n);
    """


FUNCTION = f"""
CREATE FUNCTION leads_undo_import(batch bigint, who bigint) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    it record;
    n bigint;
    counts jsonb := '{{}}';
BEGIN
    SELECT * INTO it FROM leads_importbatch WHERE id = batch FOR UPDATE;
    IF NOT FOUND OR it.undone_at IS NOT NULL
        OR EXISTS (SELECT 1 FROM foundation_job WHERE id = it.job_id AND state = 'running') THEN
        RAISE EXCEPTION 'batch %: only a finished import can be undone, once', batch
            USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE leads_importbatch SET undone_at = now(), undone_by_id = who WHERE id = batch;

    DROP TABLE IF EXISTS pg_temp.undo_lead, pg_temp.undo_patch;
    -- Locked first: whatever somebody does with one of these leads comes before or after, and is seen
    PERFORM 1 FROM leads_lead l WHERE l.id IN (SELECT s.id FROM leads_undo_leads(batch) s)
        ORDER BY l.id FOR NO KEY UPDATE;
    CREATE TEMP TABLE undo_lead ON COMMIT DROP AS SELECT * FROM leads_undo_leads(batch);
    CREATE UNIQUE INDEX ON undo_lead (id);
    ANALYZE undo_lead;

    {void("stagechange")}
    {void("touch", kept="k.kept AND k.made")}
    {void("note")}
    {void("handover")}
    {void("assignment")}
    {void("externalid")}
    {void("deal", lead="t.contact_id")}
    {
    void(
        "dealcontact",
        where="(t.batch_id = batch OR EXISTS (SELECT 1 FROM leads_deal d WHERE d.id = t.deal_id "
        "AND d.batch_id = batch AND d.voided_at IS NOT NULL))",
    )
}
    {void("suppression")}
    {void("suppressionhit")}
    {void("cost", lead="")}
    {void("lead", where="t.batch_id = batch", lead="t.id")}

    UPDATE leads_deal d SET outcome = 'open', closed_at = NULL, close_recorded_at = NULL, lost_reason = '',
        closed_by_change_id = NULL
    FROM leads_stagechange c
    WHERE c.id = d.closed_by_change_id AND c.batch_id = batch AND c.voided_at IS NOT NULL AND d.voided_at IS NULL;
    -- The values before, of the first change, and after, of the last one: chunks may change a row again
    CREATE TEMP TABLE undo_patch ON COMMIT DROP AS
    SELECT v."table", v.row_id, jsonb_object_agg(v.key, v.before) AS before, jsonb_object_agg(v.key, v.after) AS after
    FROM (
        SELECT c."table", c.row_id, e.key, (array_agg(e.value ORDER BY c.id))[1] AS before,
            (array_agg(c.after -> e.key ORDER BY c.id DESC))[1] AS after
        FROM leads_importchange c CROSS JOIN LATERAL jsonb_each(c.before) e
        WHERE c.batch_id = batch GROUP BY c."table", c.row_id, e.key
    ) v GROUP BY v."table", v.row_id;
    {give_back("lead", LEAD, unless=KEEP_OF_LEAD, more=", version = t.version + 1")}
    GET DIAGNOSTICS n = ROW_COUNT;
    counts := counts || jsonb_build_object('restored', n);
    -- Whoever was assigned last of those who remain; two files that replaced an owner may be undone in any order
    UPDATE leads_lead l SET owner_id = r.owner_id
    FROM (
        SELECT v.lead_id, last.owner_id, last.lead_id IS NOT NULL AS remains
        FROM (SELECT DISTINCT a.lead_id FROM leads_assignment a WHERE a.batch_id = batch AND a.voided_at IS NOT NULL) v
        LEFT JOIN LATERAL (
            SELECT a.lead_id, a.owner_id FROM leads_assignment a
            WHERE a.lead_id = v.lead_id AND a.voided_at IS NULL ORDER BY a.id DESC LIMIT 1
        ) last ON true
    ) r
    WHERE l.id = r.lead_id AND l.voided_at IS NULL AND l.owner_id IS DISTINCT FROM r.owner_id
        AND (r.remains OR EXISTS (SELECT 1 FROM leads_assignment a
            WHERE a.lead_id = l.id AND a.voided_at IS NOT NULL AND a.owner_id = l.owner_id));
    {
    void(
        "account",
        where="t.batch_id = batch AND NOT EXISTS (SELECT 1 FROM leads_lead l WHERE l.account_id = t.id "
        "AND l.voided_at IS NULL) AND NOT EXISTS (SELECT 1 FROM leads_deal d WHERE d.account_id = t.id "
        "AND d.voided_at IS NULL)",
        lead="",
    )
}
    {give_back("deal", DEAL, unless=KEEP_OF_DEAL)}
    {give_back("account", ACCOUNT)}
    {give_back("cost", ["amount"])}
    UPDATE leads_handover h SET ended_at = NULL, ending = '', cause = '', ended_by_batch_id = NULL
    WHERE h.ended_by_batch_id = batch AND h.voided_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM undo_lead k WHERE k.id = h.lead_id AND k.kept)
        AND EXISTS (SELECT 1 FROM leads_lead l WHERE l.id = h.lead_id AND l.owner_id = h.rep_id)
        AND NOT EXISTS (SELECT 1 FROM leads_handover o WHERE o.lead_id = h.lead_id AND o.ended_at IS NULL
            AND o.voided_at IS NULL);
    RETURN counts || jsonb_build_object(
        'kept', (SELECT coalesce(jsonb_agg(k.id ORDER BY k.id), '[]') FROM undo_lead k WHERE k.kept)
    );
END $$;
REVOKE ALL ON FUNCTION leads_undo_import(bigint, bigint) FROM PUBLIC;
"""


def let_the_application_call_it(apps, schema_editor) -> None:
    from smarketing.foundation.roles import application_role

    if (role := application_role()) is not None:
        name = schema_editor.quote_name(role)
        schema_editor.execute(f"GRANT EXECUTE ON FUNCTION leads_undo_import(bigint, bigint) TO {name}")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0005_worked_at"), ("foundation", "0002_roles")]
    operations = [
        Together(
            *append_only("leads_importchange"),
            migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
            migrations.RunSQL(EVIDENCE, migrations.RunSQL.noop),
            migrations.RunSQL(ADOPTING, migrations.RunSQL.noop),
            migrations.RunSQL(LEADS, "DROP FUNCTION leads_undo_leads(bigint)"),
            migrations.RunSQL(FUNCTION, "DROP FUNCTION leads_undo_import(bigint, bigint)"),
            migrations.RunPython(let_the_application_call_it, migrations.RunPython.noop),
            tells="leads_undo_import(bigint, bigint)",
        ),
    ]
