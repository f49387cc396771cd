from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class ImportBatch(models.Model):
    """One file taken in. Its rows carry this key, so that it can be explained and later undone."""

    class Kind(models.TextChoices):
        LEADS = "leads", "Leads"
        COSTS = "costs", "Costs"
        TOUCHES = "touches", "Touches"
        HISTORY = "history", "History"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    job = models.OneToOneField("foundation.Job", null=True, on_delete=models.PROTECT)
    source = models.CharField(max_length=80, blank=True)
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64, blank=True)
    file_size = models.BigIntegerField(default=0)
    options = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    undoing = models.JSONField(default=dict)  # what the undo came to: counts, and the leads that stayed


class ImportProblem(models.Model):
    """One rejected row or one warning of a batch. The raw row itself is kept only for rejects."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="problems")
    row = models.PositiveIntegerField()
    rejected = models.BooleanField()
    code = models.CharField(max_length=60)
    message = models.CharField(max_length=500)
    raw = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["batch", "row"], name="import_problem_by_row")]


class ImportChange(models.Model):
    """What a batch changed of a row that was there before: the values before and after. Append-only.

    An undo gives back what still has the value that the batch gave it.
    """

    class Table(models.TextChoices):
        LEAD = "lead", "Lead"
        DEAL = "deal", "Deal"
        ACCOUNT = "account", "Account"
        COST = "cost", "Cost"

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="changes")
    table = models.CharField(max_length=8, choices=Table.choices)
    row_id = models.BigIntegerField()
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["table", "row_id"], name="import_change_of_row")]
