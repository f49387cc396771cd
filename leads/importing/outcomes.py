"""Writes what outcomes bring along: hand-overs of the past, the never-again register and its log of hits."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from leads.importing import copying, names
from leads.importing.cells import Draft
from leads.importing.people import Bar, Person
from leads.stages import Standing

if TYPE_CHECKING:
    from leads.importing.storing import Store


def store_handovers(cursor, store: Store) -> None:
    columns = [
        "lead_id",
        "entry_id",
        "rep_id",
        "opened_at",
        "ended_at",
        "ending",
        "cause",
        "ended_by_change_id",
    ]
    rows = [
        (
            person.id,
            delivery.entry.id,
            store.owner(person),
            min(delivery.entry.at, delivery.ended_at),
            delivery.ended_at,
            delivery.ending,
            delivery.cause,
            delivery.decision.id,
            store.batch_id,
        )
        for person in store.everyone
        for delivery in person.handovers
        if delivery.new
    ]
    copying.copy(cursor, "leads_handover", [*columns, "batch_id"], rows)


def store_bars(cursor, store: Store) -> None:
    """Enter the leads that this chunk disqualified, with their addresses; their open deals end with them."""
    barred = [(person, event) for person in store.everyone if (event := person.entered) is not None]
    if not barred:
        return
    marks = [
        (kind, str(value), event.reason, person.id, event.id, store.batch_id)
        for person, event in barred
        for kind, value in (("lead", person.id), *_addresses(person))
        if value
    ]
    enter(cursor, marks, store.moment)
    _number(cursor, [person for person, _ in barred])


def _addresses(person: Person) -> tuple[tuple[str, str | None], tuple[str, str | None]]:
    return ("email", person.facts.get("email")), ("phone", person.facts.get("phone_norm"))


def store_new_addresses(cursor, store: Store) -> None:
    """What this chunk learned of somebody disqualified before is barred too: a register with a gap is none."""
    marks = [
        (kind, value, person.bar.reason, person.id, None, store.batch_id)
        for person in store.known
        if person.changed and person.bar is not None and person.position.standing == Standing.DISQUALIFIED
        for kind, value in _addresses(person)
        if value and value != person.original.get("email" if kind == "email" else "phone_norm")
    ]
    # Of a row that was kept out nothing else is stored.
    marks += [
        (kind, value, bar.reason, person.id, None, store.batch_id)
        for bar, draft, person in store.fold.kept_out
        if person is not None and person.position.standing == Standing.DISQUALIFIED
        for kind, value in (("email", draft.values.get("email")), ("phone", draft.values.get("phone_norm")))
        if value and value not in (person.facts.get("email"), person.facts.get("phone_norm"))
    ]
    if marks:
        enter(cursor, marks, store.moment)


def enter(cursor, marks: list[tuple], moment: datetime) -> None:
    """Bar these (kind, value, reason, lead, change, batch); the open deals of such leads end with them."""
    shape = {"kind": "text", "value": "text", "reason": "text", "lead_id": "bigint", "change_id": "bigint"}
    copying.stage(cursor, "import_bar", {**shape, "batch_id": "bigint"}, marks)
    cursor.execute(
        """UPDATE leads_suppression s SET lifted_at = %s FROM import_bar b
        WHERE s.kind = b.kind AND s.value = b.value AND s.lifted_at IS NULL AND s.until IS NOT NULL""",
        [moment],
    )
    cursor.execute(
        """INSERT INTO leads_suppression (kind, value, reason, lead_id, change_id, batch_id)
        SELECT kind, value, reason, lead_id, change_id, batch_id FROM import_bar
        ON CONFLICT (kind, value) WHERE lifted_at IS NULL AND voided_at IS NULL DO NOTHING"""
    )
    cursor.execute(
        """UPDATE leads_deal d SET outcome = 'lost', closed_at = c.at, close_recorded_at = %s, lost_reason = c.reason,
            closed_by_change_id = c.id
        FROM import_bar s JOIN leads_stagechange c ON c.id = s.change_id
        WHERE s.kind = 'lead' AND d.contact_id = s.lead_id AND d.outcome = 'open' AND d.voided_at IS NULL""",
        [moment],
    )


_DISQUALIFIED = """
SELECT DISTINCT ON (l.id) l.id, l.email_norm, l.phone_norm, c.reason, c.id
FROM leads_lead l JOIN leads_stagechange c ON c.lead_id = l.id
WHERE l.id = ANY(%s) AND l.standing = 'disqualified' AND l.customer_at IS NULL AND l.voided_at IS NULL
    AND c.voided_at IS NULL AND c.to_standing = 'disqualified'
    AND NOT EXISTS (SELECT 1 FROM leads_stagechange u WHERE u.undoes_id = c.id)
    AND NOT EXISTS (SELECT 1 FROM leads_suppression s WHERE s.kind = 'lead' AND s.value = l.id::text
        AND s.lifted_at IS NULL AND s.voided_at IS NULL)
