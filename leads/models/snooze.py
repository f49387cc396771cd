from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Least, Now

from leads.models.activity import Note
from leads.models.lead import Lead
from leads.models.touch import Touch


class SnoozeQuerySet(models.QuerySet["Snooze"]):
    def sleeping(self, moment: datetime) -> SnoozeQuerySet:
        """Those that still keep their lead away: before the time, and nothing has happened to the lead since.

        Asked anew each time, so that a lead comes back by itself, whatever brought the news and no sweep running.
        """
        return self._in_place().filter(~Exists(_news()), until_at__gt=moment)

    def over(self, moment: datetime) -> SnoozeQuerySet:
        """Those whose lead came back, by the time or by the buyer (`woken_at`), and waits for somebody since."""
        first = Subquery(_news().order_by("at").values("at")[:1])
        woken = self._in_place().annotate(woken_at=Least("until_at", first)).filter(woken_at__lte=moment)
        return woken.filter(Q(lead__worked_at=None) | Q(lead__worked_at__lt=F("woken_at")))

    def _in_place(self) -> SnoozeQuerySet:
        """Open ones whose lead was neither moved nor given away."""
        same_owner = Q(owner=F("lead__owner")) | Q(owner=None, lead__owner=None)
        same_place = Q(seq=F("lead__seq")) | Q(seq=None, lead__seq=None)
        return self.filter(same_owner, same_place, ended_at=None)


def _news() -> models.QuerySet[Touch]:
    """What the buyer did since a lead was put off."""
    return Touch.objects.filter(
        lead=OuterRef("lead"), at__gt=OuterRef("at"), kind__in=Touch.OF_THE_BUYER, team=Touch.Team.MARKETING
    )


class Snooze(models.Model):
    """A lead put off until a time: out of its owner's list, with every promise's clock running on.

    One open row for each lead. It ends by hand; that the time has come, the buyer was active, or the lead was
    moved or given away ends nothing here, as `sleeping` sees it by itself.
    """

    class Ending(models.TextChoices):
        WOKEN = "woken", "Woken by hand"
        UNDONE = "undone", "Taken back"
        AGAIN = "again", "Put off anew"

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="snoozes", db_index=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Whose list it left, and after which move: another owner or another move brings the lead back.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    seq = models.PositiveIntegerField(null=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    until_at = models.DateTimeField()
    note = models.OneToOneField(Note, null=True, on_delete=models.PROTECT, related_name="snooze")
    ended_at = models.DateTimeField(null=True)
    ending = models.CharField(max_length=6, choices=Ending.choices, blank=True)

    objects = SnoozeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(ended_at=None), name="snooze_one_open_per_lead"
            ),
            models.CheckConstraint(condition=Q(until_at__gt=F("at")), name="snooze_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="")
                | Q(ended_at__isnull=False, ending__in=["woken", "undone", "again"]),
                name="snooze_end_is_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["lead", "id"], name="snooze_by_lead"),
            models.Index(fields=["owner", "until_at"], condition=Q(ended_at=None), name="snooze_by_owner"),
            models.Index(fields=["by", "id"], name="snooze_by_author"),
        ]
