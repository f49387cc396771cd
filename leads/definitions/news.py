"""Mails about definitions: who is told that something waits for their signature, or what became of it."""

from __future__ import annotations

from datetime import datetime

from leads.models import Definition
from smarketing.foundation import outbox, signing
from smarketing.foundation.models import User

NEWS = "leads.definitions"  # the outbox topic; the payload says what: waits, signed, sent_back


def ask_to_sign(row: Definition, *, by: User, moment: datetime) -> None:
    """Tell whoever can turn a key that is missing, but the one who acted."""
    people = {person.pk for side in signing.missing(row) for person in signing.signers(side, moment)}
    _tell("waits", row, people - {by.pk}, by=by, moment=moment)


def tell_authors(what: str, row: Definition, *, by: User, moment: datetime) -> None:
    """Tell who wrote and who proposed it what the heads did with it."""
    people = {pk for pk in (row.created_by_id, row.proposed_by_id) if pk is not None}
    _tell(what, row, people - {by.pk}, by=by, moment=moment)


def _tell(what: str, row: Definition, people: set[int], *, by: User, moment: datetime) -> None:
    effects = [
        (f"{_key(what, row)}-{pk}", {"what": what, "definition": row.pk, "to": pk, "by": by.pk})
        for pk in sorted(people)
    ]
    outbox.put_many(NEWS, effects, available_at=moment + outbox.HOLD)


def _key(what: str, row: Definition) -> str:
    signed = "".join(side[0] for side in signing.SIDES if getattr(row, f"{side}_by_id"))
    return f"definition-{row.pk}-{row.revision}-{what}{signed}"
