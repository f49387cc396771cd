"""What this person may do with this lead now: exactly the buttons of its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import NamedTuple

from leads import access
from leads.criteria import ENTERS, Criterion, facts_for
from leads.models import Deal, Lead
from leads.naming import said
from leads.pages.open_acts import OpenAct, open_act
from leads.snoozing import may_snooze
from leads.stages import BARRED, Move
from smarketing.foundation import signing
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Forbidden

# The move that usually comes next has the filled button; moves that end something stand in the menu.
NEXT = {Move.QUALIFY, Move.ACCEPT, Move.ADVANCE, Move.WIN}
BESIDE = {Move.REJECT, Move.LOSE}


class Button(NamedTuple):
    """How a move looks in the action bar; `key` is the single key that presses it."""

    move: Move
    said: str
    icon: str
    key: str = ""

    @property
    def label(self) -> str:
        return said(self.said)


BUTTONS = {
    button.move: button
    for button in (
        Button(Move.QUALIFY, "Hand over to sales", "arrow-right"),
        Button(Move.ACCEPT, "Accept", "check", "a"),
        Button(Move.REJECT, "Reject", "x", "x"),
        Button(Move.ADVANCE, "Make {sql}", "arrow-right"),
        Button(Move.WIN, "Won", "trophy"),
        Button(Move.LOSE, "Lost", "circle-x"),
        Button(Move.RECYCLE, "Return to nurture", "undo-2"),
        Button(Move.DISQUALIFY, "Disqualify", "ban"),
        Button(Move.CHURN, "Customer has left", "door-open"),
    )
}


@dataclass(frozen=True)
class Actions:
    moves: list[Move]
    claim: bool
    undo: bool
    reassign: bool
    appeal: bool
    sign: bool
    call: bool
    log: bool
    edit: bool
    snooze: bool

    @property
    def next(self) -> list[Button]:
        return [BUTTONS[move] for move in self.moves if move in NEXT]

    @property
    def beside(self) -> list[Button]:
        return [BUTTONS[move] for move in self.moves if move in BESIDE]

    @property
    def menu(self) -> list[Button]:
        return [BUTTONS[move] for move in self.moves if move not in NEXT | BESIDE]


def actions_for(user: User, lead: Lead, *, undo: bool, moment: datetime) -> Actions:
    """`undo`: whether their last act on it may be taken back; `lead` comes from `door.whole_lead`."""
    if lead.merged_into_id is not None:
        return Actions([], *[False] * 9)
    works = user.may("leads.act_on_any") or (user.may("leads.work_own") and lead.owner_id == user.pk)
    return Actions(
        moves=access.moves_open_to(user, lead),
        claim=access.may_claim(user, lead),
        undo=undo,
        reassign=user.may("leads.act_on_any"),
        appeal=not lead.appeals_open and _may_appeal(user, lead),  # type: ignore[attr-defined]
        sign=bool(lead.appeals_open) and _may_sign(user, lead.appeals_open[0], moment),  # type: ignore[attr-defined]
        call=works and user.is_sales,
        log=works or user.may("leads.read_all"),
        edit=access.may_edit_facts(user, lead),
        snooze=may_snooze(user, lead),
    )


def asked_by(lead: Lead, actions: Actions, moment: datetime) -> list[Criterion]:
    """The facts that must be known before the lead goes on, where this person may bring it on."""
    step = next((move for move in actions.moves if move in ENTERS), None)
    return facts_for(step, lead, moment) if step else []


def dialogs_for(
    lead: Lead, actions: Actions, deals: list[Deal], missing: Sequence[Criterion] = ()
) -> list[OpenAct]:
    """The forms behind the buttons; claiming and undoing need none, nor accepting where no fact is `missing`."""
    names = [str(move) for move in actions.moves if move != Move.ACCEPT or missing]
    names += [name for name in ("reassign", "appeal") if getattr(actions, name)]
    return [
        open_act(
            name,
            lead,
            initial=_initial(name, lead, deals),
            missing=missing if name in ENTERS else (),
        )
        for name in names
    ]


def _initial(name: str, lead: Lead, deals: list[Deal]) -> dict:
    open_deal = next((deal for deal in deals if deal.outcome == Deal.Outcome.OPEN), None)
    if name == Move.ADVANCE:
        return {"currency": lead.currency, "name": str(lead.account or "")}  # type: ignore[attr-defined]
    if name == Move.WIN and open_deal is not None and open_deal.amount is not None:
        return {"amount": f"{open_deal.amount.normalize():f}"}
    return {}


def _may_appeal(user: User, lead: Lead) -> bool:
    may = user.may("leads.act_on_any") or user.may("leads.qualify") or lead.owner_id == user.pk
    return may and lead.position in BARRED


def ensure_may_appeal(user: User, lead: Lead) -> None:
    """Raise `Forbidden` unless this person works with the lead or is of marketing."""
    if not (user.may("leads.act_on_any") or user.may("leads.qualify") or lead.owner_id == user.pk):
        raise Forbidden(f"{lead.name} is not yours. Ask its owner or a marketer to appeal.")


def _may_sign(user: User, appeal: dict, moment: datetime) -> bool:
    """Whether this person's signature would count now, as a head or as the deputy of one on leave."""
    return bool(signing.may_sign(SimpleNamespace(**appeal), by=user, moment=moment))
