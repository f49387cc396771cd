from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from sla.models.clock import Deadline


class AlertQuerySet(models.QuerySet):
    def unread(self) -> AlertQuerySet:
        return self.filter(read_at=None)


class Alert(models.Model):
    """One person told of a deadline that passed; of many that passed in one sweep, told of all at once.

    `deadline` is the one it is about, or the first of `many`: those that were fired at the same moment.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alerts", db_index=False
    )
    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="alerts", db_index=False)
    many = models.PositiveIntegerField(default=1)
    broken = models.PositiveIntegerField(default=0)  # how many of them are broken promises, not warnings
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deadline", "recipient"], name="alert_once_per_person"),
            models.CheckConstraint(
                condition=Q(many__gte=1, broken__gte=0, broken__lte=F("many")), name="alert_counts_add_up"
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="alert_by_person"),
            models.Index(fields=["recipient", "-id"], condition=Q(read_at=None), name="alert_unread"),
        ]

    @property
    def is_bundle(self) -> bool:
        return self.many > 1
