from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import CharField, ExpressionWrapper, F, Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Now


class DefinitionQuerySet(models.QuerySet["Definition"]):
    def in_force(self, moment: datetime) -> DefinitionQuerySet:
        """The signed versions that had begun by then, the one in force first; none: the unsigned default is."""
        return self.filter(status=Definition.Status.SIGNED, in_force_from__lte=moment).order_by("-version")

    def now(self) -> DefinitionQuerySet:
        """The one in force by the database's clock, if any is signed."""
        signed = self.filter(status=Definition.Status.SIGNED, in_force_from__lte=Now())
        return signed.order_by("-version")[:1]

    def unread_by(self, user: models.OuterRef) -> DefinitionQuerySet:
        """The one in force now, where this person has not said yet that they read it."""
        latest = self.model.objects.now().values("version")
        read = Acknowledgement.objects.filter(user=models.OuterRef(user), version=models.OuterRef("version"))
        return self.filter(~models.Exists(read), version=models.Subquery(latest))

    def waiting_for(self, user: Combinable, role: Combinable) -> DefinitionQuerySet:
        """The proposal whose missing signature is that of a head of this role."""
        marketing = Q(marketing_by=None) & ~Q(sales_by=user)
        sales = Q(sales_by=None) & ~Q(marketing_by=user)
        asked = self.filter(status=Definition.Status.PROPOSED).annotate(
            asked=ExpressionWrapper(role, CharField())
        )
        return asked.filter(Q(asked="marketing_head") & marketing | Q(asked="sales_head") & sales)

    def open(self) -> DefinitionQuerySet:
        """The one document that is being written or signed, if any."""
        return self.filter(status__in=[Definition.Status.DRAFT, Definition.Status.PROPOSED])


class Definition(models.Model):
    """One version of what both teams agree on; `leads.definitions` reads and writes its document.

    Draft → proposed → signed by both heads, then unchangeable; or withdrawn. Version 0, the unsigned default,
    is no row.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PROPOSED = "proposed", "Proposed"
        SIGNED = "signed", "Signed"
        WITHDRAWN = "withdrawn", "Withdrawn"

    version = models.PositiveIntegerField(
        null=True, unique=True
    )  # given with the second signature: 1, 2, 3 …
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    document = models.JSONField()
    summary = models.CharField(max_length=500, blank=True)  # why, in the words of who proposes
    based_on = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(default=1)  # of the draft: two who write at once are told
    starts_on = models.DateField(null=True, blank=True)  # wished for; null: with the second signature
    in_force_from = models.DateTimeField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField(null=True)
    marketing_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    marketing_at = models.DateTimeField(null=True)
    sales_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    sales_at = models.DateTimeField(null=True)
    sole_head = models.BooleanField(default=False)  # one person signed for both, as the company had declared
    closed_at = models.DateTimeField(null=True)  # withdrawn

    objects = DefinitionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="signed")
                | Q(
                    version__gte=1,
                    in_force_from__isnull=False,
                    marketing_by__isnull=False,
                    marketing_at__isnull=False,
                    sales_by__isnull=False,
                    sales_at__isnull=False,
                ),
                name="definition_signed_by_both",
            ),
            models.CheckConstraint(
                condition=Q(status="signed") | Q(version=None, in_force_from=None),
                name="definition_unsigned_has_no_force",
            ),
            models.CheckConstraint(
                condition=Q(sole_head=True)
                | Q(marketing_by=None)
                | Q(sales_by=None)
                | ~Q(marketing_by=F("sales_by")),
                name="definition_has_two_keys",
            ),
            models.CheckConstraint(
                condition=~Q(status="draft") | Q(marketing_by=None, sales_by=None),
                name="definition_draft_is_unsigned",
            ),
            models.UniqueConstraint(
                models.Value(1), condition=Q(status__in=["draft", "proposed"]), name="definition_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"Definitions, version {self.version}" if self.version else f"Definitions, {self.status}"


class DefinitionRemark(models.Model):
    """What was said about a proposal: sent back with a comment, or a word beside it. Append-only."""

    class Kind(models.TextChoices):
        SENT_BACK = "sent_back", "Sent back"
        COMMENT = "comment", "Comment"

    definition = models.ForeignKey(Definition, on_delete=models.PROTECT, related_name="remarks")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField(max_length=4000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Acknowledgement(models.Model):
    """Somebody has read the definitions of this version; 0 is the unsigned default."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="acknowledgements", db_index=False
    )
    version = models.PositiveIntegerField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "version"], name="acknowledged_once")]
