"""Why this owner: the last assignment, its rule, and everybody it chose between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from leads import naming
from leads.models import Assignment, Lead
from leads.stages import MQL
from leads.why.answers import Line, Why, register
from smarketing.foundation.models import User

HOW = {
    "round_robin": "Round robin: each who was there in turn, ordered as they joined.",
    "owner": "A lead that comes back stays with its rep, while the rep is there.",
    "claimed": "It had no owner, and was claimed.",
    "reassigned": "Somebody gave it away by hand.",
    "imported": "An import said so.",
    "released": "Its owner gave it back, or left.",
    "undone": "The qualification that gave it away was taken back.",
}


def owner(lead: Lead, moment: datetime) -> Why:
    row = Assignment.objects.filter(lead=lead).select_related("owner", "by").order_by("-id").first()
    title = f"Why {lead.owner}" if lead.owner_id else "Why no owner"
    change = tuple(_change(lead))
    if row is None:
        return Why("owner", title, "It was never given to anybody.", change=change)
    return Why(
        "owner",
        title,
        f"Given to {row.owner}." if row.owner_id else "It waits without an owner.",
        decided=str(row.by) if row.by_id else "The product, by its rule",
        at=row.at,
        rule=HOW.get(row.rule, row.rule.replace("_", " ")),
        found_title="Who was there",
        found=tuple(_candidates(row)),
        change=change,
    )


def _candidates(row: Assignment) -> Iterator[Line]:
    """Those the rule chose between, in the order of their turns."""
    names = {person.pk: str(person) for person in User.objects.filter(pk__in=row.candidates)}
    for pk in row.candidates:
        chosen = pk == row.owner_id
        yield Line(
            names.get(pk, f"User {pk}"), "chosen" if chosen else "not their turn", True if chosen else None
        )


def _change(lead: Lead) -> Iterator[str]:
    if lead.owner_id is None and lead.position == MQL:
        yield "A rep claims it, or a head gives it to somebody."
    elif lead.owner_id is None:
        yield naming.said("It becomes {an_mql}: then the next rep in turn has it.")
    else:
        yield "A head gives it to somebody else."


register("owner", owner)
