"""Hand-overs against history and assignments, both ways: none out of thin air, none missing, each ended by its cause.

An import hands over only what its file says was decided (RULES.md 2), so that what it qualified or whom it made
owner needs no hand-over; what people and the router did afterwards does.
"""

from reporting.proofs.facts import Check

MQL = "('mql', 'active')"
# Rows by which the product itself made a lead an MQL; an import only reaches it.
QUALIFIES = "('qualify', 'reopen')"

ENDS_ONCE = Check(
    "ends_once",
    "A hand-over is open or has ended in one of five ways, not before it opened; a lead has one open at most.",
    """
    SELECT lead_id, 'hand-over ' || id || ' is neither open nor ended as it should be' AS about FROM handover
    WHERE (ended_at IS NULL) <> (ending = '') OR ended_at < opened_at
        OR ending NOT IN ('', 'accepted', 'rejected', 'recycled', 'reassigned', 'withdrawn')
    UNION ALL
    SELECT lead_id, count(*) || ' hand-overs are open at once' FROM handover WHERE ended_at IS NULL
    GROUP BY lead_id HAVING count(*) > 1
    """,
)

OF_A_QUALIFICATION = Check(
    "of_a_qualification",
    "A hand-over belongs to a move with which this lead became an MQL.",
    f"""
    SELECT h.lead_id, 'hand-over ' || h.id || ' names row ' || h.entry_id AS about
    FROM handover h LEFT JOIN history e ON e.id = h.entry_id
    WHERE (e.lead_id = h.lead_id AND (e.to_stage, e.to_standing) = {MQL}) IS NOT TRUE
    """,
)

# The row that assigned the lead, or, where the former owner got it back, the qualification itself; of an import
# the decision in its file.
WAS_MADE = Check(
    "was_made",
    "Every hand-over was made by an assignment to that rep at that moment, or by a decision in a file; once.",
    """
    SELECT h.lead_id, 'hand-over ' || h.id || ' to ' || h.rep_id || ' has no assignment' AS about
    FROM handover h LEFT JOIN history e ON e.id = h.entry_id
    LEFT JOIN assignment a ON a.lead_id = h.lead_id AND a.owner_id = h.rep_id AND a.at = h.opened_at
    WHERE h.batch_id IS NULL AND a.id IS NULL AND (e.owner_id = h.rep_id AND e.at = h.opened_at) IS NOT TRUE
    UNION ALL
    SELECT h.lead_id, 'hand-over ' || h.id || ' of a file has no decision'
    FROM handover h LEFT JOIN history c ON c.id = h.ended_by_change_id AND c.lead_id = h.lead_id
    WHERE h.batch_id IS NOT NULL AND c.id IS NULL
    UNION ALL
    SELECT lead_id, count(*) || ' hand-overs to ' || rep_id || ' at once' FROM handover
    GROUP BY lead_id, entry_id, rep_id, opened_at HAVING count(*) > 1
    """,
)

