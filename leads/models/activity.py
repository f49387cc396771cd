from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from leads.models.lead import Lead
from leads.models.voidable import Unvoided, Voidable


class NotTakenBack(models.Manager["Activity"]):
    """The default way to what was done: what its author took back is not there."""

    def get_queryset(self) -> models.QuerySet[Activity]:
        return super().get_queryset().filter(taken_back_at=None)


class Activity(models.Model):
    """What staff did for a lead; append-only. A connected one reads as a sales touch and is never written twice.

    Its author may take it back within ten minutes: the row stays, marked once, and `objects` leaves it out; SQL
    has to say `taken_back_at IS NULL` itself.
    """

    class Kind(models.TextChoices):
        CALL = "call", "Call"
        EMAIL = "email", "E-mail"
        MEETING = "meeting", "Meeting"
        NOTE = "note", "Note"

    class Outcome(models.TextChoices):
        SPOKE = "spoke", "Spoke"
        VOICEMAIL = "voicemail", "Left a voicemail"
        NO_ANSWER = "no_answer", "No answer"
        SENT = "sent", "Sent"
        REPLIED = "replied", "Replied"
        HELD = "held", "Held"
        NO_SHOW = "no_show", "Did not show up"
        NONE = "", "—"

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="activities", db_index=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    connected = models.BooleanField(default=False)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    taken_back_at = models.DateTimeField(null=True, editable=False)

    objects = NotTakenBack()
    recorded = models.Manager["Activity"]()  # with what was taken back

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="note", connected=True), name="activity_note_connects_nobody"
            )
        ]
        indexes = [
            models.Index(fields=["lead", "at", "id"], name="activity_by_lead"),
            models.Index(fields=["by", "at"], condition=Q(connected=True), name="activity_real_contact"),
            models.Index(
                fields=["taken_back_at"],
                condition=Q(taken_back_at__isnull=False),
                name="activity_taken_back",
            ),
        ]


class Note(Voidable):
    """Free text about a lead. The only place for it: erasure blanks the text and keeps the row."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="notes")
    activity = models.OneToOneField(Activity, null=True, on_delete=models.PROTECT, related_name="note")
    change = models.OneToOneField(
        "leads.StageChange", null=True, on_delete=models.PROTECT, related_name="note"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    batch = models.ForeignKey("leads.ImportBatch", null=True, on_delete=models.PROTECT)

    objects = Unvoided()
