from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class SavedView(models.Model):
    """A list of leads under a name: what its address asks for, and its columns. One person's, or also a team's.

    The row without a name is how this person's lists look where no view says otherwise. What is removed is kept,
    so that it can be taken back.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="views")
    team = models.ForeignKey("foundation.Team", null=True, blank=True, on_delete=models.CASCADE)
    name = models.CharField(max_length=60, blank=True)
    query = models.CharField(max_length=2000, blank=True)
    columns = models.JSONField(default=list)
    pinned = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"], condition=Q(removed_at=None), name="view_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class BulkAct(models.Model):
    """One act on many leads: what it did to which, whom it left out and why, and what an undo took back."""

    class Kind(models.TextChoices):
        QUALIFY = "qualify", "Hand over to sales"
        RECYCLE = "recycle", "Return to nurture"
        DISQUALIFY = "disqualify", "Disqualify"
        REASSIGN = "reassign", "Re-assign"
        CLAIM = "claim", "Claim"
        POSTPONE = "postpone", "Choose another return date"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=60, blank=True)
    return_on = models.DateField(null=True)
    at = models.DateTimeField()
    # [lead, its last row then, the row or assignment that was written, the owner before]
    done = models.JSONField(default=list)
    left_out = models.JSONField(default=list)  # [why, in words; leads, where they may be named; how many]
    undone_at = models.DateTimeField(null=True)
    kept = models.JSONField(default=list)  # leads that an undo left, because something happened since