# Round robin and claims deliver; a change of owner does where the lead stood at MQL. Where it stood is what its
# chain said last; after an import that left no row in the chain nobody knows, and nothing is asked.
WAS_DELIVERED = Check(
    "was_delivered",
    "Every qualification with an owner, and every assignment of an MQL, was handed over.",
    f"""
    SELECT a.lead_id, 'assignment ' || a.id || ' (' || a.rule || ') to ' || a.owner_id || ' was not handed over'
        AS about
    FROM assignment a
    LEFT JOIN delivered d ON d.lead_id = a.lead_id AND d.rep_id = a.owner_id AND d.opened_at = a.at
    WHERE a.owner_id IS NOT NULL AND d.id IS NULL AND (a.rule IN ('round_robin', 'claimed')
        OR (a.rule = 'reassigned' AND EXISTS (
            SELECT 1 FROM (
                SELECT c.* FROM chain c WHERE c.lead_id = a.lead_id AND c.recorded_at <= a.recorded_at
                    AND (c.kind = 'live' OR c.batch_id IS NULL)
                ORDER BY c.recorded_at DESC, c.id DESC LIMIT 1
            ) stood
            WHERE (stood.to_stage, stood.to_standing) = {MQL} AND (stood.kind = 'live' OR NOT EXISTS (
                SELECT 1 FROM chain b WHERE b.lead_id = a.lead_id AND b.batch_id IS NOT NULL
                    AND b.recorded_at BETWEEN stood.recorded_at AND a.recorded_at
            ))
        )))
    UNION ALL
    SELECT e.lead_id, 'qualification ' || e.id || ' with owner ' || e.owner_id || ' was not handed over'
    FROM history e LEFT JOIN handover h ON h.entry_id = e.id
    WHERE h.id IS NULL AND e.move IN {QUALIFIES} AND (e.to_stage, e.to_standing) = {MQL}
        AND e.batch_id IS NULL AND e.owner_id IS NOT NULL
        AND NOT EXISTS (
            SELECT 1 FROM assignment a
            WHERE a.lead_id = e.lead_id AND a.at = e.at AND a.rule IN ('released', 'round_robin')
        )
    """,
)

STANDS_AT_MQL = Check(
    "stands_at_mql",
    "The lead of an open hand-over stands at MQL and belongs to that rep.",
    f"""
    SELECT h.lead_id, 'hand-over ' || h.id || ' to ' || h.rep_id || ' is open; the lead is ' || l.stage || '/'
        || l.standing || ' and belongs to ' || coalesce(l.owner_id::text, 'nobody') AS about
    FROM handover h JOIN lead l ON l.id = h.lead_id
    WHERE h.ended_at IS NULL AND ((l.stage, l.standing) <> {MQL} OR l.owner_id IS DISTINCT FROM h.rep_id)
    """,
)

IS_IN_HAND = Check(
    "is_in_hand",
    "An MQL that belongs to a rep has an open hand-over, unless a file made it an MQL or gave it to that rep.",
    f"""
    SELECT l.id AS lead_id, 'is an MQL of ' || l.owner_id || ' without an open hand-over' AS about
    FROM (
        SELECT l.id, l.owner_id FROM lead l LEFT JOIN handover h ON h.lead_id = l.id AND h.ended_at IS NULL
        WHERE (l.stage, l.standing) = {MQL} AND l.owner_id IS NOT NULL AND l.merged_into_id IS NULL
            AND h.id IS NULL
    ) l
    CROSS JOIN LATERAL (
        SELECT c.move, c.recorded_at FROM history c
        WHERE c.lead_id = l.id AND (c.to_stage, c.to_standing) = {MQL} ORDER BY c.at DESC, c.id DESC LIMIT 1
    ) e
    LEFT JOIN LATERAL (
        SELECT a.rule FROM assignment a WHERE a.lead_id = l.id AND a.recorded_at >= e.recorded_at
        ORDER BY a.id DESC LIMIT 1
    ) a ON true
    WHERE a.rule IS DISTINCT FROM 'imported' AND (e.move IN {QUALIFIES} OR a.rule IS NOT NULL)
    """,
)

