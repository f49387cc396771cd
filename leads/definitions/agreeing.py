"""Two keys on a proposal: signed by both heads in either order, or sent back with what should change."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Max

from leads import versions
from leads.definitions import acknowledging, news
from leads.definitions.drafts import Status, lock
from leads.models import Definition, DefinitionRemark
from smarketing.foundation import audit, signing
from smarketing.foundation.models import Organisation, User
from smarketing.foundation.refusals import Forbidden, Refusal

Kind = DefinitionRemark.Kind


@transaction.atomic
def sign(pk: int, *, revision: int, by: User, moment: datetime) -> Definition:
    """Turn this person's key on the proposal they have read; the second signature puts it in force."""
    row = lock(pk, Status.PROPOSED, revision)
    sole = signing.keys_of(by, moment).sole
    sides = signing.sign(row, by=by, moment=moment, what="definitions")
    if sole and row.marketing_by_id == row.sales_by_id:
        row.sole_head = True
    if not signing.missing(row):
        _put_in_force(row, moment)
    row.save()
    versions.changed()
    audit.record(
        "definition.signed", by=by, about=row, fields=[*sides, *(["sole_head"] if row.sole_head else [])]
    )
    if row.version is None:
        news.ask_to_sign(row, by=by, moment=moment)
    else:
        acknowledging.signed(row, moment=moment)
        news.tell_authors("signed", row, by=by, moment=moment)
    return row


def _put_in_force(row: Definition, moment: datetime) -> None:
    """The next version, from the day that was wished for, and never before the one that it follows."""
    signed = Definition.objects.filter(status=Status.SIGNED).aggregate(
        n=Max("version"), last=Max("in_force_from")
    )
    begins = [moment]
    if row.starts_on is not None:
        begins.append(datetime.combine(row.starts_on, time(), Organisation.get().zone))
    if signed["last"] is not None:
        begins.append(signed["last"] + timedelta(microseconds=1))
    row.status, row.version, row.in_force_from = Status.SIGNED, (signed["n"] or 0) + 1, max(begins)


@transaction.atomic
def send_back(pk: int, *, revision: int, text: str, by: User, moment: datetime) -> Definition:
    """Make the proposal a draft again, without signatures, and say what should change."""
    ensure_may_send_back(by, moment)
    row = lock(pk, Status.PROPOSED, revision)
    if not text.strip():
        raise Refusal("Say what should change: whoever wrote it reads it.")
    row.status = Status.DRAFT
    row.marketing_by = row.sales_by = row.marketing_at = row.sales_at = None
    row.sole_head = False
    row.save()
    DefinitionRemark.objects.create(definition=row, kind=Kind.SENT_BACK, text=text.strip(), by=by, at=moment)
    audit.record("definition.sent_back", by=by, about=row)
    news.tell_authors("sent_back", row, by=by, moment=moment)
    return row


def ensure_may_send_back(user: User, moment: datetime) -> None:
    if not signing.keys_of(user, moment):
        raise Forbidden("Only the heads of marketing and of sales send a proposal back.")


@transaction.atomic
def comment(pk: int, *, text: str, by: User, moment: datetime) -> DefinitionRemark:
    """A word beside an open document."""
    row = lock(pk, Status.DRAFT, Status.PROPOSED)
    if not text.strip():
        raise Refusal("Write the comment first: an empty one tells nobody anything.")
    remark = DefinitionRemark.objects.create(
        definition=row, kind=Kind.COMMENT, text=text.strip(), by=by, at=moment
    )
    audit.record("definition.commented", by=by, about=row)
    return remark
