from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from smarketing.foundation.models.people import User


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def visible_to(self, user: User) -> ApiKeyQuerySet:
        """Everybody's own keys; a head sees the team's, an administrator all."""
        if user.may("people.manage_all"):
            return self
        own = Q(person=user)
        if user.may("people.manage_team") and user.team_id is not None:
            own |= Q(person__team=user.team_id)
        return self.filter(own)


class ApiKey(models.Model):
    """A program's way in, in the name of one person: their role and what they may see bind it.

    Only a hash is kept, so nobody can read a key out of the database or a backup.
    """

    class Scope(models.TextChoices):
        READ = "read", "Read leads, campaigns and clocks"
        WRITE_LEADS = "leads:write", "Enter, correct and move leads, log work"
        WRITE_TOUCHES = "touches:write", "Record touches"
        WRITE_CAMPAIGNS = "campaigns:write", "Make campaigns, enter costs"
        READ_REPORTS = "reports:read", "Read reports"

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=8, unique=True)
    sha256 = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="api_key_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.name} (smk_{self.prefix}_…)"

    def opens(self, moment: datetime) -> bool:
        """Whether this key lets somebody in at that moment."""
        return self.revoked_at is None and self.expires_at > moment and self.person.is_active


class IdempotencyKey(models.Model):
    """One request that shall be done once, with its answer: written in the transaction of what it did."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    key = models.CharField(max_length=255)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)  # null: being done in an open transaction
    body = models.TextField(blank=True)
    location = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_by_age")]
