"""Cells of the fields that a company asks for itself: as its forms read them, else as files write them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError

from leads import custom_fields
from leads.importing import numbers
from leads.importing.dates import Moments
from leads.importing.faults import shown
from leads.models import CustomField

if TYPE_CHECKING:
    from leads.importing.cells import Draft


class OwnCells:
    """What `cells.Reader` knows of them; what cannot be read is left out and told."""

    moments: Moments
    today: tzinfo

    def _own_text(self, text: str, draft: Draft, column: str, own: CustomField) -> str:
        text = " ".join(text.split())
        if len(text) > custom_fields.TEXT_LENGTH:
            draft.warn(
                f"{column} is too long; cut",
                f"{column} has {len(text):,} characters; kept the first {custom_fields.TEXT_LENGTH}",
            )
        return text[: custom_fields.TEXT_LENGTH].strip()

    def _own_choice(self, text: str, draft: Draft, column: str, own: CustomField) -> Any:
        return self._own(text, draft, column, own, "none of its choices")

    def _own_yes_no(self, text: str, draft: Draft, column: str, own: CustomField) -> Any:
        return self._own(text, draft, column, own, "neither yes nor no")

    def _own_number(self, text: str, draft: Draft, column: str, own: CustomField) -> Any:
        return self._own(
            text,
            draft,
            column,
            own,
            "no number that fits",
            lambda: custom_fields.stored_number(own, numbers.read(text)),
        )

    def _own_date(self, text: str, draft: Draft, column: str, own: CustomField) -> Any:
        return self._own(
            text,
            draft,
            column,
            own,
            "no day that exists",
            lambda: custom_fields.stored_day(own, self.moments.read(text).astimezone(self.today).date()),
        )

    def _own(
        self,
        text: str,
        draft: Draft,
        column: str,
        own: CustomField,
        wrong: str,
        otherwise: Callable[[], Any] | None = None,
    ) -> Any:
        """As forms read it, else as files write it; what is neither is left out and told."""
        with suppress(ValidationError):
            return custom_fields.parse(own, text)
        with suppress(ValidationError, ValueError, ArithmeticError):
            if otherwise is not None:
                return otherwise()
        draft.warn(
            f"{column} is {wrong}; kept without it", f"{column} {shown(text)} is {wrong}; kept without it"
        )
        return None