# A decision of a file was made whoever owned the lead then; of one made here the owner is on the row.
ENDED_BY_ITS_CAUSE = Check(
    "ended_by_its_cause",
    "An accepted, rejected, recycled or withdrawn hand-over names the move that ended it; a reassigned one has"
    " the assignment that followed.",
    """
    SELECT h.lead_id, 'hand-over ' || h.id || ' ended ' || h.ending || ' without its cause' AS about
    FROM handover h LEFT JOIN history c ON c.id = h.ended_by_change_id
    LEFT JOIN lead l ON l.id = h.lead_id
    WHERE h.ended_at IS NOT NULL AND NOT coalesce(CASE
        WHEN h.ending = 'reassigned' THEN EXISTS (
            SELECT 1 FROM assignment a WHERE a.lead_id = h.lead_id AND a.owner_id IS DISTINCT FROM h.rep_id
                AND (a.at = h.ended_at OR (h.cause = 'imported' AND a.rule = 'imported'))
        )
        WHEN h.ended_by_change_id IS NOT NULL THEN
            c.lead_id = h.lead_id AND c.at = h.ended_at
            AND (c.batch_id IS NOT NULL OR h.batch_id IS NOT NULL OR c.owner_id = h.rep_id)
            AND CASE h.ending
                WHEN 'accepted' THEN (c.to_stage, c.to_standing) = ('sal', 'active')
                WHEN 'rejected' THEN c.move = 'reject'
                WHEN 'recycled' THEN c.move = 'recycle'
                WHEN 'withdrawn' THEN c.move = 'disqualify' AND h.cause <> ''
            END
        WHEN h.cause = 'merged' THEN h.ending = 'withdrawn' AND l.merged_into_id IS NOT NULL
        WHEN h.cause = 'erased' THEN h.ending = 'withdrawn' AND l.erased_at IS NOT NULL
        WHEN h.cause IN ('imported', 'disqualified') THEN h.ended_by_batch_id IS NOT NULL OR EXISTS (
            SELECT 1 FROM history b WHERE b.lead_id = h.lead_id AND b.batch_id IS NOT NULL
        )
    END, false)
    """,
)

# First the decisions that ended nothing, by sets; only for those few is looked at what stood before them.
ENDED_ITS_HANDOVER = Check(
    "ended_its_handover",
    "A decision on a lead that was handed over ended that hand-over.",
    f"""
    SELECT c.lead_id, c.move || ' (row ' || c.id || ') of ' || c.owner_id || ' ended no hand-over' AS about
    FROM (
        SELECT c.* FROM history c LEFT JOIN handover h ON h.ended_by_change_id = c.id
        WHERE c.move IN ('accept', 'reject', 'recycle', 'disqualify') AND c.batch_id IS NULL
            AND c.owner_id IS NOT NULL AND h.id IS NULL
            AND (c.from_stage IS NULL OR (c.from_stage, c.from_standing) = {MQL})
    ) c
    CROSS JOIN LATERAL (
        SELECT p.to_stage, p.to_standing, p.move, p.recorded_at FROM history p
        WHERE p.lead_id = c.lead_id AND (p.at, p.id) < (c.at, c.id)
        ORDER BY p.at DESC, p.id DESC LIMIT 1
    ) before
    LEFT JOIN LATERAL (
        SELECT a.rule FROM assignment a WHERE a.lead_id = c.lead_id
            AND a.recorded_at BETWEEN before.recorded_at AND c.recorded_at
        ORDER BY a.id DESC LIMIT 1
    ) a ON true
    WHERE (before.to_stage, before.to_standing) = {MQL} AND a.rule IS DISTINCT FROM 'imported'
        AND (before.move IN {QUALIFIES} OR a.rule IS NOT NULL)
    """,
)

FOLLOWS = Check(
    "follows_a_reassignment",
    "Of one qualification only a reassigned hand-over is followed by another, and not before it ended.",
    """
    SELECT lead_id, 'hand-over ' || id || ' is followed by ' || next_id AS about FROM (
        SELECT *, lead(id) OVER entry AS next_id, lead(opened_at) OVER entry AS next_opened_at FROM handover
        WINDOW entry AS (PARTITION BY lead_id, entry_id ORDER BY opened_at, id)
    ) h
    WHERE next_id IS NOT NULL
        AND (ending <> 'reassigned' OR next_opened_at < ended_at) AND cause <> 'imported' AND batch_id IS NULL
    """,
)

CHECKS = [
    ENDS_ONCE,
    OF_A_QUALIFICATION,
    WAS_MADE,
    WAS_DELIVERED,
    STANDS_AT_MQL,
    IS_IN_HAND,
    ENDED_BY_ITS_CAUSE,
    ENDED_ITS_HANDOVER,
    FOLLOWS,
]
