"""What is known of a returned lead that is newer than its return. Without any it is handed to nobody again.

Who tells us to leave them alone is no news. PostgreSQL asks the same of every hand-over out of nurture (migrations
0015, 0022).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from leads.models import Lead
from leads.stages import Standing
from smarketing.foundation.moments import day_of
from smarketing.foundation.refusals import Refusal

RETURNED = (Standing.NURTURING, Standing.LOST, Standing.DISQUALIFIED)
NOTHING = "nothing new since the return"


class NoEvidence(Refusal):
    """A returned lead of which nothing new is known."""

    code = "no_evidence"

    def __init__(self, lead: Lead) -> None:
        day = f" on {day_of(lead.returned_at)}" if lead.returned_at else ""
        super().__init__(
            f"Nothing new is known of {lead.name} since sales returned the lead{day}. It can be handed over again "
            "after a new touch, a call or meeting that reached them, a changed fact, or a granted appeal."
        )


@dataclass(frozen=True)
class Evidence:
    """How often something happened since the return, and when last; `touched` is of marketing's touches."""

    touches: int = 0
    touched_at: datetime | None = None
    touched_by: str = ""  # the kind of the last touch
    contacts: int = 0
    contacted_at: datetime | None = None
    facts: int = 0
    fact_at: datetime | None = None
    reopened_at: datetime | None = None

    def __bool__(self) -> bool:
        return bool(self.touches or self.contacts or self.facts or self.reopened_at)

    @property
    def latest(self) -> datetime | None:
        known = (self.touched_at, self.contacted_at, self.fact_at, self.reopened_at)
        return max((at for at in known if at is not None), default=None)


SINCE = """
SELECT l.id, t.n, t.at, coalesce(t.kind, ''), a.n, a.at, f.n, f.at, r.at FROM leads_lead l
CROSS JOIN LATERAL (
    SELECT count(*) AS n, max(at) AS at, (array_agg(kind ORDER BY at DESC, id DESC))[1] AS kind FROM leads_touch
    WHERE lead_id = l.id AND at > l.returned_at AND team = 'marketing' AND NOT is_origin AND voided_at IS NULL
) t
CROSS JOIN LATERAL (
    SELECT count(*) AS n, max(at) AS at FROM leads_activity
    WHERE lead_id = l.id AND at > l.returned_at AND connected AND taken_back_at IS NULL
) a
CROSS JOIN LATERAL (
    SELECT count(*) AS n, max(at) AS at FROM (
        SELECT at FROM leads_factchange WHERE lead_id = l.id AND at > l.returned_at AND voided_at IS NULL
            AND (field <> 'consent' OR after <> 'opted_out')
        UNION ALL
        SELECT at FROM leads_factchange WHERE account_id = l.account_id AND at > l.returned_at AND voided_at IS NULL
    ) changed
) f
CROSS JOIN LATERAL (
    SELECT max(c.at) AS at FROM leads_stagechange c
    WHERE c.lead_id = l.id AND c.at > l.returned_at AND c.move = 'reopen' AND c.voided_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM leads_stagechange u WHERE u.undoes_id = c.id)
) r
WHERE l.id = ANY(%s) AND l.returned_at IS NOT NULL
"""


def since_return(lead_ids: Sequence[int]) -> dict[int, Evidence]:
    """What happened with each of these leads since its last return, in one statement; else it is left out."""
    with connection.cursor() as cursor:
        cursor.execute(SINCE, [list(lead_ids)])
        return {pk: Evidence(*found) for pk, *found in cursor.fetchall()}


def without(leads: Sequence[Lead]) -> set[int]:
    """Of these leads those that came back and of which nothing new is known."""
    returned = [lead.pk for lead in leads if lead.returned_at is not None]
    if not returned:
        return set()
    return {pk for pk, evidence in since_return(returned).items() if not evidence}


def ensure(lead: Lead) -> None:
    """Raise `NoEvidence` for a lead that came back and of which nothing new is known."""
    if without([lead]):
        raise NoEvidence(lead)
