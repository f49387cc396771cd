"""How history is read: live and historic rows merged by time, undone pairs and the chain's echoes left out,
and the rows of undone imports too.

The SQL here only reads. `funnel.settle` writes what it says onto leads; reports on the past use the same text.
"""

from leads.stages import LADDER, RETURNS

# Rank of a stage column, in SQL: visitor 0 … customer 4.
RANK = "array_position(ARRAY[{}], {{column}}::text) - 1".format(", ".join(f"'{stage}'" for stage in LADDER))
_RETURNS = ", ".join(f"'{standing}'" for standing in RETURNS)


def rank(column: str) -> str:
    return RANK.format(column=column)


def merged_history(where: str) -> str:
    """CTEs `counted` and `moving` over the history rows (alias c) that satisfy `where`.

    `counted`: every row that readings count, with its stage's `rank` and its `height`: the rank, on a new
    ground after each return to nurture. `moving`: those that changed where the lead stands; `is_entry` tells a
    row to a state not already held. A historic row, or the capture of somebody known before, to a lower stage
    than one already reached since the last return to nurture, and no return itself, counts but moves nothing.
    Nurture stands as high as MQL, so that only MQL or more takes a lead on from it.
    """
    return f"""
    ranked AS (
        SELECT c.*, {rank("c.to_stage")} AS rank,
            count(*) FILTER (WHERE c.to_standing = 'nurturing') OVER (
                PARTITION BY c.lead_id ORDER BY c.at, c.id ROWS UNBOUNDED PRECEDING
            ) * {len(LADDER)}
            + CASE WHEN c.to_standing = 'nurturing' THEN 1 ELSE {rank("c.to_stage")} END AS height
        FROM leads_stagechange c
        WHERE c.voided_at IS NULL AND c.move NOT IN ('undo', 'adopt')
            AND NOT EXISTS (SELECT 1 FROM leads_stagechange u WHERE u.undoes_id = c.id)
            AND {where}
    ),
    counted AS (
        SELECT r.*, max(r.height) OVER (
            PARTITION BY r.lead_id ORDER BY r.at, r.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS reached_before
        FROM ranked r
    ),
    moving AS (
        SELECT m.*, (m.to_stage, m.to_standing) IS DISTINCT FROM (
                lag(m.to_stage) OVER lead_rows, lag(m.to_standing) OVER lead_rows
            ) AS is_entry
        FROM counted m
        WHERE (m.kind = 'live' AND m.move <> 'capture') OR m.to_standing IN ({_RETURNS})
            OR m.height >= coalesce(m.reached_before, 0)
        WINDOW lead_rows AS (PARTITION BY m.lead_id ORDER BY m.at, m.id)
    )
    """


_FIRST = ", ".join(
    f"min(at) FILTER (WHERE to_stage = '{stage}' AND to_standing IN ('active', 'won')) AS {stage}_at"
    for stage in LADDER
)

# One row per lead of %(leads)s that has history: where it stands and when it first got where.
STANDS = f"""
WITH {merged_history("c.lead_id = ANY(%(leads)s)")},
latest AS (
    SELECT DISTINCT ON (lead_id) lead_id, to_stage, to_standing, return_on, at
    FROM moving ORDER BY lead_id, at DESC, id DESC
),
since AS (
    SELECT DISTINCT ON (lead_id) lead_id, at FROM moving WHERE is_entry ORDER BY lead_id, at DESC, id DESC
),
dates AS (
    SELECT lead_id, min(at) AS born_at, max(rank) AS highest, {_FIRST},
        max(at) FILTER (WHERE to_standing IN ({_RETURNS})) AS returned_at
    FROM counted GROUP BY lead_id
)
SELECT dates.*, latest.to_stage, latest.to_standing, since.at AS since,
    CASE WHEN other.id IS NULL THEN latest.return_on ELSE other.return_on END AS return_on
FROM dates JOIN latest USING (lead_id) JOIN since USING (lead_id)
LEFT JOIN LATERAL (
    SELECT d.id, d.return_on FROM leads_returndate d
    WHERE d.lead_id = dates.lead_id AND d.at >= latest.at AND d.taken_back_at IS NULL
    ORDER BY d.at DESC, d.id DESC LIMIT 1
) other ON latest.to_standing = 'nurturing'
"""
