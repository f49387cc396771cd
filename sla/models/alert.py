from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from sla.models.clock import Deadline


class AlertQuerySet(models.QuerySet):
    def unread(self) -> AlertQuerySet:
        return self.filter(read_at=None)


class Alert(models.Model):
    """One person told of one deadline, in the application; `bundle` names the mail that says it too."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alerts", db_index=False
    )
    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="alerts")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    bundle = models.BigIntegerField(null=True)  # the id of the mail's first alert

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recipient", "deadline"], name="alert_once_per_person")
        ]
        indexes = [
            models.Index(fields=["recipient", "-id"], condition=Q(read_at=None), name="alert_unread"),
            models.Index(fields=["recipient", "id"], condition=Q(bundle=None), name="alert_to_mail"),
            models.Index(fields=["bundle"], condition=Q(bundle__isnull=False), name="alert_by_mail"),
        ]
