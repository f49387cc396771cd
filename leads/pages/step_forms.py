"""The forms of moves into a stage that may ask for facts: each has a field for every one that is missing."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField

from leads.criteria import ENTERS, Criterion
from leads.limits import too_fine
from leads.models import Deal, Lead
from leads.naming import STATES, said
from leads.pages import missing as missing_facts
from leads.pages.act_forms import ActForm
from leads.pages.fields import Amount, Currency, in_plain_words
from leads.stages import Move
from smarketing.foundation.models import Organisation


class StepForm(ActForm):
    """A move into a stage that asks for facts: it has a field for each that is missing of this lead."""

    def __init__(self, data=None, *, lead: Lead, name: str, missing: Sequence[Criterion] = ()) -> None:
        self.enters = ENTERS[Move(name)]
        self.asked = missing_facts.fields_for(missing, lead)
        super().__init__(data, lead=lead, name=name)
        self.fields |= self.asked
        for asked, field in self.asked.items():
            in_plain_words(asked, field)
        self._focus()

    @property
    def plain(self) -> list[BoundField]:
        """The fields that the act has of every lead."""
        return [field for field in self if field.name not in self.asked]

    @property
    def why(self) -> str:
        """Who asks for them."""
        them = "it" if len(self.asked) == 1 else "them"
        return f"No lead becomes {STATES[self.enters]} without {them}. What you enter is kept with the lead."

    @property
    def facts(self) -> list[BoundField]:
        return [self[name] for name in self.asked]

    def clean(self) -> dict:
        given = super().clean() or {}
        missing_facts.checked(self, given)
        return given

    def filled_in(self) -> dict[str, Any]:
        """What was typed, by the names of the facts; what is left is the act's own."""
        return {name.removeprefix(missing_facts.PREFIX): self.cleaned_data.pop(name) for name in self.asked}

    def blame(self, sentence: str, *, of_marks: bool) -> None:
        """Say why neither facts nor move were stored; `of_marks`: it is about how a person is recognised."""
        self.add_error(missing_facts.at_fault(self) if of_marks else None, sentence)


class AcceptForm(StepForm):
    """Nothing but the facts that a lead must have; where it has them, accepting is one click."""


class AdvanceForm(StepForm):
    name = forms.CharField(label="Deal", max_length=200, required=False)
    amount = Amount(label="What may it be worth?", required=False)
    currency = Currency(required=False)

    def __init__(self, data=None, *, lead: Lead, name: str, missing: Sequence[Criterion] = ()) -> None:
        super().__init__(data, lead=lead, name=name, missing=missing)
        amount = self.fields["amount"]
        amount.required = lead.sql_at is None  # only who was one before can have an open deal
        amount.error_messages["required"] = said(
            "Enter what the deal may be worth: {an_sql} has a deal with an amount."
        )

    def clean(self) -> dict:
        given = super().clean() or {}
        if given.get("amount") is None and "amount" not in self.errors and not self._has_open_deal():
            self.add_error("amount", self.fields["amount"].error_messages["required"])
        if fault := too_fine(given.get("amount"), given.get("currency") or Organisation.get().currency):
            self.add_error("amount", fault)
        return given

    def _has_open_deal(self) -> bool:
        return self.lead.deals.filter(outcome=Deal.Outcome.OPEN).exists()


class WinForm(StepForm):
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
