from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from leads.models.lead import Lead


class ReturnDate(models.Model):
    """Another day for a returned lead to come back, or none: chosen by marketing, or by the register (`by` is None).

    Append-only but for the mark of what was taken back. It counts for the return it follows; the lead's own
    `return_on` derives from it and from history.
    """

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="return_dates", db_index=False)
    return_on = models.DateField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    taken_back_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        indexes = [models.Index(fields=["lead", "at", "id"], name="return_date_by_lead")]
