"""Which person may make which move on which lead. Reading is `Lead.objects.visible_to`."""

from leads.models import Lead
from leads.stages import Move, Stage, Standing, moves_from
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Forbidden

# Moves of the owner's own work; reopening needs both heads and has its own door (suppression.sign_appeal).
OWNERS_MOVES = {
    Move.ACCEPT,
    Move.REJECT,
    Move.ADVANCE,
    Move.WIN,
    Move.LOSE,
    Move.RECYCLE,
    Move.DISQUALIFY,
    Move.CHURN,
}


def may_move(user: User, move: Move, lead: Lead) -> bool:
    if move == Move.REOPEN:
        return False
    if user.may("leads.act_on_any"):
        return True
    if move == Move.QUALIFY:
        return user.may("leads.qualify")
    if move == Move.RECYCLE and user.may("leads.nurture"):
        return lead.owner_id is None and (lead.stage, lead.standing) == (Stage.MQL, Standing.ACTIVE)
    return move in OWNERS_MOVES and user.may("leads.work_own") and lead.owner_id == user.pk


def moves_open_to(user: User, lead: Lead) -> list[Move]:
    """The moves this person may make with this lead now, in the order of the table."""
    if lead.merged_into_id is not None:
        return []
    return [
        move
        for move in moves_from(lead.position)
        # Somebody has to own a lead before it can be accepted.
        if may_move(user, move, lead) and not (move == Move.ACCEPT and lead.owner_id is None)
    ]


def ensure_may_move(user: User | None, move: Move, lead: Lead) -> None:
    """Raise `Forbidden` unless `user` may; None is the system, which may."""
    if user is None or may_move(user, move, lead):
        return
    if user.may("leads.work_own") and lead.owner_id is None:
        raise Forbidden(f"{lead.name} has no owner yet. Claim the lead first.")
    owner = f"belongs to {lead.owner}" if lead.owner_id else "has no owner"
    raise Forbidden(f"{lead.name} {owner}; your role does not allow this move on it.")


def may_edit_facts(user: User, lead: Lead) -> bool:
    """Owners edit their leads, marketers until a rep has accepted, heads and administrators always."""
    if user.may("leads.act_on_any"):
        return True
    if user.may("leads.qualify"):
        return lead.stage in (Stage.VISITOR, Stage.MQL)
    return user.may("leads.work_own") and lead.owner_id == user.pk


def may_claim(user: User, lead: Lead) -> bool:
    unclaimed = lead.owner_id is None and (lead.stage, lead.standing) == (Stage.MQL, Standing.ACTIVE)
    return unclaimed and user.may("leads.claim") and user.is_sales
