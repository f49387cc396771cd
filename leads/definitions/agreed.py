"""The agreed reasons: which may be given at a moment, what follows from each, and what they are called."""

from __future__ import annotations

from datetime import datetime

from django.utils.timezone import now

from leads import reasons
from leads.definitions.document import Reason
from leads.definitions.force import document_of, in_force
from leads.versions import signed
from smarketing.foundation.refusals import Refusal

CHOOSE = {
    "rejection": "Choose a reason for the rejection from the agreed list.",
    "recycling": "Choose why the lead returns to nurture from the agreed list.",
    "disqualification": "Choose a reason for the disqualification from the agreed list.",
    "loss": "Choose a reason for the loss from the agreed list.",
}


def agreed(kind: str, moment: datetime) -> tuple[Reason, ...]:
    """The reasons of this list by the definitions in force then."""
    return in_force(moment).document.reasons[kind]


def ensure_agreed(kind: str, code: str, moment: datetime) -> Reason:
    """The reason of this code; raises a refusal where the list in force has none."""
    reason = in_force(moment).document.reason(kind, code)
    if reason is None:
        raise Refusal(CHOOSE[kind])
    return reason


def label(code: str) -> str:
    """The words of any reason: of the definitions in force, else of the latest version that had it.

    An imported code that was never agreed is shown as it came.
    """
    if not code:
        return ""
    known = in_force(now()).document.labels.get(code)
    if known is None:
        older = (document_of(row).labels.get(code) for row in signed())
        known = next((words for words in older if words is not None), None)
    return known if known is not None else reasons.label(code)


def disqualifying(moment: datetime) -> set[str]:
    """The codes of rejections after which nobody is delivered again."""
    return {reason.code for reason in agreed("rejection", moment) if reason.outcome == "disqualify"}
