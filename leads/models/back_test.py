from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from leads.models.definition import Definition
from leads.models.lead import Lead


class BackTest(models.Model):
    """A version of the definitions replayed over days that have passed, before anybody signs it.

    Of one version the last one is kept. `result` is what `leads.backtest` counted; the leads behind each number are
    its `BackTestLead` rows.
    """

    definition = models.OneToOneField(Definition, on_delete=models.CASCADE, related_name="back_test")
    revision = models.PositiveIntegerField()  # of the document that was replayed
    job = models.OneToOneField("foundation.Job", on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()
    version_before = models.PositiveIntegerField()  # in force then, and replayed beside it
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)


class BackTestLead(models.Model):
    """A lead that was handed over in those days, or would have been, or both; once for each round with marketing."""

    class How(models.TextChoices):
        CRITERIA = "criteria", "By the criteria"
        HAND = "hand", "By hand"
        OTHER = "other", "By an import"
        NEVER = "", "Not at all"

    class Outcome(models.TextChoices):
        WON = "won", "Won"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"
        RETURNED = "returned", "Returned or disqualified otherwise"
        OPEN = "open", "Not decided yet"
        NONE = "", "Never handed over"

    back_test = models.ForeignKey(BackTest, on_delete=models.CASCADE, related_name="leads", db_index=False)
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="+", db_index=False)
    handed_at = models.DateTimeField(null=True)  # as it happened
    met_at = models.DateTimeField(null=True)  # when the replayed version would have been met
    how = models.CharField(max_length=8, choices=How.choices, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    stopped = models.BooleanField(default=False)  # the never-again register would have
    met_before = models.BooleanField(default=False)  # replayed alike, the version in force finds it

    class Meta:
        indexes = [
            models.Index(fields=["back_test", "outcome", "lead"], name="back_test_leads"),
            models.Index(fields=["lead"], name="back_test_of_lead"),
        ]
