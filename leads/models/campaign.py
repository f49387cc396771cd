from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from leads.models.voidable import Unvoided, Voidable


def name_key(name: str) -> str:
    """How two spellings of a name are recognised as one: white space folded, case ignored.

    Folding can lengthen a name (ß becomes ss), so the key is cut to what its column holds.
    """
    return " ".join(name.split()).casefold()[:200]


class Named(models.Model):
    """A thing known by its name; the first spelling is kept, others find it."""

    name = models.CharField(max_length=200)
    key = models.CharField(max_length=200, unique=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def save(self, *args, **kwargs) -> None:
        self.key = name_key(self.name)
        super().save(*args, **kwargs)


class Channel(Named):
    is_direct = models.BooleanField(default=False)


class Campaign(Named):
    channel = models.ForeignKey(Channel, null=True, blank=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)


class Cost(Voidable):
    """What was spent over a span of local days, both ends included; reports spread it evenly by day."""

    campaign = models.ForeignKey(
        Campaign, null=True, blank=True, on_delete=models.PROTECT, related_name="costs"
    )
    channel = models.ForeignKey(
        Channel, null=True, blank=True, on_delete=models.PROTECT, related_name="costs"
    )
    starts_on = models.DateField()
    ends_on = models.DateField()
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    # The nth row of one file with this campaign, channel, span and currency: two invoices of one day stay two.
    ordinal = models.PositiveIntegerField(default=1)
    batch = models.ForeignKey("leads.ImportBatch", null=True, on_delete=models.PROTECT)

    objects = Unvoided()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="cost_ends_after_it_starts"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="cost_is_not_negative"),
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="cost_currency_is_iso"),
            models.UniqueConstraint(
                fields=["campaign", "channel", "starts_on", "ends_on", "currency", "ordinal"],
                condition=Q(voided_at=None),
                name="cost_once",
                nulls_distinct=False,
            ),
        ]
