from __future__ import annotations

from typing import TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model)


class Unvoided(models.Manager[M]):
    """The default way to rows: those of an import that was undone are not there."""

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(voided_at=None)


class Voidable(models.Model):
    """A row that an import writes, and that `leads_undo_import` alone may mark void, once and for good.

    Its `objects` are `Unvoided` and leave voided rows out; SQL has to say `voided_at IS NULL` itself. Django's
    own bookkeeping (`_base_manager`) sees them still.
    """

    voided_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True
