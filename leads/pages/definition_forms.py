"""The forms of a draft's sections: each says what a part of the document says, and makes that part again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.text import slugify

from leads.definitions import words
from leads.definitions.document import ACTIONS
from leads.definitions.reading import ASKED_FOR, ESTIMATE
from leads.models import Touch
from leads.pages.fields import PlainWords
from leads.pages.rule_field import RuleField
from leads.rules import Catalogue, Rule
from leads.rules.facts import BUILT_IN, PLACE, SCORE
from leads.stages import Stage

# What fit is not made of: where somebody stands, and scores.
NOT_OF_THEM = tuple(fact.name for fact in BUILT_IN.values() if fact.group in (PLACE, SCORE))
TEAMS = [("marketing", "Marketing"), ("sales", "Sales")]
ACTED = [(action, words.ACTIONS[action]) for action in ACTIONS]


def number(label: str, low: int, high: int, **options: Any) -> forms.IntegerField:
    said = f"Enter “{label}” as a whole number from {low:,} to {high:,}."
    errors = dict.fromkeys(("invalid", "min_value", "max_value", "required"), said)
    widget = forms.NumberInput(attrs={"min": low, "max": high, "inputmode": "numeric"})
    return forms.IntegerField(
        label=label, min_value=low, max_value=high, error_messages=errors, widget=widget, **options
    )


def long_text(label: str, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=500, widget=forms.Textarea(attrs={"rows": 2}), **options)


class StageForm(PlainWords, forms.Form):
    """One stage. Its target share is typed in percent."""

    fields: dict[str, Any]
    name = forms.CharField(label="Name", max_length=40)
    synonyms = forms.CharField(
        label="Also called",
        required=False,
        max_length=400,
        help_text="Other words for it, with commas between.",
    )
    means = long_text("What it means")
    owner = forms.ChoiceField(label="Owner", choices=TEAMS)
    supporting = forms.ChoiceField(label="Supported by", choices=[("", "Nobody"), *TEAMS], required=False)
    entry = RuleField(label="Enters when", required=False, without=(ESTIMATE,))
    required = forms.MultipleChoiceField(
        label="Must be known",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="A lead cannot enter without these.",
    )
    then = long_text("What happens then", required=False)
    target_share = forms.DecimalField(
        label="Target share, in %",
        required=False,
        min_value=Decimal("0.1"),
        max_value=Decimal(100),
        max_digits=4,
        decimal_places=1,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value", "max_decimal_places", "max_digits"),
            "Enter the target share in percent, such as 12.5.",
        ),
    )
    target_days = number("Target time, in days", 1, 730, required=False)

    def __init__(self, data=None, *, part: dict[str, Any], stage: Stage) -> None:
        share = part["target_share"]
        initial = part | {
            "synonyms": ", ".join(part["synonyms"]),
            "target_share": f"{(Decimal(str(share)) * 100).normalize():f}" if share is not None else None,
        }
        super().__init__(data, initial=initial)
        self.stage = stage
        catalogue = Catalogue()
        known = [*ASKED_FOR, *(name for name, fact in catalogue.own.items() if fact.in_use)]
        kept = [name for name in part["required"] if name not in known]
        found = [(name, fact.label) for name in (*known, *kept) if (fact := catalogue.find(name))]
        self.fields["required"].choices = found
        self.fields["entry"].help_text = ENTRY_HELP.get(
            stage, "Beside what people do. Empty: that is enough."
        )
        self.fields["target_share"].help_text = "Of the leads of the stage before."
        if stage == Stage.VISITOR:
            for name in ("entry", "required", "target_share", "target_days"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("supporting") and given.get("supporting") == given.get("owner"):
            self.add_error(
                "supporting", "The owner's team cannot support itself. Choose the other, or nobody."
            )
        return given

    def part(self, before: dict[str, Any]) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        given["synonyms"] = listed(given["synonyms"])
        if "entry" in given:
            given["entry"] = data_of(given["entry"])
        if "target_share" in given:
            share = given["target_share"]
            given["target_share"] = float(share / 100) if share is not None else None
        return before | given


def data_of(rule: Rule | None) -> dict[str, Any] | None:
    return rule.data if rule is not None else None


ENTRY_HELP = {Stage.MQL: "Whoever meets this is handed over by itself. Empty: only by hand."}


def listed(text: str) -> list[str]:
    return [word for word in (" ".join(one.split()) for one in re.split(r"[,;\n]", text)) if word]


class Row(PlainWords, forms.Form):
    """One row of a list; `key` is how history and scores know it, and is made of its name."""

    fields: dict[str, Any]
    key = forms.CharField(required=False, widget=forms.HiddenInput, max_length=40)

    @property
    def title(self) -> str:
        """What the row is about, for who hears the page."""
        name = "label" if "label" in self.fields else "name"
        return str(self[name].value() or "New row")

    def row(self) -> dict[str, Any]:
        left_out = ("key", "ORDER", "DELETE")
        given = {name: self.cleaned_data[name] for name in self.fields if name not in left_out}
        return given | {"rule": data_of(given["rule"])} if "rule" in given else given


class ProfileRow(Row):
    name = forms.CharField(label="Rule", max_length=80)
    points = number("Points", -100, 100)
    rule = RuleField(label="Holds when", without=NOT_OF_THEM)

    def clean_points(self) -> int:
        return some_points(self.cleaned_data["points"])


class SegmentRow(Row):
    name = forms.CharField(label="Segment", max_length=80)
    exclusive = forms.BooleanField(
        label="Leaves the others out", required=False, help_text="A lead is in the first of these that fits."
    )
    rule = RuleField(label="Whoever", without=(ESTIMATE,))


class GroupRow(Row):
    name = forms.CharField(label="Group", max_length=80)
    cap = number("At most", 1, 100)


class TouchRow(Row):
    name = forms.CharField(label="Rule", max_length=80)
    points = number("Points", -100, 100)
    group = forms.ChoiceField(label="Group")
    kinds = forms.MultipleChoiceField(
        label="For these", choices=Touch.Kind.choices, widget=forms.CheckboxSelectMultiple
    )
    content = forms.CharField(label="Content holds", max_length=200, required=False)
    url = forms.CharField(label="Address holds", max_length=200, required=False)

    @property
    def in_short(self) -> str:
        """What a stored rule says, on the line that opens it; empty of a new one and of one with a fault."""
        if self.errors or not self.initial.get("name"):
            return ""
        held = [str(self[name].value()) for name in ("content", "url") if self[name].value()]
        whose = f" with “{'” and “'.join(held)}”" if held else ""
        return f"{words.kinds(tuple(self['kinds'].value() or ())).capitalize()}{whose}"

    @property
    def points_in_short(self) -> str:
        points = str(self["points"].value())
        return words.points(int(points)) if points.lstrip("-").isdecimal() else points

    def clean_points(self) -> int:
        return some_points(self.cleaned_data["points"])


def some_points(points: int) -> int:
    if not points:
        raise forms.ValidationError("A rule without points changes nothing. Enter some, or remove it.")
    return points


class ReasonRow(Row):
    label = forms.CharField(label="Reason", max_length=60)
    help = forms.CharField(label="Explanation", max_length=120, required=False)
    outcome = forms.ChoiceField(
        label="The lead goes", choices=[("nurture", "Back to nurture"), ("disqualify", "Never again")]
    )
    needs_date = forms.BooleanField(label="Asks for a date", required=False)
    days = number("Days until then", 1, 730, required=False)
    action = forms.ChoiceField(label="What marketing mends", choices=ACTED, required=False)


class RejectionRow(ReasonRow):
    """All of it."""


class RecyclingRow(ReasonRow):
    outcome = None  # type: ignore[assignment]
    needs_date = None  # type: ignore[assignment]


class DisqualificationRow(ReasonRow):
    outcome = None  # type: ignore[assignment]
    needs_date = None  # type: ignore[assignment]
    days = None  # type: ignore[assignment]


class LossRow(DisqualificationRow):
    action = None  # type: ignore[assignment]


class ScoringForm(PlainWords, forms.Form):
    """The numbers of the scoring rules; groups and rules have forms of their own."""

    fields: dict[str, Any]
    fit_cap = number("Most points for fit", 1, 1000)
    engagement_cap = number("Most points for engagement", 1, 1000)
    half_life_days = number("Points halve after, in days", 1, 730)
    fit_a, fit_b, fit_c = (number(f"{grade} from", 1, 1000) for grade in "ABC")
    engagement_1, engagement_2, engagement_3 = (number(f"{grade} from", 1, 1000) for grade in "123")

    GRADES = {"fit_grades": ("fit_a", "fit_b", "fit_c")}
    GRADES["engagement_grades"] = ("engagement_1", "engagement_2", "engagement_3")

    def __init__(self, data=None, *, part: dict[str, Any]) -> None:
        initial = dict(part)
        for key, names in self.GRADES.items():
            initial |= dict(zip(names, part[key], strict=True))
        super().__init__(data, initial=initial)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for names in self.GRADES.values():
            bounds = [given[name] for name in names if name in given]
            if len(bounds) == 3 and not bounds[0] > bounds[1] > bounds[2]:
                self.add_error(names[0], "Each grade begins below the one before it, such as 35, 20, 10.")
        return given

    def part(self) -> dict[str, Any]:
        given = {name: self.cleaned_data[name] for name in ("fit_cap", "engagement_cap", "half_life_days")}
        return given | {
            key: [self.cleaned_data[name] for name in names] for key, names in self.GRADES.items()
        }

    def caps(self) -> list[Any]:
        return [self[name] for name in ("fit_cap", "engagement_cap", "half_life_days")]

    def grades(self) -> list[tuple[str, list[Any]]]:
        titles = ("Grades of fit", "Grades of engagement")
        return [
            (title, [self[name] for name in names])
            for title, names in zip(titles, self.GRADES.values(), strict=True)
        ]


def key_of(name: str, taken: Iterable[str]) -> str:
    """A key made of a name, unlike those that are there."""
    base = re.sub(r"[^a-z0-9]+", "_", slugify(name)).strip("_")[:34]
    base = base if base[:1].isalpha() else f"r_{base}".rstrip("_")
    found, n, used = base, 1, set(taken)
    while found in used:
        n += 1
        found = f"{base}_{n}"
    return found
