from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Collate
from django.urls import reverse

from leads.models.campaign import name_key
from leads.models.voidable import Unvoided, Voidable


class RevenueBand(models.TextChoices):
    """What a company turns over in a year, in the organisation's currency."""

    UNDER_1M = "under_1m", "Under 1 million"
    FROM_1M = "1m_10m", "1 to 10 million"
    FROM_10M = "10m_50m", "10 to 50 million"
    FROM_50M = "50m_250m", "50 to 250 million"
    FROM_250M = "250m_1b", "250 million to 1 billion"
    FROM_1B = "over_1b", "Over 1 billion"


class Account(Voidable):
    """A company. Found again by its domain, else by its name where no domain is known."""

    name = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=200, editable=False)
    domain = models.CharField(max_length=253, null=True, blank=True)
    industry = models.CharField(max_length=120, blank=True)
    employees = models.PositiveIntegerField(null=True, blank=True)
    country = models.CharField(max_length=80, blank=True)
    revenue_band = models.CharField(
        max_length=20, choices=RevenueBand.choices, blank=True, default="", db_default=""
    )
    custom = models.JSONField(default=dict, db_default={}, blank=True)  # by the keys of CustomField
    created_at = models.DateTimeField(auto_now_add=True)
    batch = models.ForeignKey("leads.ImportBatch", null=True, on_delete=models.PROTECT, db_index=False)

    objects = Unvoided()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["domain"], condition=Q(voided_at=None), name="account_domain_once"
            )
        ]
        indexes = [
            models.Index(fields=["key"], name="account_by_key"),
            # By bytes, as with the names of leads.
            models.Index(Collate("key", "C"), F("id"), name="account_by_name"),
            models.Index(Collate("domain", "C"), condition=Q(domain__isnull=False), name="account_by_domain"),
            models.Index(
                fields=["employees", "id"], condition=Q(employees__isnull=False), name="account_by_size"
            ),
            GinIndex(fields=["custom"], condition=~Q(custom={}), name="account_by_own_fields"),
        ]

    def __str__(self) -> str:
        return self.name or self.domain or f"account {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("leads:account", args=[self.pk])

    def save(self, *args, **kwargs) -> None:
        self.key = name_key(self.name or self.domain or "")
        super().save(*args, **kwargs)
