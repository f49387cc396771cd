from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from leads.models.account import Account
from leads.models.lead import Lead
from leads.models.voidable import Unvoided, Voidable


class Deal(Voidable):
    """An amount that may be won. Revenue belongs to the origin of its primary contact."""

    class Outcome(models.TextChoices):
        OPEN = "open", "Open"
        WON = "won", "Won"
        LOST = "lost", "Lost"

    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="deals"
    )
    contact = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="deals")
    source = models.CharField(max_length=80, blank=True)
    external_id = models.CharField(max_length=200, null=True, blank=True)
    name = models.CharField(max_length=200, blank=True)
    amount = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3)
    opened_at = models.DateTimeField(null=True)
    expected_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=4, choices=Outcome.choices, default=Outcome.OPEN)
    closed_at = models.DateTimeField(null=True)
    lost_reason = models.CharField(max_length=60, blank=True)
    opened_by_change = models.ForeignKey(
        "leads.StageChange", null=True, on_delete=models.PROTECT, related_name="opened_deals", db_index=False
    )
    closed_by_change = models.ForeignKey(
        "leads.StageChange", null=True, on_delete=models.PROTECT, related_name="closed_deals", db_index=False
    )
    recorded_at = models.DateTimeField(db_default=Now())
    close_recorded_at = models.DateTimeField(null=True)
    batch = models.ForeignKey("leads.ImportBatch", null=True, on_delete=models.PROTECT)

    objects = Unvoided()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="open", closed_at=None)
                | (~Q(outcome="open") & Q(closed_at__isnull=False)),
                name="deal_is_closed_when_it_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gte=0), name="deal_amount_is_not_negative"
            ),
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="deal_currency_is_iso"),
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=Q(external_id__isnull=False, voided_at=None),
                name="deal_external_id_once",
            ),
        ]
        indexes = [models.Index(fields=["closed_at"], condition=Q(outcome="won"), name="deal_won")]

    def __str__(self) -> str:
        return self.name or f"Deal {self.pk}"


class DealContact(Voidable):
    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="contacts")
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="deal_roles")
    role = models.CharField(max_length=60, blank=True)
    batch = models.ForeignKey("leads.ImportBatch", null=True, on_delete=models.PROTECT, db_index=False)

    objects = Unvoided()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["deal", "lead"], condition=Q(voided_at=None), name="deal_contact_once"
            )
        ]


class Refund(models.Model):
    """Money given back, in the deal's currency, on its own date; append-only."""

    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="refunds")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    amount = models.DecimalField(max_digits=19, decimal_places=4)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="refund_is_positive")]
