from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from leads.models.campaign import Campaign, Channel
from leads.models.lead import Lead
from leads.models.voidable import Unvoided, Voidable


class Touch(Voidable):
    """One interaction of one lead, of marketing or of sales; append-only.

    The origin touch stands for the lead's first contact: readings date it at the lead's birth, because a
    later import may find that the lead is older than we thought.
    """

    class Kind(models.TextChoices):
        ORIGIN = "origin", "First contact"
        VISIT = "visit", "Visit"
        DOWNLOAD = "download", "Download"
        FORM = "form", "Form"
        EMAIL_CLICK = "email_click", "E-mail click"
        WEBINAR = "webinar", "Webinar"
        EVENT = "event", "Event"
        CALL = "call", "Call"
        EMAIL = "email", "E-mail"
        MEETING = "meeting", "Meeting"
        OTHER = "other", "Other"

    # What the buyer did and nobody of ours: calls, mails and meetings may be either's.
    OF_THE_BUYER = [
        Kind.VISIT,
        Kind.DOWNLOAD,
        Kind.FORM,
        Kind.EMAIL_CLICK,
        Kind.WEBINAR,
        Kind.EVENT,
        Kind.OTHER,
    ]

    class Team(models.TextChoices):
        MARKETING = "marketing", "Marketing"
        SALES = "sales", "Sales"

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="touches", db_index=False)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=12, choices=Kind.choices)
    team = models.CharField(max_length=10, choices=Team.choices, default=Team.MARKETING)
    is_origin = models.BooleanField(default=False)
    campaign = models.ForeignKey(Campaign, null=True, on_delete=models.PROTECT, db_index=False)
    channel = models.ForeignKey(Channel, null=True, on_delete=models.PROTECT, db_index=False)
    medium = models.CharField(max_length=120, blank=True)
    content = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=2000, blank=True)
    source = models.CharField(max_length=80, blank=True)
    event_id = models.CharField(max_length=200, null=True)
    batch = models.ForeignKey("leads.ImportBatch", null=True, on_delete=models.PROTECT, db_index=False)

    objects = Unvoided()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "event_id"],
                condition=Q(event_id__isnull=False, voided_at=None),
                name="touch_event_once",
            ),
            models.UniqueConstraint(
                fields=["lead"], condition=Q(is_origin=True, voided_at=None), name="touch_one_origin"
            ),
            models.CheckConstraint(
                condition=Q(is_origin=True, kind="origin") | (Q(is_origin=False) & ~Q(kind="origin")),
                name="touch_origin_is_its_own_kind",
            ),
        ]
        indexes = [
            models.Index(fields=["lead", "at", "id"], name="touch_by_lead"),
            models.Index(fields=["at"], name="touch_by_time"),  # rules about the last days, of all leads
            models.Index(fields=["recorded_at"], condition=Q(batch=None), name="touch_new"),
        ]

    @property
    def is_the_buyers(self) -> bool:
        return self.kind in self.OF_THE_BUYER and self.team == self.Team.MARKETING
