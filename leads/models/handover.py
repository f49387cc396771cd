from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now

from leads.models.history import StageChange
from leads.models.lead import Lead
from leads.models.voidable import Unvoided, Voidable


class AssignmentQuerySet(models.QuerySet):
    def with_until(self) -> QuerySet:
        """Each row with `until_at`: when the next assignment of the same lead began, None while it lasts."""
        later = Assignment.objects.filter(lead=OuterRef("lead"), id__gt=OuterRef("id")).order_by("id")
        return self.annotate(until_at=Subquery(later.values("at")[:1]))


class Assignment(Voidable):
    """Who owned a lead from when, and why this one; append-only, so it lasts until the lead's next row."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="assignments", db_index=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    rule = models.CharField(max_length=30)  # round_robin, claimed, reassigned, imported, released
    candidates = models.JSONField(default=list)  # user ids the rule chose between
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    batch = models.ForeignKey("leads.ImportBatch", null=True, on_delete=models.PROTECT, db_index=False)

    objects = Unvoided.from_queryset(AssignmentQuerySet)()

    class Meta:
        indexes = [models.Index(fields=["lead", "id"], name="assignment_by_lead")]


class HandoverQuerySet(models.QuerySet):
    def open(self) -> HandoverQuerySet:
        return self.filter(ended_at=None)

    def counted(self) -> HandoverQuerySet:
        """What the ledger counts: not the deliveries of a qualification that was taken back."""
        return self.filter(entry__undone_by=None)


class Handover(Voidable):
    """One delivery of one MQL to one rep: opened once, ends exactly once (a trigger refuses a second end).

    Only an undo of the very move that ended it opens it again.
    """

    class Ending(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"
        RECYCLED = "recycled", "Recycled"
        REASSIGNED = "reassigned", "Reassigned"
        WITHDRAWN = "withdrawn", "Withdrawn"

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="handovers")
    entry = models.ForeignKey(StageChange, on_delete=models.PROTECT, related_name="handovers")
    rep = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="handovers")
    opened_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=10, choices=Ending.choices, blank=True)
    cause = models.CharField(max_length=60, blank=True)
    ended_by_change = models.ForeignKey(
        StageChange, null=True, on_delete=models.PROTECT, related_name="ended_handovers", db_index=False
    )
    batch = models.ForeignKey("leads.ImportBatch", null=True, on_delete=models.PROTECT)

    # The import whose history ended it: an undo of that import opens it again.
    ended_by_batch = models.ForeignKey(
        "leads.ImportBatch", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = Unvoided.from_queryset(HandoverQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lead"],
                condition=Q(ended_at=None, voided_at=None),
                name="handover_one_open_per_lead",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="") | (Q(ended_at__isnull=False) & ~Q(ending="")),
                name="handover_end_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(ending__in=["", "accepted", "rejected", "recycled", "reassigned", "withdrawn"]),
                name="handover_ending_is_known",
            ),
        ]
        indexes = [models.Index(fields=["rep", "opened_at"], name="handover_by_rep")]


class Pool(models.Model):
    """The reps that share incoming leads. Its row is locked while one is chosen, so turns cannot be lost."""

    name = models.CharField(max_length=80, unique=True)
    last_rep_id = models.BigIntegerField(default=0)
