"""What to do with a lead now, and why: plain rules over facts that stand on the same page. The first that fits wins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from leads.models import Activity, Lead, Touch
from leads.naming import said
from leads.pages.actions import Actions
from leads.pages.interest import asks
from leads.pages.local_time import Local
from leads.pages.phrases import act_words, ago_words, try_words
from leads.pages.timeline import Story
from leads.stages import MQL, SAL, SQL, Move

FRESH = timedelta(days=2)  # an act of the buyer that young is a reason to call
QUIET = timedelta(days=7)  # a lead in work on which nothing happened for so long needs a word
ENOUGH = 6  # tries that reached nobody
REST = timedelta(hours=4)  # between two tries

CALL, ACCEPT, CLAIM, WRITE, ADVANCE, RETURN, ADD, WAKE = (
    "call", "accept", "claim", "write", "advance", "recycle", "add", "wake",
)  # fmt: skip


@dataclass(frozen=True)
class NextBest:
    """One advice: `act` names the button that does it, `then` what comes after it."""

    title: str
    reason: str
    act: str
    then: str = ""


@dataclass(frozen=True)
class Facts:
    lead: Lead
    actions: Actions
    story: Story
    local: Local | None
    moment: datetime
    asleep_until: str = ""
    sleeps_why: str = ""
    missing_buyer: str = ""

    @property
    def met(self) -> Touch | None:
        """The newest act of the buyer."""
        return next((touch for touch in self.story.touches if touch.is_the_buyers), None)

    @property
    def last(self) -> Activity | None:
        """The last call, e-mail or meeting."""
        return next((work for work in self.story.done if work.kind != Activity.Kind.NOTE), None)

    @property
    def tries(self) -> int:
        """Calls that reached nobody since somebody last was reached."""
        tries = 0
        for work in self.story.done:
            if work.connected:
                break
            tries += work.outcome in (Activity.Outcome.VOICEMAIL, Activity.Outcome.NO_ANSWER)
        return tries

    @property
    def is_new(self) -> bool:
        """Whether the buyer did something since anybody of ours did."""
        return self.met is not None and (self.last is None or self.met.at > self.last.at)

    @property
    def what(self) -> str:
        if self.met is None:
            return ""
        campaign = str(self.met.campaign) if self.met.campaign_id else ""
        words = act_words(self.met.kind, self.met.content, self.met.url, campaign)
        return f"{words} {ago_words(self.met.at, self.moment)}"

    @property
    def asked(self) -> bool:
        return self.met is not None and asks(act_words(self.met.kind, self.met.content, self.met.url))

    @property
    def is_fresh(self) -> bool:
        return self.is_new and self.met is not None and self.moment - self.met.at <= FRESH

    @property
    def may_ring(self) -> bool:
        return bool(self.lead.phone) and (self.local is None or self.local.is_open)

    @property
    def may_write(self) -> bool:
        return bool(self.lead.email) and self.lead.consent != Lead.Consent.OPTED_OUT

    @property
    def where(self) -> str:
        """Such as "It is 16:12 in Rotterdam, inside office hours."."""
        if self.local is None:
            return ""
        inside = "inside" if self.local.is_open else "outside"
        return f"It is {self.local.clock} in {self.local.place}, {inside} office hours."

    def because(self, *parts: str) -> str:
        said = [part[:1].upper() + part[1:] for part in parts if part]
        return " ".join(part if part.endswith((".", "”")) else f"{part}." for part in said)


def next_best(facts: Facts) -> NextBest | None:
    """The advice for whoever may follow it; None where nothing presses or the person may only read."""
    if facts.lead.merged_into_id is not None:
        return None
    return next((advice for rule in RULES if (advice := rule(facts))), None)


def _claim(f: Facts) -> NextBest | None:
    if not f.actions.claim:
        return None
    return NextBest("Claim it, then call", f.because(f.what, "Nobody has it yet", f.where), CLAIM)


def _sleeps(f: Facts) -> NextBest | None:
    if not f.asleep_until or not f.actions.snooze:
        return None
    why = (
        f"“{f.sleeps_why}”"
        if f.sleeps_why
        else "It comes back by itself, or as soon as the buyer does something"
    )
    return NextBest(f"Put off until {f.asleep_until}", f.because(why), WAKE)


def _decide(f: Facts) -> NextBest | None:
    """An MQL waits for a decision; a buyer who has just asked for something waits for a call first."""
    if f.lead.position != MQL or Move.ACCEPT not in f.actions.moves:
        return None
    if f.is_fresh and f.may_ring and f.actions.call:
        return NextBest(
            "Call now, then accept", f.because(f.what, f.where), CALL, then="Accept it or say why not."
        )
    if f.lead.phone and f.local is not None and not f.local.is_open:
        title = f"Accept now, call after {f.local.opens_words} their time"
        return NextBest(title, f.because(f.what, f.where), ACCEPT)
    how = "call" if f.lead.phone else "write"
    return NextBest(
        f"Accept first, then {how}", f.because(f.what or "Nobody has decided yet", f.where), ACCEPT
    )


def _works(f: Facts) -> bool:
    return f.lead.position in (SAL, SQL) and f.actions.call


def _give_up(f: Facts) -> NextBest | None:
    if not _works(f) or f.tries < ENOUGH or f.is_fresh or Move.RECYCLE not in f.actions.moves:
        return None
    return NextBest(
        "Return it to nurture",
        f"{f.tries} tries reached nobody. Marketing keeps it warm until a date.",
        RETURN,
    )


def _call_back(f: Facts) -> NextBest | None:
    """The buyer was the last to do something."""
    if not _works(f) or not f.is_fresh:
        return None
    if f.may_ring:
        return NextBest("Call now" if f.last is None else "Call back now", f.because(f.what, f.where), CALL)
    if f.may_write:
        return NextBest("Answer in writing", f.because(f.what, f.where or "No phone number is known"), WRITE)
    return None


def _first_contact(f: Facts) -> NextBest | None:
    if not _works(f) or f.last is not None:
        return None
    if f.may_ring:
        return NextBest(
            "Make the first call", f.because(f.what, "Nobody has been in touch yet", f.where), CALL
        )
    if f.may_write:
        return NextBest("Write first", f.because(f.what, "Nobody has been in touch yet", f.where), WRITE)
    return None


def _try_again(f: Facts) -> NextBest | None:
    if not _works(f) or not f.tries or f.last is None:
        return None
    missed = "Voicemail" if f.last.outcome == Activity.Outcome.VOICEMAIL else "No answer"
    since = f"{missed} {ago_words(f.last.at, f.moment)}"
    rested = f.moment - f.last.at >= REST
    if rested and f.may_ring:
        return NextBest(f"Call again: {try_words(f.tries).lower()}", f.because(since, f.where), CALL)
    if f.may_write and f.last.kind == Activity.Kind.CALL:
        return NextBest("Send a line after the call", f.because(since, "" if rested else f.where), WRITE)
    return None


def _ask_for_buyer(f: Facts) -> NextBest | None:
    if not _works(f) or not f.missing_buyer or f.lead.account_id is None:
        return None
    who = f.missing_buyer.lower()
    return NextBest(
        f"Ask for the {who}", f"Nobody at {f.lead.account} is known as {who}, and the deal needs one.", ADD
    )


def _advance(f: Facts) -> NextBest | None:
    if (
        f.lead.position != SAL
        or Move.ADVANCE not in f.actions.moves
        or f.last is None
        or not f.last.connected
    ):
        return None
    spoke = f"You were in touch {ago_words(f.last.at, f.moment)}"
    return NextBest(
        said("Make it {an_sql}, or return it"),
        f.because(spoke, said("{An_sql} has a deal with an amount")),
        ADVANCE,
    )


def _keep_warm(f: Facts) -> NextBest | None:
    if not _works(f) or f.last is None or f.moment - f.last.at < QUIET:
        return None
    quiet = f"Quiet since {ago_words(f.last.at, f.moment)}"
    if f.may_ring:
        return NextBest("Call to keep it moving", f.because(quiet, f.where), CALL)
    return NextBest("Write to keep it moving", f.because(quiet, f.where), WRITE) if f.may_write else None


RULES: list[Callable[[Facts], NextBest | None]] = [
    _claim,
    _sleeps,
    _decide,
    _call_back,
    _give_up,
    _first_contact,
    _try_again,
    _advance,
    _ask_for_buyer,
    _keep_warm,
]
