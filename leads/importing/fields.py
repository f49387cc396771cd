"""The fields that files of each kind may have: what one may map a column to."""

from __future__ import annotations

from typing import NamedTuple

from leads import custom_fields
from leads.models import CustomField
from leads.stages import LADDER


class Field(NamedTuple):
    """`kind` names the reader of leads.importing.cells; `size` is how many characters are kept.

    `own` is the field that this company asks for itself.
    """

    kind: str
    size: int = 0
    own: CustomField | None = None


REACHED = [f"reached.{stage}" for stage in LADDER]

LEADS: dict[str, Field] = {
    "external_id": Field("identity", 200),
    "email": Field("email"),
    "first_name": Field("text", 120),
    "last_name": Field("text", 120),
    "name": Field("text", 240),
    "phone": Field("text", 60),
    "company": Field("text", 200),
    "domain": Field("domain"),
    "job_title": Field("text", 160),
    "buying_role": Field("text", 60),
    "country": Field("text", 80),
    "industry": Field("text", 120),
    "employees": Field("whole"),
    "revenue_band": Field("revenue_band"),
    "account.country": Field("text", 80),
    "owner": Field("text", 200),
    "campaign": Field("text", 200),
    "channel": Field("text", 200),
    "medium": Field("text", 120),
    "content": Field("text", 200),
    "consent": Field("consent"),
    "opt_in": Field("opt_in"),
    "opt_out": Field("opt_out"),
    "note": Field("note"),
    "stage": Field("stage"),
    "standing": Field("standing"),
    "status": Field("status"),
    "created_at": Field("optional_moment"),
    **{name: Field("moment") for name in REACHED},
    "disqualified.reason": Field("code", 60),
    "disqualified.at": Field("moment"),
    "rejected.reason": Field("code", 60),
    "rejected.at": Field("moment"),
    "recycled.until": Field("day"),
    "deal.external_id": Field("identity", 200),
    "deal.name": Field("text", 200),
    "deal.amount": Field("amount"),
    "deal.currency": Field("currency"),
    "deal.opened_at": Field("moment"),
    "deal.won_at": Field("moment"),
    "deal.lost_at": Field("moment"),
    "deal.lost_reason": Field("code", 60),
}
COSTS: dict[str, Field] = {
    "campaign": Field("text", 200),
    "channel": Field("text", 200),
    "date": Field("day"),
    "from": Field("day"),
    "until": Field("day"),
    "amount": Field("money"),
    "currency": Field("currency"),
}
TOUCHES: dict[str, Field] = {
    "external_id": Field("identity", 200),
    "email": Field("email"),
    "event_id": Field("identity", 200),
    "at": Field("moment"),
    "kind": Field("touch_kind"),
    "campaign": Field("text", 200),
    "channel": Field("text", 200),
    "medium": Field("text", 120),
    "content": Field("text", 200),
    "url": Field("text", 2000),
    "team": Field("team"),
}
PAST: dict[str, Field] = {
    "external_id": Field("identity", 200),
    "email": Field("email"),
    "at": Field("moment"),
    "stage": Field("place"),
    "standing": Field("place"),
    "move": Field("move"),
    "reason": Field("code", 60),
    "by": Field("text", 200),
}
FIELDS = {"leads": LEADS, "costs": COSTS, "touches": TOUCHES, "history": PAST}

IDENTITY = {"external_id", "email", "phone", "event_id", "deal.external_id"}
DATES = {"moment", "optional_moment", "day", "own_date"}
DEAL = {name for name in LEADS if name.startswith("deal.")} - {"deal.currency"}
# Fields that may add to a lead's history.
HISTORY = {*REACHED, "stage", "standing", "status", "recycled.until", "deal.won_at", "deal.lost_at"} | {
    name for name in LEADS if name.startswith(("disqualified.", "rejected."))
}
ORIGIN = ("campaign", "channel", "medium", "content")
OWN = custom_fields.PREFIXES[CustomField.Entity.LEAD]
OWN_OF_ACCOUNT = custom_fields.PREFIXES[CustomField.Entity.ACCOUNT]
OF_ACCOUNT = ("industry", "employees", "revenue_band", "account.country")  # what is said of a company alone


def known(kind: str) -> dict[str, Field]:
    """All that a file of this kind may have, a company's own fields as they are now among it."""
    if kind != "leads":
        return FIELDS[kind]
    own = {name: Field(f"own_{field.kind}", own=field) for name, field in custom_fields.by_name().items()}
    return LEADS | own
