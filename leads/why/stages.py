"""Why this stage: the move that brought the lead here, the criteria of that version, and what they met then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from leads import rules
from leads.criteria import criteria_of
from leads.definitions import Document, document_of, in_force, label, unsigned
from leads.definitions.words import BY_ITSELF
from leads.models import Definition, Lead, StageChange
from leads.naming import STATES
from leads.rules.matching import touches_of
from leads.stages import LADDER, Move, Stage, Standing
from leads.why.answers import Line, Why, register

READ = 200  # rows of history that are looked at, the latest


def stage(lead: Lead, moment: datetime) -> Why:
    history = list(lead.history.select_related("by", "undone_by", "note").order_by("-at", "-id")[:READ])
    row = next((row for row in history if row.position == lead.position and _counts(row)), None)
    change = tuple(_change(lead, moment))
    title = f"Why {STATES[lead.state]}"
    if row is None:
        return Why("stage", title, "No line of its history says how it came here.", change=change)
    document = document_at(row)
    terms = document.stages[row.to_stage] if document else None
    rule = rules.parse(terms.entry) if terms and terms.entry and row.move != Move.RECYCLE else None
    found = tuple(_found(lead, row, history, rule)) if rule and lead.standing == Standing.ACTIVE else ()
    return Why(
        "stage",
        title,
        _answer(row),
        decided=_decided(row),
        at=row.at,
        version=row.definition_version,
        rule=rule.sentence() if rule and found else "",
        note=_note(row),
        found_title="What was found then",
        found=found,
        change=change,
    )


def document_at(row: StageChange) -> Document | None:
    """The definitions the move was made under; imported history names none."""
    if row.definition_version is None:
        return None
    if row.definition_version == 0:
        return unsigned()
    signed = Definition.objects.filter(version=row.definition_version).defer("document").first()
    return document_of(signed) if signed else None


def _counts(row: StageChange) -> bool:
    return row.move not in (Move.UNDO, Move.ADOPT) and getattr(row, "undone_by", None) is None


def _answer(row: StageChange) -> str:
    reason = f": {label(row.reason).lower()}" if row.reason else ""
    return f"{Move(row.move).label}{reason}."


def _decided(row: StageChange) -> str:
    if row.kind == StageChange.Kind.HISTORIC:
        return "Imported history"
    return str(row.by) if row.by_id else "The product, by itself"


def _note(row: StageChange) -> str:
    note = getattr(row, "note", None)
    return note.text if note is not None and note.voided_at is None else ""


def _found(lead: Lead, row: StageChange, history: list[StageChange], rule: rules.Rule) -> Iterator[Line]:
    """Each clause against what was known when the lead moved; of facts only what they are now is kept."""
    snapshot = rules.snapshots([lead.pk], row.at).get(lead.pk)
    if snapshot is None:
        return
    returns = (
        one.at
        for one in history
        if one.to_standing == Standing.NURTURING and one.at < row.at and _counts(one)
    )
    then = replace(snapshot, columns={**snapshot.columns, "returned_at": next(returns, None)})
    yield from lines(rules.explain(rule, then, row.at))


def lines(answer: rules.Answer, depth: int = 0) -> Iterator[Line]:
    """The tree of an answer, line by line."""
    if not answer.parts:
        yield Line(answer.sentence, answer.found, answer.met, depth=depth)
        return
    if depth:
        yield Line("All of these" if answer.needs_all else "Any of these", "", answer.met, depth=depth)
    for part in answer.parts:
        yield from lines(part, depth + 1)


# --- What would have to change -------------------------------------------------------------------------------
def _change(lead: Lead, moment: datetime) -> Iterator[str]:
    if lead.standing == Standing.DISQUALIFIED:
        yield "New evidence, and the signatures of both heads: then it is reopened."
    elif lead.standing == Standing.CHURNED:
        yield "A new interest of theirs: nothing brings it back by itself."
    elif lead.stage == Stage.CUSTOMER:
        yield "It has reached the last stage. It leaves it when the customer is lost."
    else:
        if lead.standing == Standing.NURTURING and lead.return_on:
            yield f"On {lead.return_on.day} {lead.return_on:%B %Y} it comes back to marketing’s list."
        yield from _next_stage(lead, moment)


def _next_stage(lead: Lead, moment: datetime) -> Iterator[str]:
    """What the entry rule and the required facts still ask for, and who moves the lead then."""
    ahead = LADDER[LADDER.index(Stage(lead.stage)) + 1]
    document = in_force(moment).document
    name, criteria = document.stages[ahead].name, criteria_of(document, ahead)
    by_itself = f"{BY_ITSELF[ahead][:1].lower()}{BY_ITSELF[ahead][1:]}"
    if not criteria:
        yield f"{name}: {by_itself}"
        return
    snapshot = rules.snapshots([lead.pk], moment)[lead.pk]
    missing = [one for asked in criteria for one in rules.lacking(asked.rule, snapshot, moment)]
    yield from (f"{name}: {needed(one, snapshot, moment)}" for one in missing)
    if ahead != Stage.MQL:
        yield f"{name}: {'then ' if missing else ''}{by_itself}"
    elif not missing:
        yield f"{name}: nothing more. The next touch moves it, unless the register bars it."
    if ahead == Stage.MQL:
        yield f"{name}: or a marketer says why."


def needed(answer: rules.Answer, snapshot: rules.Snapshot, moment: datetime) -> str:
    """What one unmet clause asks for: "1 more: 3 touches in the last 30 days (2, the last on 3 May 2026)"."""
    found = f" (found: {answer.found})" if answer.found else ""
    words = f"{answer.sentence[:1].lower()}{answer.sentence[1:]}"
    if isinstance(answer.rule, rules.Touches) and answer.rule.at_least > 1:
        more = answer.rule.at_least - len(touches_of(answer.rule, snapshot, moment))
        if more > 0:
            return f"{more} more of {words}{found}"
    return f"{words}{found}"


register("stage", stage)
