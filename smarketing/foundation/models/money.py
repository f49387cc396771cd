from django.db import models
from django.db.models import Q


class ExchangeRate(models.Model):
    """One unit of `currency` is worth `rate` units of `into`, from that day until the next dated row."""

    currency = models.CharField(max_length=3)
    into = models.CharField(max_length=3)
    on = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "into", "on"], name="exchange_rate_once_a_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_is_positive"),
        ]
