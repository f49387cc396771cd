from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from leads.models import Lead
from sla import statuses
from sla.models.agreement import Commitment


class ClockQuerySet(models.QuerySet["Clock"]):
    def counted(self) -> ClockQuerySet:
        """Not the clocks of moves that were taken back."""
        return self.filter(voided_at=None)

    def running(self) -> ClockQuerySet:
        """Clocks that nothing has stopped yet, also when they are late."""
        return self.counted().filter(stopped_at=None)

    def with_status(self, moment: datetime) -> ClockQuerySet:
        """Each clock with `status` and `tone` as of `moment`: what `sla.statuses` says, in SQL."""
        return self.annotate(status=statuses.status_case(moment), tone=statuses.tone_case(moment))


class Clock(models.Model):
    """One lead under one response commitment. All of it is reckoned from history by `sla.clocks` and can be again.

    Whether the promise is kept is nowhere stored: `sla.statuses` computes it from `due_at` and `stopped_at`.
    """

    class Origin(models.TextChoices):
        CHANGE = "change", "A move of the lead"
        START = "start", "Promises were started for an imported lead"

    class Ended(models.TextChoices):
        DECIDED = "decided", "Decided"
        CONTACTED = "contacted", "Contacted"
        WITHDRAWN = "withdrawn", "Withdrawn"

    commitment = models.ForeignKey(
        Commitment, on_delete=models.PROTECT, related_name="clocks", db_index=False
    )
    origin_kind = models.CharField(max_length=8, choices=Origin.choices, default=Origin.CHANGE)
    origin_id = models.BigIntegerField()
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="clocks", db_index=False)
    # Who holds the lead; once the clock stopped or fell due, who held it at that instant.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Four stamps, so that the delay of the system, of the queue, of the rep can be told apart.
    occurred_at = models.DateTimeField()
    captured_at = models.DateTimeField()
    assigned_at = models.DateTimeField(null=True)
    touched_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField()
    half_at = models.DateTimeField(null=True)  # half of the working time is gone
    warn_at = models.DateTimeField(null=True)
    soon_at = models.DateTimeField(null=True)  # a fifth is left
    due_at = models.DateTimeField(null=True)  # null: the holder's calendar has no working time ahead
    stopped_at = models.DateTimeField(null=True)
    ended = models.CharField(max_length=10, choices=Ended.choices, blank=True)
    worked_seconds = models.BigIntegerField(null=True)  # working time from start to stop
    assignment_id = models.BigIntegerField(null=True)  # the last assignment that was reckoned with
    voided_at = models.DateTimeField(null=True)  # the move that started it was taken back

    objects = ClockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["commitment", "origin_kind", "origin_id"], name="clock_once_per_origin"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at=None, ended="") | (Q(stopped_at__isnull=False) & ~Q(ended="")),
                name="clock_end_is_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["lead", "id"], name="clock_by_lead"),
            models.Index(fields=["commitment", "started_at", "id"], name="clock_by_start"),
            models.Index(
                fields=["owner", "due_at"],
                condition=Q(stopped_at=None, voided_at=None),
                name="clock_running_by_owner",
            ),
            models.Index(
                fields=["due_at"], condition=Q(stopped_at=None, voided_at=None), name="clock_running_by_due"
            ),
        ]

    def __str__(self) -> str:
        return f"clock {self.pk}"


class Deadline(models.Model):
    """A planned alert of one clock: people are told once when it passes. `skipped_at`: nobody needs to be told."""

    class Kind(models.TextChoices):
        WARNING = "warning", "Warning"
        BREACH = "breach", "Broken"

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="deadlines", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    due_at = models.DateTimeField()
    fired_at = models.DateTimeField(null=True)
    # Who held the lead when it fired, if it was somebody active: the clock may be another's by now.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    skipped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clock", "kind"], name="deadline_once"),
            models.CheckConstraint(
                condition=Q(fired_at=None) | Q(skipped_at=None), name="deadline_is_fired_or_skipped"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(fired_at=None, skipped_at=None), name="deadline_waiting"
            ),
            models.Index(fields=["fired_at"], condition=Q(fired_at__isnull=False), name="deadline_fired"),
        ]


class PromiseStart(models.Model):
    """Somebody started the promises for a lead that was imported: imported history by itself starts no clock."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="promise_starts")
    stage = models.CharField(max_length=10)
    seq = models.PositiveIntegerField(default=0)  # where the lead's live chain stood
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lead", "stage", "seq"], name="promise_start_once"),
        ]
        indexes = [models.Index(fields=["recorded_at"], name="promise_start_new")]
