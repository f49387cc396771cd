from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from leads.models import Note
from sla.models.clock import Clock


class Explanation(models.Model):
    """Why a promise was broken, in a person's words; append-only, and never a part of the verdict.

    The words stand in the lead's `Note`, the only place for free text, so that erasure reaches them too.
    """

    class Cause(models.TextChoices):
        CAPACITY = "capacity", "Capacity"
        UNREACHABLE = "unreachable", "Lead unreachable"
        SYSTEM = "system", "System"
        DATA = "data", "Data"
        OTHER = "other", "Other"

    clock = models.ForeignKey(
        Clock, on_delete=models.PROTECT, related_name="explanations", db_index=False
    )  # the index below has it
    cause = models.CharField(max_length=12, choices=Cause.choices)
    note = models.OneToOneField(Note, on_delete=models.PROTECT, related_name="explanation")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(cause__in=["capacity", "unreachable", "system", "data", "other"]),
                name="explanation_cause_is_known",
            ),
        ]
        indexes = [models.Index(fields=["clock", "-id"], name="explanation_by_clock")]

    def __str__(self) -> str:
        return f"{self.get_cause_display()}: {self.text}"

    @property
    def text(self) -> str:
        return self.note.text
