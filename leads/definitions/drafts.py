"""Writing the next version: one open document at a time, which changes nothing until both heads have signed it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from leads.definitions import news
from leads.definitions.document import Document
from leads.definitions.force import document_of, latest, unsigned
from leads.models import Definition
from leads.rules import Catalogue
from leads.versions import signed
from smarketing.foundation import audit
from smarketing.foundation.models import Organisation, User
from smarketing.foundation.permissions import may
from smarketing.foundation.refusals import Forbidden, Refusal

Status = Definition.Status


class ChangedMeanwhile(Refusal):
    """Somebody else stored the same part of the draft since it was read."""

    code = "changed_meanwhile"


@transaction.atomic
def start(*, by: User, moment: datetime, source: Definition | None = None) -> Definition:
    """A new draft: of the latest version, or of another document; there is one open document at most."""
    ensure_may_write(by)
    last = latest()
    document = source.document if source is not None else last.document.json()
    try:
        with transaction.atomic():
            row = Definition.objects.create(
                document=document,
                based_on=source or last.row,
                created_by=by,
                created_at=moment,
                changed_at=moment,
            )
    except IntegrityError:
        raise Refusal(
            "A draft or a proposal is open already. Work on that one, or withdraw it first."
        ) from None
    audit.record("definition.drafted", by=by, about=row)
    return row


@transaction.atomic
def save(pk: int, parts: Mapping[str, Any], *, seen: str, by: User, moment: datetime) -> Definition:
    """Store parts of the draft by their paths ("stages.mql"), as `seen` by `fingerprint` when they were read.

    Raises `DocumentFault` for what a document cannot say and `ChangedMeanwhile` where another was faster.
    """
    ensure_may_write(by)
    row = lock(pk, Status.DRAFT)
    if fingerprint(row.document, list(parts)) != seen:
        raise ChangedMeanwhile(
            "Somebody else saved this part while you were editing. Save again to keep yours."
        )
    document = json.loads(json.dumps(row.document))
    for path, value in parts.items():
        *road, last = path.split(".")
        at = document
        for name in road:
            at = at[name]
        at[last] = value
    document = Document.of(document).json()
    if document == row.document:
        return row
    row.document, row.revision, row.changed_at = document, row.revision + 1, moment
    row.save(update_fields=["document", "revision", "changed_at"])
    audit.record("definition.edited", by=by, about=row, fields=sorted(parts))
    return row


def fingerprint(document: Mapping[str, Any], paths: list[str]) -> str:
    """What these parts say, in short: who saves them says what they had read."""
    found = []
    for path in sorted(paths):
        at: Any = document
        for name in path.split("."):
            at = at[name]
        found.append(at)
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()[:16]


@transaction.atomic
def propose(
    pk: int, *, revision: int, summary: str, starts_on: date | None, by: User, moment: datetime
) -> Definition:
    """Put the draft before both heads. From here it cannot be changed, only signed, sent back or withdrawn."""
    ensure_may_write(by)
    row = lock(pk, Status.DRAFT, revision)
    if not summary.strip():
        raise Refusal("Say why this version is better: both heads read it before they sign.")
    document = Document.of(row.document)
    if document == latest().document:
        raise Refusal("This draft says the same as the version before it. Change something first.")
    ensure_same_parts(document)
    ensure_asked_for(document)
    ensure_later(starts_on, moment)
    row.status, row.summary, row.starts_on = Status.PROPOSED, summary.strip(), starts_on
    row.proposed_by, row.proposed_at, row.revision = by, moment, row.revision + 1
    row.save()
    audit.record("definition.proposed", by=by, about=row)
    news.ask_to_sign(row, by=by, moment=moment)
    return row


def ensure_asked_for(document: Document) -> None:
    """A stage requires nothing that no form asks for any more: no lead would enter it again."""
    catalogue = Catalogue()
    for terms in document.stages.values():
        for name in terms.required:
            fact = catalogue.find(name)
            if fact is None or not fact.in_use:
                raise Refusal(
                    f"{terms.name} requires “{fact.label if fact else name}”, which was archived. "
                    "Take it out, or take the field back."
                )


def ensure_same_parts(document: Document) -> None:
    """A rule of fit never becomes one of engagement, or the other way round: logs of scores name rules for ever."""
    for earlier in (unsigned(), *(document_of(row) for row in signed())):
        now, then = document.rules_by_part, earlier.rules_by_part
        if moved := next((id for id in now if then.get(id, now[id]) != now[id]), None):
            raise Refusal(
                f"“{moved}” was a rule of {then[moved]} in another version and is one of {now[moved]} here. "
                "Give the new rule another key: the log of scores names rules by it."
            )


def ensure_later(starts_on: date | None, moment: datetime) -> None:
    """Versions begin one after the other, and none begins in the past."""
    if starts_on is None:
        return
    today = moment.astimezone(Organisation.get().zone).date()
    if starts_on < today:
        raise Refusal(f"{starts_on:%-d %B %Y} is in the past. Choose a later day, or none to begin at once.")
    last = latest().row
    if last is None or last.in_force_from is None:
        return
    begun = last.in_force_from.astimezone(Organisation.get().zone).date()
    if begun >= starts_on > today:
        raise Refusal(f"Version {last.version} begins on {begun:%-d %B %Y}. Choose a later day.")


@transaction.atomic
def withdraw(pk: int, *, revision: int, by: User, moment: datetime) -> Definition:
    """Give up an open document. It stays in the history, and a draft can be made of it again."""
    ensure_may_write(by)
    row = lock(pk, Status.DRAFT, Status.PROPOSED, revision)
    if not may_withdraw(row, by):
        raise Forbidden("Only who wrote it, who proposed it and the heads withdraw it.")
    row.status, row.closed_at = Status.WITHDRAWN, moment
    row.save(update_fields=["status", "closed_at"])
    audit.record("definition.withdrawn", by=by, about=row)
    return row


def may_withdraw(row: Definition, user: User) -> bool:
    wrote = user.pk in (row.created_by_id, row.proposed_by_id)
    return may(user, "definitions.propose") and (user.is_head or user.is_administrator or wrote)


def lock(pk: int, *wanted: Any) -> Definition:
    """The row, locked; `wanted` are the statuses it may have and, last, the revision that was read."""
    revision = wanted[-1] if isinstance(wanted[-1], int) else None
    statuses = [one for one in wanted if isinstance(one, Status)]
    row = Definition.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if row is None or row.status not in statuses:
        said = row.get_status_display().lower() if row is not None else "gone"
        raise Refusal(f"This document is {said} by now. Look at it again.")
    if revision is not None and row.revision != revision:
        raise ChangedMeanwhile("This document was changed since you read it. Read it again, then decide.")
    return row


def ensure_may_write(user: User) -> None:
    if not may(user, "definitions.propose"):
        raise Forbidden("Marketers and the heads of both teams write definitions. Ask one of them.")
