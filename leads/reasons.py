"""The agreed reasons. History carries these codes; a later agreement of both teams may add to them."""

from django.db import models


class Qualification(models.TextChoices):
    TOUCHES = "touches", "Enough touches"
    MANUAL = "manual", "By hand"


class Rejection(models.TextChoices):
    POOR_FIT = "poor_fit", "Poor fit"
    NOT_REAL = "not_real", "Not real"
    WRONG_PERSON = "wrong_person", "Wrong person"
    TOO_EARLY = "too_early", "Too early"
    ALREADY_KNOWN = "already_known", "Already known"
    CANNOT_REACH = "cannot_reach", "Cannot reach"
    BAD_DATA = "bad_data", "Bad data"


# What a rejection with this reason makes of the lead: everything else goes back to nurture.
DISQUALIFYING = {Rejection.POOR_FIT, Rejection.NOT_REAL}
NEEDS_RETURN_DATE = {Rejection.TOO_EARLY}

REJECTION_HELP = {
    Rejection.POOR_FIT: "Too small, wrong industry: never again",
    Rejection.NOT_REAL: "Spam, student, competitor: never again",
    Rejection.WRONG_PERSON: "No say in the purchase",
    Rejection.TOO_EARLY: "Back to nurture until a date",
    Rejection.ALREADY_KNOWN: "Open deal or duplicate",
    Rejection.CANNOT_REACH: "Tried and tried again",
    Rejection.BAD_DATA: "Wrong number, bouncing e-mail",
}


class Recycling(models.TextChoices):
    TIMING = "timing", "Timing"
    NO_BUDGET = "no_budget", "No budget yet"
    NO_ANSWER = "no_answer", "No answer"
    NOT_READY = "not_ready", "Not ready"


class Disqualification(models.TextChoices):
    POOR_FIT = "poor_fit", "Poor fit"
    NOT_REAL = "not_real", "Not real"
    COMPETITOR = "competitor", "Competitor"
    ASKED_US_TO_STOP = "asked_us_to_stop", "Asked us to stop"


class Loss(models.TextChoices):
    COMPETITOR = "competitor", "Chose a competitor"
    PRICE = "price", "Price"
    NO_DECISION = "no_decision", "No decision"
    TIMING = "timing", "Timing"
    MISSING_FEATURE = "missing_feature", "Missing feature"


class Churning(models.TextChoices):
    CANCELLED = "cancelled", "Cancelled"
    NOT_RENEWED = "not_renewed", "Not renewed"
    CLOSED_DOWN = "closed_down", "Closed down"


def label(code: str) -> str:
    """The words of any reason code; an imported code that is not agreed is shown as it came."""
    lists = (Qualification, Rejection, Recycling, Disqualification, Loss, Churning)
    return next((str(reasons(code).label) for reasons in lists if code in reasons.values), code)
