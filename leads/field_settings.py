"""Which facts this company asks for: fields are added, renamed, put in order, archived and taken back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q
from django.utils.timezone import now

from leads import custom_fields, definitions
from leads.custom_fields import MOST_CHOICES, MOST_FIELDS, has_value
from leads.models import Account, CustomField, Definition, Lead
from smarketing.foundation import audit
from smarketing.foundation.models import User
from smarketing.foundation.refusals import Forbidden, Refusal

CHOICE_LENGTH = 80
KEY_LENGTH = 40
# How addresses of lists end where they ask for a range: no key may end like that.
RANGES = ("_min", "_max", "_last", "_over", "_from", "_to", "_never")


def ensure_may_write(user: User) -> None:
    if not user.may("fields.write"):
        raise Forbidden("Only heads of team and administrators change which facts are asked for.")


def has_values(field: CustomField) -> bool:
    """Whether any row has a value; one of an undone import counts, as it may never be read otherwise."""
    return bool(_rows(field).filter(has_value(field.key)).exists())


def _rows(field: CustomField):
    return (Lead if field.entity == CustomField.Entity.LEAD else Account).objects.all()


def read_choices(text: str) -> list[str]:
    """One choice a line, each once in any spelling; raises `Refusal`."""
    kept: dict[str, str] = {}
    for line in text.replace("\0", "").splitlines():
        if choice := " ".join(line.split()):
            kept.setdefault(choice.casefold(), choice)
    if too_long := next((choice for choice in kept.values() if len(choice) > CHOICE_LENGTH), None):
        raise Refusal(f"“{too_long[:40]}…” is too long for a choice. Keep it to {CHOICE_LENGTH} characters.")
    if len(kept) > MOST_CHOICES:
        raise Refusal(f"A field has room for {MOST_CHOICES} choices, and these are {len(kept)}.")
    return list(kept.values())


@transaction.atomic
def add(
    *, by: User, entity: str, label: str, kind: str, choices: Iterable[str] = (), help: str = ""
) -> CustomField:
    """A new field, last of its entity; raises `Refusal`."""
    ensure_may_write(by)
    given, label = list(choices) if kind == CustomField.Kind.CHOICE else [], " ".join(label.split())
    if kind == CustomField.Kind.CHOICE and not given:
        raise Refusal("Write at least one choice, one a line.")
    there = CustomField.objects.filter(entity=entity)
    _ensure_room(entity)
    _ensure_free(label, entity)
    last = there.aggregate(last=Max("position"))["last"]
    field = CustomField(entity=entity, label=label, kind=kind, choices=given, help=help, created_by=by)
    field.position = 0 if last is None else last + 1
    field.key = _key_for(label, set(there.values_list("key", flat=True)))
    try:
        with transaction.atomic():
            field.save()
    except IntegrityError:
        raise Refusal("Somebody added this field at the same moment. Look at the list.") from None
    return _written(field, "field.added", by)


def _ensure_room(entity: str) -> None:
    if CustomField.objects.in_use().filter(entity=entity).count() >= MOST_FIELDS:
        whose = "Leads" if entity == CustomField.Entity.LEAD else "Companies"
        raise Refusal(
            f"{whose} have {MOST_FIELDS} fields of their own, the most there may be. Archive one first."
        )


def _ensure_free(label: str, entity: str, besides: int | None = None) -> None:
    taken = CustomField.objects.in_use().filter(entity=entity, label__iexact=label)
    if (taken.exclude(pk=besides) if besides else taken).exists():
        raise Refusal(f"There is a field “{label}” already. Choose another name.")


def _key_for(label: str, taken: set[str]) -> str:
    """By which files and programs know the field: made of its first label, and never changed."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    key = key if key[:1].isalpha() else f"field_{key}".rstrip("_")
    key = key[: KEY_LENGTH - 6].rstrip("_")
    key = f"{key}_value" if key.endswith(RANGES) else key
    free, n = key, 2
    while free in taken:
        free, n = f"{key[: KEY_LENGTH - 4]}_{n}", n + 1
    return free


