from __future__ import annotations

from django.db import models

from leads.models.lead import Lead


class LastTouch(models.Model):
    """When a lead was last touched, beside the lead so that lists are narrowed and ordered by it.

    Derived: PostgreSQL keeps it with each touch stored or undone. The origin counts as of the lead's birth, as
    everywhere. A lead without any touch has no row.
    """

    lead = models.OneToOneField(
        Lead,
        primary_key=True,
        on_delete=models.DO_NOTHING,
        related_name="last_touch",
        db_constraint=False,  # its rows are made from touches, which are held to their lead already
    )
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at", "lead"], name="last_touch_by_time")]