ORDER BY l.id, c.at DESC, c.id DESC
"""


def bar_standing(cursor, lead_ids: list[int], batch_id: int | None, moment: datetime) -> None:
    """Bar those of these leads that all of their history, of whatever file, leaves disqualified."""
    cursor.execute(_DISQUALIFIED, [lead_ids])
    marks = [
        (kind, str(value), reason, lead_id, change_id, batch_id)
        for lead_id, email, phone, reason, change_id in cursor.fetchall()
        for kind, value in (("lead", lead_id), ("email", email), ("phone", phone))
        if value
    ]
    if marks:
        enter(cursor, marks, moment)


def _number(cursor, barred: list) -> None:
    """Tell the bars of this chunk their ids, which the log of hits refers to."""
    cursor.execute(
        """SELECT s.lead_id, r.id FROM import_bar s JOIN leads_suppression r
        ON r.kind = s.kind AND r.value = s.value AND r.lifted_at IS NULL AND r.voided_at IS NULL
        WHERE s.kind = 'lead'"""
    )
    ids = dict(cursor.fetchall())
    for person in barred:
        person.bar.id = ids[person.id]


def store_hits(cursor, store: Store) -> None:
    """What the register stopped: rows it kept out, and leads it held where they are."""
    stopped = [(bar, person, draft) for bar, draft, person in store.fold.kept_out]
    stopped += [(person.bar, person, draft) for person, draft in store.fold.chronicle.blocked if person.bar]
    log(cursor, stopped, "import", store.batch_id)


def log(cursor, stopped: list[tuple[Bar, Person | None, Draft]], way: str, batch_id: int | None) -> None:
    """A line of the log for each row, on the campaign that it names or else that of the lead."""
    if not stopped:
        return
    named = {text for _, _, draft in stopped if (text := draft.values.get("campaign"))}
    campaigns = names.ensure_names(cursor, "leads_campaign", named)
    rows = [
        (
            bar.id,
            person.id if person else None,
            campaigns.get(names.key_of(draft.values.get("campaign", ""))) or (person and _origin(person)),
            way,
            batch_id,
        )
        for bar, person, draft in stopped
    ]
    copying.copy(
        cursor, "leads_suppressionhit", ["suppression_id", "lead_id", "campaign_id", "way", "batch_id"], rows
    )


def _origin(person: Person) -> int | None:
    campaign = person.original.get("campaign")
    return campaign if isinstance(campaign, int) else None


def withdraw_open(cursor, lead_ids: list[int], batch_id: int | None) -> None:
    """End the open hand-overs of leads that imported history took away from MQL: a delivery never stays behind.

    `batch_id` is the import that did so; its undo opens them again.
    """
    if not lead_ids:
        return
    cursor.execute(
        """UPDATE leads_handover h SET ended_at = greatest(l.stage_since, h.opened_at),
            ending = CASE l.standing WHEN 'disqualified' THEN 'withdrawn' WHEN 'nurturing' THEN 'recycled'
                ELSE 'accepted' END,
            cause = CASE WHEN l.standing = 'disqualified' THEN 'disqualified' ELSE 'imported' END,
            ended_by_batch_id = %s
        FROM leads_lead l
        WHERE l.id = h.lead_id AND h.ended_at IS NULL AND h.voided_at IS NULL AND l.id = ANY(%s)
            AND (l.stage, l.standing) <> ('mql', 'active')""",
        [batch_id, lead_ids],
    )


def reassign_open(cursor, lead_ids: list[int], store: Store) -> None:
    """End the open hand-overs of leads that the file gave to another owner; an import opens none for that one."""
    if not lead_ids:
        return
    cursor.execute(
        """UPDATE leads_handover h SET ended_at = greatest(%s, h.opened_at), ending = 'reassigned', cause = 'imported',
            ended_by_batch_id = %s
        FROM leads_lead l
        WHERE l.id = h.lead_id AND h.ended_at IS NULL AND h.voided_at IS NULL AND l.id = ANY(%s)
            AND h.rep_id IS DISTINCT FROM l.owner_id""",
        [store.moment, store.batch_id, lead_ids],
    )
