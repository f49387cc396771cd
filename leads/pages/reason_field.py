"""A reason of the agreed list, chosen in a form."""

from __future__ import annotations

from django import forms
from django.utils.timezone import now

from leads import definitions
from leads.definitions.document import Reason


class AgreedReason(forms.ChoiceField):
    """Offers the reasons of this list that are in force while the form is drawn and read."""

    def __init__(self, kind: str, required: str = "Choose a reason.") -> None:
        self.kind = kind
        super().__init__(
            label="Why?",
            choices=lambda: [(reason.code, reason.label) for reason in self.agreed],
            widget=forms.RadioSelect,
            error_messages={"required": required},
        )

    @property
    def agreed(self) -> tuple[Reason, ...]:
        return definitions.agreed(self.kind, now())

    def chosen(self, code: str | None) -> Reason | None:
        return next((reason for reason in self.agreed if reason.code == code), None)
