"""The forms of the acts on a lead; of those that bring it a step on, in `step_forms`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.timezone import now

from leads import activities, definitions
from leads.criteria import lacking_now, named
from leads.definitions.document import Reason as Agreed
from leads.limits import NOTE_LENGTH
from leads.models import Activity, Lead
from leads.pages.fields import DayToCome, PlainWords
from leads.pages.reason_field import AgreedReason
from leads.reasons import Churning
from smarketing.foundation.models import User


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
        self._focus()

    def _focus(self) -> None:
        for first in list(self.fields.values())[:1]:
            first.widget.attrs["autofocus"] = True

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
