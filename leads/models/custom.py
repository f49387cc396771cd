from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from leads.models.account import Account
from leads.models.lead import Lead
from leads.models.voidable import Unvoided, Voidable


class CustomFieldQuerySet(models.QuerySet["CustomField"]):
    def in_use(self) -> CustomFieldQuerySet:
        return self.filter(archived_at=None).order_by("entity", "position", "id")


class CustomField(models.Model):
    """A fact that this company asks for, of a lead or of an account. Its values live in `custom` of the row, by key.

    A value is stored as JSON of its kind: text and choice a string, number a number, date an ISO string, yes/no a
    boolean; an unknown one is not there at all.
    """

    class Entity(models.TextChoices):
        LEAD = "lead", "Lead"
        ACCOUNT = "account", "Company"

    class Kind(models.TextChoices):
        TEXT = "text", "Text"
        NUMBER = "number", "Number"
        DATE = "date", "Date"
        CHOICE = "choice", "Choice"
        YES_NO = "yes_no", "Yes or no"

    entity = models.CharField(max_length=8, choices=Entity.choices)
    key = models.CharField(max_length=40, validators=[RegexValidator(r"\A[a-z][a-z0-9_]*\Z")])
    label = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    choices = models.JSONField(default=list, blank=True)  # of a choice: the values, in order
    help = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True)

    objects = CustomFieldQuerySet.as_manager()

    class Meta:
        ordering = ["entity", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["entity", "key"], name="custom_field_key_once"),
            models.CheckConstraint(
                condition=~Q(kind="choice") | ~Q(choices=[]), name="custom_choice_has_choices"
            ),
        ]

    def __str__(self) -> str:
        return self.label


class FactChange(Voidable):
    """One correction of one fact of a lead or an account: what stood there, what stands there, who and how.

    Append-only; erasure blanks `before` and `after`.
    """

    class Way(models.TextChoices):
        HAND = "hand", "By hand"
        API = "api", "API"
        IMPORT = "import", "Import"

    lead = models.ForeignKey(
        Lead, null=True, on_delete=models.PROTECT, related_name="fact_changes", db_index=False
    )
    account = models.ForeignKey(
        Account, null=True, on_delete=models.PROTECT, related_name="fact_changes", db_index=False
    )
    field = models.CharField(max_length=60)  # "job_title", "custom.budget"
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    way = models.CharField(max_length=8, choices=Way.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    batch = models.ForeignKey("leads.ImportBatch", null=True, on_delete=models.PROTECT, db_index=False)

    objects = Unvoided()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lead__isnull=False, account=None) | Q(lead=None, account__isnull=False),
                name="fact_change_is_of_one",
            )
        ]
        indexes = [
            models.Index(
                fields=["lead", "at", "id"], condition=Q(lead__isnull=False), name="fact_change_of_lead"
            ),
            models.Index(
                fields=["account", "at", "id"],
                condition=Q(account__isnull=False),
                name="fact_change_of_account",
            ),
        ]
