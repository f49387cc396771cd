"""The forms of the acts on a lead, and the words of the dialogs they stand in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.timezone import now

from leads import activities, definitions
from leads.criteria import lacking_now, named
from leads.definitions.document import Reason as Agreed
from leads.limits import NOTE_LENGTH, too_fine
from leads.models import Activity, Deal, Lead
from leads.pages.fields import Amount, Currency, DayToCome, PlainWords
from leads.pages.reason_field import AgreedReason
from leads.reasons import Churning
from smarketing.foundation.models import Organisation, User


class ActForm(PlainWords, forms.Form):
    """A form about one lead; `cards` names the field that is drawn as cards."""

    cards = "reason"
    fields: dict[str, Any]

    def __init__(self, data=None, *, lead: Lead, name: str) -> None:
        self.lead = lead
        row = definitions.in_force(now()).row
        self.agreed_in = (
            row.pk if row is not None else 0
        )  # an empty form looks the same as long as this holds
        super().__init__(data, auto_id=f"{name}-%s")
        next(iter(self.fields.values())).widget.attrs["autofocus"] = True

    def choices(self) -> list[tuple[str, str, str, int | None, str, bool]]:
        """Value, label, help, days until a return, way and whether it is chosen, of the field drawn as cards."""
        chosen, field = self[self.cards].value(), self.fields[self.cards]
        beside = {one.code: (one.help, one.days, _way(one)) for one in getattr(field, "agreed", ())}
        return [
            (value, label, *beside.get(value, ("", None, "")), value == chosen)
            for value, label in field.choices
        ]


def _way(reason: Agreed) -> str:
    """Where the lead goes by it: off for good, back later, or back at once."""
    if reason.outcome == "disqualify":
        return "off"
    return "later" if reason.needs_date else "back"


def Reason(reasons, required: str = "Choose a reason.") -> forms.ChoiceField:  # noqa: N802 - reads as a field
    return forms.ChoiceField(
        label="Why?", choices=reasons.choices, widget=forms.RadioSelect, error_messages={"required": required}
    )


def Words(label: str, *, rows: int = 2, **options) -> forms.CharField:  # noqa: N802 - reads as a field
    return forms.CharField(
        label=label, widget=forms.Textarea(attrs={"rows": rows}), max_length=NOTE_LENGTH, **options
    )


class QualifyForm(ActForm):
    why = Words(
        "Why is this lead ready?",
        help_text="The rep reads it before calling.",
        rows=3,
        required=False,
    )

    def __init__(self, data=None, *, lead: Lead, name: str) -> None:
        super().__init__(data, lead=lead, name=name)
        self.fields["why"].needed_for = "a lead that lacks a criterion"

    def clean(self) -> dict:
        given = super().clean() or {}
        if not given.get("why") and (missing := lacking_now(self.lead.pk, now())):
            self.add_error("why", f"This lead lacks {named(missing)}. Say why it is ready all the same.")
        return given


class RejectForm(ActForm):
    reason = AgreedReason("rejection", "Choose a reason so marketing can learn from it.")
    return_on = DayToCome(
        label="Come back on", required=False, help_text="Marketing keeps it warm until then."
    )
    note = Words("What should marketing change?", required=False)

    def __init__(self, data=None, *, lead: Lead, name: str) -> None:
        super().__init__(data, lead=lead, name=name)
        dated = [one.label for one in self.fields["reason"].agreed if one.needs_date]
        self.fields["return_on"].needed_for = " or ".join(dated)

    def barring(self) -> str:
        """The reasons by which a person is barred for good, as the beginning of a sentence."""
        *others, last = [one.label for one in self.fields["reason"].agreed if _way(one) == "off"] or [""]
        return f"{', '.join(others)} and {last} bar" if others else last and f"{last} bars"

    def clean(self) -> dict:
        given = super().clean() or {}
        reason = self.fields["reason"].chosen(given.get("reason"))
        if (
            reason is not None
            and reason.needs_date
            and not given.get("return_on")
            and "return_on" not in self.errors
        ):
            self.add_error("return_on", "Enter the date on which this lead should come back.")
        return given


class AdvanceForm(ActForm):
    name = forms.CharField(label="Deal", max_length=200, required=False)
    amount = Amount(label="What may it be worth?", required=False)
    currency = Currency(required=False)

    def clean(self) -> dict:
        given = super().clean() or {}
        if given.get("amount") is None and "amount" not in self.errors and not self._has_open_deal():
            self.add_error("amount", "Enter what the deal may be worth: an SQL has a deal with an amount.")
        if fault := too_fine(given.get("amount"), given.get("currency") or Organisation.get().currency):
            self.add_error("amount", fault)
        return given

    def _has_open_deal(self) -> bool:
        return self.lead.deals.filter(outcome=Deal.Outcome.OPEN).exists()


class WinForm(ActForm):
    amount = Amount(
        label="Won for", required=False, help_text="Leave it empty to keep the amount of the open deal."
    )

    def clean_amount(self) -> Decimal | None:
        amount = self.cleaned_data["amount"]
        if amount is not None and (fault := too_fine(amount, self._currency())):
            raise forms.ValidationError(fault)
        return amount

    def _currency(self) -> str:
        deals = self.lead.deals.filter(outcome=Deal.Outcome.OPEN).order_by("opened_at", "id")
        return deals.values_list("currency", flat=True).first() or Organisation.get().currency


class LoseForm(ActForm):
    reason = AgreedReason("loss")


class RecycleForm(ActForm):
    reason = AgreedReason("recycling")
    return_on = DayToCome(label="Come back on")


class DisqualifyForm(ActForm):
    reason = AgreedReason("disqualification")


class ChurnForm(ActForm):
    reason = Reason(Churning)


class ReassignForm(ActForm):
    cards = ""
    to = forms.ModelChoiceField(
        label="New owner",
        queryset=User.objects.none(),
        empty_label="Choose somebody in sales",
    )

    def __init__(self, data=None, *, lead: Lead, name: str) -> None:
        super().__init__(data, lead=lead, name=name)
        sales = [User.Role.REP, User.Role.ACCOUNT_MANAGER, User.Role.SALES_HEAD]
        people = User.objects.filter(role__in=sales, is_active=True).exclude(pk=lead.owner_id)
        self.fields["to"].queryset = people.order_by("name", "pk")


class AppealForm(ActForm):
    evidence = Words("What is new about this lead?", rows=3)


class LogForm(ActForm):
    """What was done and how it ended, as one choice; the words are free."""

    what = forms.ChoiceField(label="What happened")
    text = Words("In words", required=False)

    def __init__(self, data=None, *, lead: Lead, name: str) -> None:
        super().__init__(data, lead=lead, name=name)
        self.fields["what"].choices = DID
        self.fields["what"].widget.attrs.pop("autofocus", None)

    def clean_what(self) -> tuple[str, str]:
        kind, _, outcome = self.cleaned_data["what"].partition(":")
        return kind, outcome

    def clean(self) -> dict:
        given = super().clean() or {}
        if given.get("what", ("",))[0] == Activity.Kind.NOTE and not given.get("text", "").strip():
            self.add_error("text", "Write the note first: an empty one tells nobody anything.")
        return given


DID = [
    (
        f"{kind}:{outcome}" if outcome else str(kind),
        kind.label if not outcome else f"{kind.label}: {outcome.label}",
    )
    for kind in (Activity.Kind.NOTE, Activity.Kind.EMAIL, Activity.Kind.MEETING, Activity.Kind.CALL)
    for outcome in sorted(activities.OUTCOMES[kind], key=list(Activity.Outcome).index)
]


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
        Act(
            "reject",
            RejectForm,
            "Reject {}",
            "Reject lead",
            danger=True,
        ),
        Act("advance", AdvanceForm, "Make {} an SQL", "Make SQL", "An SQL has a deal with an amount."),
        Act(
            "win",
            WinForm,
            "{} is won",
            "Mark as won",
            "The open deal is won and the lead becomes a customer.",
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
        return self.act.title.format(self.lead.name)

    @property
    def url(self) -> str:
        return reverse(f"leads:{self.act.name}", args=[self.lead.pk])


def open_act(name: str, lead: Lead, data=None, *, initial: dict | None = None) -> OpenAct:
    form = ACTS[name].form_class(data, lead=lead, name=name)
    form.initial.update(initial or {})
    return OpenAct(ACTS[name], lead, form)
