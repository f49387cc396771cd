from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from leads.models.lead import Lead
from leads.models.voidable import Unvoided, Voidable


class SuppressionQuerySet(models.QuerySet):
    def in_force(self, moment: datetime) -> SuppressionQuerySet:
        return self.filter(Q(until=None) | Q(until__gt=moment), lifted_at=None)


class Suppression(Voidable):
    """The never-again register: whom we never deliver again, why, and until when."""

    class Kind(models.TextChoices):
        LEAD = "lead", "Person"
        EMAIL = "email", "E-mail address"
        PHONE = "phone", "Phone number"
        DOMAIN = "domain", "Domain"
        ACCOUNT = "account", "Account"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    value = models.CharField(max_length=254)  # normalised: lead or account id, e-mail, phone, domain
    reason = models.CharField(max_length=60)
    until = models.DateTimeField(null=True, blank=True)
    lead = models.ForeignKey(Lead, null=True, on_delete=models.PROTECT, related_name="suppressions")
    change = models.ForeignKey(
        "leads.StageChange", null=True, on_delete=models.PROTECT, related_name="suppressions"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    lifted_at = models.DateTimeField(null=True)
    batch = models.ForeignKey("leads.ImportBatch", null=True, on_delete=models.PROTECT)

    objects = Unvoided.from_queryset(SuppressionQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "value"],
                condition=Q(lifted_at=None, voided_at=None),
                name="suppressed_once",
            )
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="suppression_newest"),
            models.Index(
                fields=["until"],
                condition=Q(lifted_at=None, until__isnull=False),
                name="suppression_for_a_time",
            ),
        ]


class SuppressionHit(Voidable):
    """One thing the register stopped: where it came in and on which campaign; append-only, no personal data."""

    suppression = models.ForeignKey(
        Suppression, on_delete=models.PROTECT, related_name="hits", db_index=False
    )
    lead = models.ForeignKey(Lead, null=True, on_delete=models.PROTECT, related_name="suppression_hits")
    way = models.CharField(max_length=12)  # as in leads.bars.WAYS
    campaign = models.ForeignKey("leads.Campaign", null=True, on_delete=models.PROTECT)
    batch = models.ForeignKey("leads.ImportBatch", null=True, on_delete=models.PROTECT)
    at = models.DateTimeField(db_default=Now())

    objects = Unvoided()

    class Meta:
        indexes = [models.Index(fields=["suppression", "-at", "-id"], name="hits_of_an_entry")]


class Appeal(models.Model):
    """New evidence for a disqualified lead; it is reopened when the heads of both teams have signed.

    Of an entry of the register that is no lead's (a domain, an account): `suppression` is lifted instead.
    """

    lead = models.ForeignKey(Lead, null=True, on_delete=models.PROTECT, related_name="appeals")
    suppression = models.ForeignKey(Suppression, null=True, on_delete=models.PROTECT, related_name="appeals")
    evidence = models.TextField(max_length=4000, blank=True)  # of an appeal that is about no lead
    lifted_at = models.DateTimeField(null=True)  # the same, granted
    note = models.ForeignKey("leads.Note", null=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(db_default=Now())
    marketing_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    sales_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    change = models.ForeignKey("leads.StageChange", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(change=None), name="appeal_one_open_per_lead"
            ),
            models.UniqueConstraint(
                fields=["suppression"], condition=Q(lifted_at=None), name="appeal_one_open_per_entry"
            ),
            models.CheckConstraint(
                condition=Q(lead__isnull=False, suppression=None, note__isnull=False)
                | Q(lead=None, suppression__isnull=False),
                name="appeal_is_about_one",
            ),
        ]
