from __future__ import annotations

from django.db import models


class LedgerProof(models.Model):
    """What the proof of one local day found; append-only. Differences are codes and ids, never personal data."""

    day = models.DateField(unique=True)  # in the organisation's zone
    proved_at = models.DateTimeField()
    seconds = models.DecimalField(max_digits=8, decimal_places=1)
    leads = models.PositiveBigIntegerField()
    handovers = models.PositiveBigIntegerField()
    differences = models.PositiveBigIntegerField()
    findings = models.JSONField(default=list)  # [{"check", "count", "offenders": [{"lead", "about"}]}]

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day}: {self.handovers} hand-overs, {self.differences} differences"
