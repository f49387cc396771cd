"""The sections of a draft: which part of the document each edits, and with which form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from leads import naming
from leads.definitions import words
from leads.pages import definition_forms as forms
from leads.pages.definition_rows import Rows, rows_of
from leads.stages import LADDER, Stage


@dataclass(frozen=True)
class Section:
    """One page of the editor: `paths` are the parts of the document it shows and stores."""

    key: str
    title: str
    group: str
    says: str
    paths: tuple[str, ...]
    editor: Callable[..., Any]
    template: str

    @property
    def template_name(self) -> str:
        return f"definitions/_edit_{self.template}.html"


class StageEditor:
    def __init__(self, section: Section, document: dict[str, Any], data: Any) -> None:
        self.path, self.before = section.paths[0], document["stages"][section.key]
        self.form = forms.StageForm(data, part=self.before, stage=Stage(section.key))

    def is_valid(self) -> bool:
        return self.form.is_valid()

    def parts(self) -> dict[str, Any]:
        return {self.path: self.form.part(self.before)}


class ListEditor:
    """A list of the document: reasons, rules of the profile, segments."""

    row: type[forms.Row]
    key_name = "code"

    def __init__(self, section: Section, document: dict[str, Any], data: Any) -> None:
        self.path = section.paths[0]
        self.before = at(document, self.path)
        self.rows: Rows = rows_of(
            ROWS[self.path][0], data, self.before, prefix="row", key_name=ROWS[self.path][1]
        )

    def is_valid(self) -> bool:
        return self.rows.is_valid()

    def parts(self) -> dict[str, Any]:
        """What the form does not show of a row stays as it was."""
        key = ROWS[self.path][1]
        before = {row[key]: row for row in self.before}
        fixed = FIXED.get(self.path, {})
        return {self.path: [before.get(row[key], {}) | row | fixed for row in self.rows.rows()]}


class ScoringEditor:
    def __init__(self, section: Section, document: dict[str, Any], data: Any) -> None:
        part = document["scoring"]
        self.form = forms.ScoringForm(data, part=part)
        self.groups = rows_of(forms.GroupRow, data, part["groups"], prefix="group", key_name="key", most=12)
        self.rows = rows_of(forms.TouchRow, data, part["touches"], prefix="row", key_name="id")
        choices = [(group["key"], group["name"]) for group in part["groups"]]
        for form in [*self.rows, self.rows.empty_form]:
            form.fields["group"].choices = choices

    def is_valid(self) -> bool:
        return all([self.form.is_valid(), self.groups.is_valid(), self.rows.is_valid()])

    def parts(self) -> dict[str, Any]:
        return {"scoring": self.form.part() | {"groups": self.groups.rows(), "touches": self.rows.rows()}}


def at(document: dict[str, Any], path: str) -> Any:
    for name in path.split("."):
        document = document[name]
    return document


# The row of each list, and the name by which its rows are known.
ROWS: dict[str, tuple[type[forms.Row], str]] = {
    "profile.rules": (forms.ProfileRow, "id"),
    "profile.segments": (forms.SegmentRow, "key"),
    "reasons.rejection": (forms.RejectionRow, "code"),
    "reasons.recycling": (forms.RecyclingRow, "code"),
    "reasons.disqualification": (forms.DisqualificationRow, "code"),
    "reasons.loss": (forms.LossRow, "code"),
}
# What reasons of a list always do.
FIXED: dict[str, dict[str, Any]] = {
    "reasons.recycling": {"outcome": "nurture", "needs_date": True},
    "reasons.disqualification": {"outcome": "disqualify"},
}
SAYS = {
    "rejection": naming.later("Why sales gives {an_mql} back, and what becomes of it."),
    "recycling": "Why a lead returns to nurture before it is won.",
    "disqualification": "Why somebody is never delivered again.",
    "loss": "Why a deal was lost.",
}
PROFILE = "Points for what we know of a person and their company."
SEGMENTS = "Named groups that both teams speak of, in lists and reports."
SECTIONS = {
    section.key: section
    for section in (
        *(
            Section(str(stage), str(stage.label), "Stages", "", (f"stages.{stage}",), StageEditor, "stage")
            for stage in LADDER
        ),
        Section("profile", "Ideal customer", "Who is ready", PROFILE, ("profile.rules",), ListEditor, "list"),
        Section("segments", "Segments", "Who is ready", SEGMENTS, ("profile.segments",), ListEditor, "list"),
        Section(
            "scoring",
            "Scoring",
            "Who is ready",
            "Points for what people do.",
            ("scoring",),
            ScoringEditor,
            "scoring",
        ),
        *(
            Section(kind, title, "Reasons", SAYS[kind], (f"reasons.{kind}",), ListEditor, "list")
            for kind, title in words.LISTS.items()
        ),
    )
}
