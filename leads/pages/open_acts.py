"""The acts that have a form: where each goes, the words around it, and the form for one lead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.urls import reverse

from leads.criteria import Criterion
from leads.models import Lead
from leads.naming import said
from leads.pages.act_forms import (
    ActForm,
    AppealForm,
    ChurnForm,
    DisqualifyForm,
    LogForm,
    LoseForm,
    QualifyForm,
    ReassignForm,
    RecycleForm,
    RejectForm,
)
from leads.pages.step_forms import AcceptForm, AdvanceForm, WinForm


@dataclass(frozen=True)
class Act:
    """One act with a form: its address and the words around it."""

    name: str
    form_class: Callable[..., ActForm]
    title: str
    submit: str
    says: str = ""
    danger: bool = False
    template: str = "leads/_act_form.html"


ACTS = {
    act.name: act
    for act in (
        Act(
            "qualify",
            QualifyForm,
            "Hand {} over to sales",
            "Hand over",
            "A rep who is there gets it at once.",
        ),
        Act("accept", AcceptForm, "Accept {}", "Accept lead"),
        Act(
            "reject",
            RejectForm,
            "Reject {}",
            "Reject lead",
            danger=True,
        ),
        Act("advance", AdvanceForm, "Make {} {an_sql}", "Make {sql}", "{An_sql} has a deal with an amount."),
        Act(
            "win",
            WinForm,
            "{} is won",
            "Mark as won",
            "The open deal is won and the lead becomes {a_customer}.",
        ),
        Act(
            "lose",
            LoseForm,
            "{} is lost",
            "Mark as lost",
            danger=True,
        ),
        Act(
            "recycle",
            RecycleForm,
            "Return {} to nurture",
            "Return lead",
            "Open deals are closed with the same reason.",
        ),
        Act(
            "disqualify",
            DisqualifyForm,
            "Disqualify {}",
            "Disqualify lead",
            danger=True,
        ),
        Act("churn", ChurnForm, "{} has left", "Mark as churned", "What was earned stays earned.", True),
        Act(
            "reassign", ReassignForm, "Give {} to somebody else", "Reassign", "An open hand-over goes along."
        ),
        Act(
            "appeal",
            AppealForm,
            "Ask to reopen {}",
            "Send to both heads",
            "Both heads sign before it counts.",
        ),
        Act("log", LogForm, "Log work on {}", "Log it", template="leads/_log_form.html"),
    )
}


@dataclass(frozen=True)
class OpenAct:
    """An act on this lead, with its form: what a dialog shows, and shows again when something is missing."""

    act: Act
    lead: Lead
    form: ActForm

    @property
    def title(self) -> str:
        return said(self.act.title, self.lead.name)

    @property
    def submit(self) -> str:
        return said(self.act.submit)

    @property
    def says(self) -> str:
        return said(self.act.says)

    @property
    def url(self) -> str:
        return reverse(f"leads:{self.act.name}", args=[self.lead.pk])


def open_act(
    name: str,
    lead: Lead,
    data=None,
    *,
    initial: dict | None = None,
    missing: Sequence[Criterion] = (),
) -> OpenAct:
    """`missing` are the facts that this move waits for."""
    asked = {"missing": missing} if missing else {}
    form = ACTS[name].form_class(data, lead=lead, name=name, **asked)
    form.initial.update(initial or {})
    return OpenAct(ACTS[name], lead, form)