@transaction.atomic
def change(
    field: CustomField, *, by: User, label: str, kind: str, choices: Iterable[str], help: str
) -> CustomField:
    """Another label, help or kind, more choices; a kind that has values and a choice that stands somewhere stay."""
    ensure_may_write(by)
    field = CustomField.objects.select_for_update().get(pk=field.pk)
    label = " ".join(label.split())
    _ensure_free(label, field.entity, besides=field.pk)
    if kind != field.kind and has_values(field):
        raise Refusal(f"“{field.label}” has values already, so its kind stays. Add another field instead.")
    if kind != field.kind and (said := _asked_by(field)):
        raise Refusal(f"{said} ask for “{field.label}”, so its kind stays. Add another field instead.")
    given = list(choices) if kind == CustomField.Kind.CHOICE else []
    if kind == CustomField.Kind.CHOICE and not given:
        raise Refusal("Write at least one choice, one a line.")
    if kind == field.kind:
        _ensure_unused(field, [choice for choice in field.choices if choice not in given])
    field.label, field.kind, field.choices, field.help = label, kind, given, help
    field.save()
    return _written(field, "field.changed", by)


def _asked_by(field: CustomField) -> str:
    """The definitions of which a rule asks for this field: what was agreed has to stay readable."""
    name = custom_fields.name_of(field)
    for row in Definition.objects.order_by(F("version").desc(nulls_last=True), "-pk"):
        if _says(row.document, name):
            return str(row)
    return ""


def _says(part: Any, name: str) -> bool:
    if isinstance(part, dict):
        return any(_says(own, name) for own in part.values())
    return any(_says(own, name) for own in part) if isinstance(part, list) else bool(part == name)


def _ensure_not_required(field: CustomField) -> None:
    """What a stage asks for must be there to be filled in, or no lead would ever enter that stage again."""
    moment, name = now(), custom_fields.name_of(field)
    rows = [definitions.in_force(moment).row, definitions.pending(moment)]
    documents = [definitions.document_of(row) for row in rows if row is not None]
    proposed = Definition.objects.filter(status=Definition.Status.PROPOSED)
    documents += [definitions.Document.of(row.document) for row in proposed]
    for stages in (document.stages for document in documents):
        if asking := next((terms.name for terms in stages.values() if name in terms.required), None):
            raise Refusal(
                f"The definitions ask for “{field.label}” before a lead becomes {asking}. "
                "Agree on a version without it first, then archive it."
            )


def _ensure_unused(field: CustomField, gone: list[str]) -> None:
    for choice in gone:
        if _rows(field).filter(Q(custom__contains={field.key: choice})).exists():
            raise Refusal(
                f"“{choice}” is chosen somewhere already, so it stays in the list, spelled as it is."
            )


@transaction.atomic
def move_up(field: CustomField, *, by: User) -> None:
    """One place nearer to the start of those in use."""
    ensure_may_write(by)
    rows = list(CustomField.objects.in_use().filter(entity=field.entity).select_for_update())
    here = next((place for place, row in enumerate(rows) if row.pk == field.pk), 0)
    if here:
        rows[here - 1 : here + 1] = rows[here], rows[here - 1]
    for place, row in enumerate(rows):
        row.position = place
    CustomField.objects.bulk_update(rows, ["position"])
    _written(field, "field.moved", by)


@transaction.atomic
def archive(field: CustomField, *, by: User) -> CustomField:
    """Asked for no more: its values stay where they are, unseen, until it is taken back."""
    ensure_may_write(by)
    field = CustomField.objects.select_for_update().get(pk=field.pk)
    if field.archived_at is None:
        _ensure_not_required(field)
        field.archived_at = now()
        field.save(update_fields=["archived_at"])
        _written(field, "field.archived", by)
    return field


@transaction.atomic
def restore(field: CustomField, *, by: User) -> CustomField:
    ensure_may_write(by)
    field = CustomField.objects.select_for_update().get(pk=field.pk)
    if field.archived_at is not None:
        _ensure_room(field.entity)
        _ensure_free(field.label, field.entity, besides=field.pk)
        field.archived_at = None
        field.save(update_fields=["archived_at"])
        _written(field, "field.restored", by)
    return field


def _written(field: CustomField, action: str, by: User) -> CustomField:
    custom_fields.changed()
    audit.record(action, by=by, about=field, fields=[field.key])
    return field
