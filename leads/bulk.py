"""One act on many leads: who may not be moved is left out and told, all others move together or not at all.

The leads are locked in the order of their ids, each gets its own history, and what was done is kept, so that an
undo takes back exactly that (`leads.bulk_undo`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import wraps

from django.db import transaction
from django.utils.timezone import now

from leads import access, bars, bulk_effects, definitions, evidence, funnel, naming
from leads.models import BulkAct, Handover, Lead, Note, StageChange, Suppression
from leads.routing import hold
from leads.stages import MQL, NURTURE, Move, Position, Standing
from smarketing.foundation import audit
from smarketing.foundation.models import Organisation, User
from smarketing.foundation.refusals import Forbidden, Refusal

MOST = 500  # leads of one act
BARRED = "barred by the never-again register"
NAMED = 200  # leads left out that are kept by their numbers
Kind = BulkAct.Kind
HANDING = {
    Kind.QUALIFY: "qualify",
    Kind.CLAIM: "route",
    Kind.REASSIGN: "route",
}  # acts that the register is asked about, as its log calls them
MOVES = {Kind.QUALIFY: Move.QUALIFY, Kind.RECYCLE: Move.RECYCLE, Kind.DISQUALIFY: Move.DISQUALIFY}


@dataclass(frozen=True)
class Plan:
    """Which leads an act would move, and whom it leaves out: why, and which of them may be named."""

    leads: list[Lead]
    left_out: dict[str, list[int]]
    unseen: int = 0
    barred: dict[int, Suppression] = field(default_factory=dict)

    @property
    def reasons(self) -> list[tuple[str, list[int], int]]:
        found = [(why, pks[:NAMED], len(pks)) for why, pks in self.left_out.items()]
        return found + ([("not yours to see, or gone", [], self.unseen)] if self.unseen else [])

    @property
    def n_left_out(self) -> int:
        return sum(n for _, _, n in self.reasons)


def ensure_may(user: User, kind: str) -> None:
    """Raise `Forbidden` where no lead at all could be touched by this person in this way."""
    if not may(user, kind):
        raise Forbidden


def may(user: User, kind: str) -> bool:
    needs = {
        Kind.QUALIFY: ("leads.qualify",),
        Kind.RECYCLE: ("leads.work_own", "leads.nurture"),
        Kind.DISQUALIFY: ("leads.work_own",),
        Kind.CLAIM: ("leads.claim",),
        Kind.POSTPONE: ("leads.nurture",),
        Kind.REASSIGN: (),
    }[Kind(kind)]
    if kind == Kind.CLAIM:
        return user.may("leads.claim") and user.is_sales
    return user.may("leads.act_on_any") or any(user.may(capability) for capability in needs)


def plan(
    pks: Sequence[int],
    kind: str,
    *,
    by: User,
    to: User | None = None,
    moment: datetime | None = None,
    lock=False,
) -> Plan:
    """What the act would do to these leads now; with `lock` they stay locked until the transaction ends."""
    wanted = list(dict.fromkeys(pks))
    if len(wanted) > MOST:
        raise Refusal(f"At most {MOST} leads at once, and these are {len(wanted):,}. Choose fewer.")
    # Owners are read after the leads are locked: a join would name those from before somebody else was faster.
    rows = Lead.objects.visible_to(by).filter(pk__in=wanted).prefetch_related("owner").order_by("pk")
    if lock:
        rows = rows.select_for_update(no_key=True, of=("self",))
    found, moment = list(rows), moment or now()
    barred = bars.barred([lead.pk for lead in found], moment) if kind in HANDING else {}
    stale = _without_news(found, Kind(kind))
    fine: list[Lead] = []
    left_out: dict[str, list[int]] = {}
    for lead in found:
        why = _why_not(lead, Kind(kind), by, to, moment)
        if not why and lead.pk in barred:
            why = BARRED
        if not why and lead.pk in stale:
            why = evidence.NOTHING
        if why:
            left_out.setdefault(why, []).append(lead.pk)
        else:
            fine.append(lead)
    return Plan(fine, left_out, len(wanted) - len(found), barred)


def _without_news(leads: list[Lead], kind: BulkAct.Kind) -> set[int]:
    """Returned leads that may go to no rep again yet."""
    if kind == Kind.QUALIFY:
        return evidence.without(leads)
    if kind == Kind.REASSIGN:
        return evidence.without([lead for lead in leads if lead.standing in evidence.RETURNED])
    return set()


def _why_not(lead: Lead, kind: BulkAct.Kind, by: User, to: User | None, moment: datetime) -> str:
    if kind == Kind.REASSIGN:
        if lead.merged_into_id is not None:
            return "merged into another lead"
        return f"with {to} already" if to is not None and lead.owner_id == to.pk else ""
    if kind == Kind.CLAIM:
        if access.may_claim(by, lead):
            return ""
        return f"with {lead.owner} already" if lead.owner_id else naming.said("not {an_mql}")
    if kind == Kind.POSTPONE:
        return "" if lead.standing == Standing.NURTURING else "not in nurture"
    why = funnel.why_not_many(lead, MOVES[kind], moment)
    if why or access.may_move(by, MOVES[kind], lead):
        return why
    return f"owned by {lead.owner}" if lead.owner_id else "claimed by nobody yet"


class NoneChanged(Refusal):
    """An act that would leave out every lead it was asked for."""

    def __init__(self, made: Plan, kind: BulkAct.Kind) -> None:
        super().__init__(f"None of these leads was changed: {said(made.reasons)}.")
        self.made, self.kind = made, kind


def _keeping_hits(act: Callable[..., BulkAct]) -> Callable[..., BulkAct]:
    """What the register stopped is a line of its log even where the act comes to nothing and is rolled back."""

    @wraps(act)
    def kept(*args, **kwargs) -> BulkAct:
        try:
            return act(*args, **kwargs)
        except NoneChanged as none:
            _log_hits(none.made, none.kind)
            raise

    return kept


# --- The acts -----------------------------------------------------------------------------------------------
@_keeping_hits
@transaction.atomic
def qualify(pks: Sequence[int], *, by: User, why: str, moment: datetime | None = None) -> BulkAct:
    """Hand leads over to sales, each to a rep who is there; the reason stands with every one."""
    moment = moment or now()
    if not why.strip():
        raise Refusal("Say why these leads are ready for sales: the reps will read it before calling.")
    ensure_may(by, Kind.QUALIFY)
    made = plan(pks, Kind.QUALIFY, by=by, moment=moment, lock=True)
    rows = _move(made, Kind.QUALIFY, lambda lead: MQL, by=by, moment=moment, reason="manual")
    Note.objects.bulk_create(
        Note(lead_id=pk, change=row, by=by, text=why.strip(), at=moment) for pk, row in rows.items()
    )
    entries = {pk: row.pk for pk, row in rows.items()}
    owners = bulk_effects.deliver(made.leads, entries, moment=moment)
    act = _keep(made, Kind.QUALIFY, _rows(made, rows), by=by, moment=moment)
    bulk_effects.tell(owners, act=act.pk, by=by)
    return act


def recycle(
    pks: Sequence[int], *, by: User, reason: str, return_on: date, moment: datetime | None = None
) -> BulkAct:
    """Return leads to nurture until a day; their open deals are closed with the same reason."""
    moment = moment or now()
    definitions.ensure_agreed("recycling", reason, moment)
    _ensure_ahead(return_on, moment)
    ensure_may(by, Kind.RECYCLE)
    with transaction.atomic():
        made = plan(pks, Kind.RECYCLE, by=by, moment=moment, lock=True)
        rows = _move(
            made, Kind.RECYCLE, lambda lead: NURTURE, by=by, moment=moment, reason=reason, return_on=return_on
        )
        _end(rows, Handover.Ending.RECYCLED, moment=moment, cause=reason, reason=reason)
        return _keep(
            made, Kind.RECYCLE, _rows(made, rows), by=by, moment=moment, reason=reason, return_on=return_on
        )


def disqualify(pks: Sequence[int], *, by: User, reason: str, moment: datetime | None = None) -> BulkAct:
    """Take leads off the road for good: each keeps its stage and enters the never-again register."""
    moment = moment or now()
    definitions.ensure_agreed("disqualification", reason, moment)
    ensure_may(by, Kind.DISQUALIFY)
    with transaction.atomic():
        made = plan(pks, Kind.DISQUALIFY, by=by, moment=moment, lock=True)
        to = {lead.pk: Position(lead.stage, Standing.DISQUALIFIED) for lead in made.leads}
        rows = _move(made, Kind.DISQUALIFY, lambda lead: to[lead.pk], by=by, moment=moment, reason=reason)
        bulk_effects.bar(made.leads, rows, reason=reason, by=by)
        _end(rows, Handover.Ending.WITHDRAWN, moment=moment, cause="disqualified", reason=reason)
        return _keep(made, Kind.DISQUALIFY, _rows(made, rows), by=by, moment=moment, reason=reason)


@transaction.atomic
def postpone(pks: Sequence[int], *, by: User, return_on: date, moment: datetime | None = None) -> BulkAct:
    """Choose another day for leads in nurture to come back; nothing else about them changes."""
    moment = moment or now()
    _ensure_ahead(return_on, moment)
    ensure_may(by, Kind.POSTPONE)
    made = plan(pks, Kind.POSTPONE, by=by, moment=moment, lock=True)
    rows = funnel.postpone(made.leads, return_on, by=by, moment=moment)
    done = [[lead.pk, lead.seq, rows[lead.pk], lead.owner_id] for lead in made.leads]
    return _keep(made, Kind.POSTPONE, done, by=by, moment=moment, return_on=return_on)


@_keeping_hits
@transaction.atomic
def reassign(pks: Sequence[int], *, to: User, by: User, moment: datetime | None = None) -> BulkAct:
    """Give leads to another rep: open hand-overs end as reassigned, new ones open for the same entries."""
    ensure_may(by, Kind.REASSIGN)
    to = hold(to)
    if not (to.is_active and to.is_sales):
        raise Refusal(f"{to} cannot own leads: choose somebody active in sales.")
    moment = moment or now()
    made = plan(pks, Kind.REASSIGN, by=by, to=to, moment=moment, lock=True)
    return _give(made, Kind.REASSIGN, to, rule="reassigned", by=by, moment=moment)


@_keeping_hits
@transaction.atomic
def claim(pks: Sequence[int], *, by: User, moment: datetime | None = None) -> BulkAct:
    """Take unclaimed MQLs; those that somebody else was faster with are left out."""
    by = hold(by)
    ensure_may(by, Kind.CLAIM)
    moment = moment or now()
    made = plan(pks, Kind.CLAIM, by=by, moment=moment, lock=True)
    return _give(made, Kind.CLAIM, by, rule="claimed", by=by, moment=moment)


def _give(made: Plan, kind: BulkAct.Kind, to: User, *, rule: str, by: User, moment: datetime) -> BulkAct:
    pks = [lead.pk for lead in made.leads]
    at_mql = [lead.pk for lead in made.leads if lead.position == MQL]
    owners: dict[int, int | None] = dict.fromkeys(pks, to.pk)
    bulk_effects.end_handovers(pks, Handover.Ending.REASSIGNED, moment=moment)
    rows = bulk_effects.assign(owners, rule=rule, by=by, moment=moment)
    bulk_effects.open_handovers(bulk_effects.entries_of(at_mql), owners, moment)
    done = [[lead.pk, lead.seq, rows[lead.pk].pk, lead.owner_id] for lead in made.leads]
    act = _keep(made, kind, done, by=by, moment=moment, to=to)
    bulk_effects.tell(owners, act=act.pk, by=by)
    return act


def _ensure_ahead(return_on: date, moment: datetime) -> None:
    if return_on <= moment.astimezone(Organisation.get().zone).date():
        raise Refusal(f"The return date {return_on:%-d %B %Y} is not in the future. Choose a later day.")


def _move(
    made: Plan, kind: BulkAct.Kind, to, *, by: User, moment: datetime, **more
) -> dict[int, StageChange]:
    return funnel.change_many(made.leads, MOVES[kind], to, by=by, moment=moment, **more)


def _end(rows: dict[int, StageChange], ending: str, *, moment: datetime, cause: str, reason: str) -> None:
    bulk_effects.end_handovers(list(rows), ending, moment=moment, changes=rows, cause=cause)
    bulk_effects.close_deals(rows, moment=moment, reason=reason)


def _rows(made: Plan, rows: dict[int, StageChange]) -> list[list[int | None]]:
    return [[lead.pk, rows[lead.pk].seq, rows[lead.pk].pk, lead.owner_id] for lead in made.leads]


def _keep(made: Plan, kind: BulkAct.Kind, done: list, *, by: User, moment: datetime, **more) -> BulkAct:
    if not done:
        raise NoneChanged(made, kind)
    _log_hits(made, kind)
    act = BulkAct.objects.create(kind=kind, by=by, at=moment, done=done, left_out=made.reasons, **more)
    audit.record(f"leads.bulk_{kind}", by=by, about=act)
    return act


def said(reasons: Iterable[Sequence]) -> str:
    """Whom an act left out, in words: "2 at SAL, 1 barred by the never-again register"."""
    return ", ".join(f"{n:,} {why}" for why, _, n in reasons)


def _log_hits(made: Plan, kind: BulkAct.Kind) -> None:
    """What the register stopped is a line of its log, as when one lead is stopped."""
    if kind not in HANDING:
        return
    stopped = set(made.left_out.get(BARRED, []))
    bars.log({pk: entry for pk, entry in made.barred.items() if pk in stopped}, way=HANDING[kind])
