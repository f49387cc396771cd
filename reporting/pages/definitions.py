"""What each stage means until both heads have signed definitions of their own: the default the product works by."""

from __future__ import annotations

from dataclasses import dataclass

from leads.stages import LADDER, Stage


@dataclass(frozen=True)
class Definition:
    """`team` answers for the leads that stand here."""

    team: str
    means: str
    enters: str
    must: tuple[str, ...]
    then: str


DEFINITIONS: dict[str, Definition] = {
    Stage.VISITOR: Definition(
        team="marketing",
        means="A person we can name and may contact.",
        enters="Entered by hand, imported, sent by a form, or identified after anonymous visits.",
        must=("A valid e-mail, a phone or an external id", "Not in the never-again register"),
        then="Marketing keeps in touch until they are ready.",
    ),
    Stage.MQL: Definition(
        team="marketing",
        means="Interest enough that sales should talk to them.",
        enters="Enough marketing touches since the last return, or a marketer says why.",
        must=("Touches up to the agreed number, or a reason in words", "Not opted out, not barred"),
        then="Handed to a rep who is there. The rep accepts, or rejects with a reason.",
    ),
    Stage.SAL: Definition(
        team="sales",
        means="A rep has looked and works on the lead.",
        enters="The owner presses Accept.",
        must=("An owner in sales", "The hand-over ended as accepted"),
        then="First contact within the agreed hours; then sales finds out whether there is a deal.",
    ),
    Stage.SQL: Definition(
        team="sales",
        means="There is a deal.",
        enters="The owner advances the lead and names what it may be worth.",
        must=("An open deal with an amount and a currency",),
        then="Sales wins it, loses it with a reason, or returns it to nurture with a date.",
    ),
    Stage.CUSTOMER: Definition(
        team="sales",
        means="The deal is won.",
        enters="The owner wins the deal, or an import says when it was won.",
        must=("A won deal with an amount",),
        then="What it earned goes back to the campaign that brought it.",
    ),
}
assert list(DEFINITIONS) == LADDER
