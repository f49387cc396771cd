"""A rule as a field of a form: `RuleField(label="Enters when")` gives a `Rule`, or None where nothing is asked.

Its buttons change the rule without saving it: the form comes back invalid, with the rule as it stands now.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.safestring import SafeString

from leads import rules
from leads.pages.rule_builder import drawn
from leads.pages.rule_draft import Draft
from leads.rules import Rule

EDITED = "The rule was changed here and is not saved yet. Complete it, then save."


class RuleWidget(forms.Widget):
    """The builder. Instead of its fields a form may also send the rule as JSON under the name itself."""

    use_fieldset = True
    without: tuple[str, ...] = ()

    class Media:
        css = {"all": ["css/pages/rules.css"]}

    def id_for_label(self, id_: str) -> str:
        return ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Draft | str:
        return data[name] if name in data else Draft.of_form(data, name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and f"{name}-0-join" not in data

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        told = isinstance(value, Draft)
        return drawn(draft_of(value), name, id=(attrs or {}).get("id", ""), told=told, without=self.without)


class RuleField(forms.Field):
    """`without` names the facts, by how they begin, that this rule may not ask about: they are not offered."""

    widget = RuleWidget

    def __init__(self, *, without: tuple[str, ...] = (), **options: Any) -> None:
        said = f"“{options.get('label') or 'The rule'}” needs at least one clause."
        options["error_messages"] = {"required": said} | options.get("error_messages", {})
        super().__init__(**options)
        self.widget.without = without

    def prepare_value(self, value: Any) -> Any:
        return value

    def clean(self, value: Any) -> Rule | None:
        if isinstance(value, Draft) and value.edited:
            raise ValidationError(EDITED, code="edited")
        try:
            rule = value.rule() if isinstance(value, Draft) else _read(value)
        except rules.RuleFault as fault:
            raise ValidationError(str(fault), code="fault") from None
        if rule is None and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        return rule

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            before, after = _read(initial), data.rule() if isinstance(data, Draft) else _read(data)
        except rules.RuleFault:
            return True
        return before != after


def _read(value: Any) -> Rule | None:
    """A rule as itself, as its data or as JSON."""
    if value is None or value == "" or isinstance(value, Rule):
        return value or None
    rule = rules.read(value) if isinstance(value, str) else rules.parse(value)
    rules.check(rule)
    return rule


def draft_of(value: Any) -> Draft:
    """Something to draw, whatever is kept: what is no rule any more is an empty one."""
    if isinstance(value, Draft):
        return value
    try:
        rule = value if isinstance(value, Rule) else rules.read(value) if isinstance(value, str) else value
        return Draft.of_rule(rules.parse(rule) if isinstance(rule, dict) else rule or None)
    except rules.RuleFault:
        return Draft()
