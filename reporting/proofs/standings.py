"""The lead's row against its history, its chain, its assignments and the never-again register."""

from leads.readings import STANDS
from leads.stages import LADDER
from reporting.proofs.facts import Check

# Each column that derives from history, with what history says of it. A lead without any history is a visitor
# since it was made; it may have been born before its first row.
DERIVED = {
    "stage": "coalesce(s.to_stage, 'visitor')",
    "standing": "coalesce(s.to_standing, 'active')",
    "stage_since": "coalesce(s.since, l.stage_since)",
    "highest_stage": "(ARRAY[{}])[coalesce(s.highest, 0) + 1]".format(", ".join(f"'{s}'" for s in LADDER)),
    "born_at": "least(l.born_at, s.born_at)",
    "returned_at": "s.returned_at",
    "return_on": "CASE WHEN s.to_standing = 'nurturing' THEN s.return_on END",
    **{f"{stage}_at": f"s.{stage}_at" for stage in LADDER},
}
WRONG = ", ".join(
    f"CASE WHEN l.{column} IS DISTINCT FROM {said} THEN '{column}' END" for column, said in DERIVED.items()
)

# Over the leads %(leads)s: history is read in portions, because sorting all of it at once takes too much memory.
AS_HISTORY_SAYS = Check(
    "as_history_says",
    "A lead's stage, standing, highest stage and dates are what its history says.",
    f"""
    SELECT lead_id, 'history says otherwise of ' || wrong AS about FROM (
        SELECT l.id AS lead_id, concat_ws(', ', {WRONG}) AS wrong
        FROM leads_lead l LEFT JOIN ({STANDS}) s ON s.lead_id = l.id WHERE l.id = ANY(%(leads)s)
    ) f
    WHERE wrong <> ''
    """,
)

IS_THERE = Check(
    "is_there",
    "Every lead that history, an assignment or a hand-over speaks of is there.",
    """
    SELECT lead_id, 'has ' || what || ' and no row of its own' AS about FROM (
        SELECT DISTINCT lead_id, 'history' AS what FROM chain
        UNION ALL SELECT DISTINCT lead_id, 'assignments' FROM assignment
        UNION ALL SELECT DISTINCT lead_id, 'hand-overs' FROM delivered
    ) named
    WHERE NOT EXISTS (SELECT 1 FROM lead l WHERE l.id = named.lead_id)
    """,
)

IN_ITS_CHAIN = Check(
    "in_its_chain",
    "A lead stands where the last row of its chain ends, and no row of the chain is missing.",
    """
    SELECT l.id AS lead_id, 'stands at row ' || coalesce(l.seq::text, 'none') || ' of ' || coalesce(c.rows, 0)
        || ' in its chain' AS about
    FROM lead l LEFT JOIN (
        SELECT lead_id, count(*) AS rows, max(seq) AS seq,
            (array_agg(to_stage ORDER BY seq DESC))[1] AS stage,
            (array_agg(to_standing ORDER BY seq DESC))[1] AS standing
        FROM chain WHERE kind = 'live' GROUP BY lead_id
    ) c ON c.lead_id = l.id
    WHERE l.seq IS DISTINCT FROM c.seq OR c.rows <> c.seq OR (l.stage, l.standing) <> (c.stage, c.standing)
    """,
)

OWNED_AS_ASSIGNED = Check(
    "owned_as_assigned",
    "A lead belongs to whom it was assigned last.",
    """
    SELECT l.id AS lead_id, 'belongs to ' || coalesce(l.owner_id::text, 'nobody') || ', was assigned to '
        || coalesce(a.owner_id::text, 'nobody') AS about
    FROM lead l LEFT JOIN latest a ON a.lead_id = l.id WHERE l.owner_id IS DISTINCT FROM a.owner_id
    """,
)

BARRED = Check(
    "barred",
    "A disqualified lead that never was a customer is in the never-again register.",
    """
    SELECT l.id AS lead_id, 'is disqualified and not in the register' AS about
    FROM lead l LEFT JOIN bar b ON b.value = l.id::text
    WHERE l.standing = 'disqualified' AND l.customer_at IS NULL AND b.value IS NULL
        AND l.merged_into_id IS NULL AND l.erased_at IS NULL
    """,
)

CHECKS = [IS_THERE, IN_ITS_CHAIN, OWNED_AS_ASSIGNED, BARRED]
