"""The fields of facts that a move waits for: typed as the fact is, named as rules name it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.forms.models import fields_for_model

from leads import custom_fields
from leads.criteria import Criterion
from leads.facts import COMPANY, FIELDS
from leads.limits import a_domain, a_real_email, a_real_phone
from leads.models import Account, Lead
from leads.pages.fields import Own

PREFIX = "fact."  # before the name of a fact, in a form that asks for other things too
CHECKS: dict[str, Callable[[str], Any]] = {
    "email": a_real_email,
    "phone": a_real_phone,
    "account.domain": a_domain,
}
TYPES = {"email": "email", "phone": "tel"}


def fields_for(missing: Sequence[Criterion], lead: Lead) -> dict[str, forms.Field]:
    """A field for each; who has no company is asked for it before what must be known of it."""
    wanted = {one.fact: one.label for one in missing}
    if lead.account_id is None and any(name.startswith(COMPANY) for name in wanted):
        wanted = {"company": "Company"} | {name: label for name, label in wanted.items() if name != NAME}
    found = {name: _field(name, label) for name, label in wanted.items()}
    return {f"{PREFIX}{name}": field for name, field in found.items() if field is not None}


NAME = f"{COMPANY}name"


def _field(name: str, label: str) -> forms.Field | None:
    """None of an own field that has been archived since: it can be asked no more."""
    own = custom_fields.by_name().get(name)
    if own is not None:
        field: forms.Field = Own(own)
    elif name == "company":
        field = forms.CharField(max_length=200)
    elif name in FIELDS:
        field = fields_for_model(Lead, [name])[name]
    elif name.startswith(COMPANY) and not name.startswith(f"{COMPANY}custom."):
        column = name.removeprefix(COMPANY)
        field = fields_for_model(Account, [column])[column]
    else:
        return None
    field.label, field.required = label, True
    field.widget.is_required = True
    if isinstance(field, forms.ChoiceField):
        offered: Any = field.choices
        field.choices = [("", "Choose one"), *((value, words) for value, words in offered if value)]
    if name in TYPES:
        field.widget.input_type = TYPES[name]
    return field


def checked(form: forms.Form, given: dict[str, Any]) -> None:
    """What a fact must look like beside its kind, said at its field."""
    for name, check in CHECKS.items():
        if given.get(f"{PREFIX}{name}"):
            try:
                given[f"{PREFIX}{name}"] = check(given[f"{PREFIX}{name}"])
            except forms.ValidationError as fault:
                form.add_error(f"{PREFIX}{name}", fault)


def at_fault(form: forms.Form) -> str | None:
    """The one field by which somebody is recognised, where the form has just one: a refusal is about that."""
    found = [f"{PREFIX}{name}" for name in CHECKS if f"{PREFIX}{name}" in form.fields]
    return found[0] if len(found) == 1 else None
