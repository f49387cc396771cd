from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Collate, Greatest, Lower, Now
from django.urls import reverse

from leads.models.account import Account
from leads.models.campaign import Campaign, Channel
from leads.models.folding import Folded
from leads.models.near import FoldedEmail
from leads.models.positions import known_position
from leads.models.voidable import Unvoided, Voidable
from leads.stages import MQL, SAL, SQL, Position, Stage, Standing
from smarketing.foundation.statements import Statement

if TYPE_CHECKING:
    from smarketing.foundation.models import User


class LeadQuerySet(models.QuerySet["Lead"]):
    """Leads; those of an undone import are left out before any of these is asked (see `Voidable`)."""

    def lock(self, pk: int) -> Lead:
        """The lead, locked for the rest of the transaction; raises `Lead.DoesNotExist`."""
        found = _LOCKED.first(pk=pk)
        if found is None:
            raise Lead.DoesNotExist
        return found

    def visible_to(self, user: User) -> LeadQuerySet:
        """The one door of row visibility: pages, API, exports and drill-downs all start here."""
        return self.in_sight(**sight_of(user))

    def in_sight(self, **sight: int) -> LeadQuerySet:
        """The same, of `sight_of` a person: for what is composed once for everybody who sees as they do."""
        return self.filter(within_sight(**sight)) if sight else self

    def alive(self) -> LeadQuerySet:
        """Leads that stand for themselves: neither merged into another nor erased."""
        return self.filter(merged_into=None)

    def in_position(self, position: Position) -> LeadQuerySet:
        return self.filter(stage=position.stage, standing=position.standing)

    def waiting(self) -> LeadQuerySet:
        """Leads in the positions that a queue is made of."""
        stages = [position.stage for position in IN_QUEUE]
        return self.alive().filter(stage__in=stages, standing=Standing.ACTIVE)

    def asleep(self, moment: datetime) -> LeadQuerySet:
        """Leads that were put off and are not back yet."""
        return self.filter(self._put_off(moment))

    def awake(self, moment: datetime) -> LeadQuerySet:
        return self.filter(~self._put_off(moment))

    def _put_off(self, moment: datetime) -> models.Exists:
        from leads.models.snooze import Snooze

        return models.Exists(Snooze.objects.sleeping(moment).filter(lead=models.OuterRef("pk")))

    def unclaimed(self) -> LeadQuerySet:
        return self.filter(owner=None, stage=Stage.MQL, standing=Standing.ACTIVE)


# Where sales has something to do with a lead: these stand in a queue.
IN_QUEUE = (MQL, SAL, SQL)
# Accepted and not yet decided: what a rep works on.
IN_WORK = Q(stage__in=[Stage.SAL, Stage.SQL], standing=Standing.ACTIVE)
IS_MQL = Q(stage=Stage.MQL, standing=Standing.ACTIVE)
# Since when nothing happened to a lead in work: no move, and nothing that a person did.
QUIET_SINCE = Greatest("stage_since", "worked_at")


def visible_owners(user: User) -> Q:
    """RULES: a member of sales reads own leads, unclaimed ones, and the team's unless a setting narrows it."""
    return within_sight(**_sight_in_sales(user))


def sight_of(user: User) -> dict[str, int]:
    """What decides which leads this person sees, for `in_sight`; nothing where they see all."""
    return {} if user.may("leads.read_all") else _sight_in_sales(user)


def _sight_in_sales(user: User) -> dict[str, int]:
    from smarketing.foundation.models import Organisation

    organisation = Organisation.find()
    narrowed = organisation is not None and organisation.leads_visible == Organisation.LeadsVisible.OWN
    return (
        {"person": user.pk} if narrowed or user.team_id is None else {"person": user.pk, "team": user.team_id}
    )


def within_sight(person: int, team: int | None = None) -> Q:
    own = Q(owner=person) | Q(owner=None)
    return own if team is None else own | Q(owner__team=team)


class Lead(Voidable):
    """One person, from the first visit to customer and after. Never deleted by an outcome.

    `stage`, `standing`, `seq` and the dates derive from StageChange; only `leads.funnel` writes them, and
    PostgreSQL refuses a stage that history does not bear out.
    """

    class Consent(models.TextChoices):
        UNKNOWN = "", "Not known"
        GRANTED = "granted", "Granted"
        OPTED_OUT = "opted_out", "Opted out"

    # Who
    email = models.CharField(max_length=254, blank=True)
    email_norm = models.CharField(max_length=254, null=True, editable=False)
    first_name = models.CharField(max_length=120, blank=True)
    last_name = models.CharField(max_length=120, blank=True)
    name_key = models.CharField(max_length=241, blank=True, editable=False)
    last_name_key = models.GeneratedField(
        expression=Lower("last_name"), output_field=models.CharField(max_length=120), db_persist=True
    )
    phone = models.CharField(max_length=60, blank=True)
    phone_norm = models.CharField(max_length=32, null=True, editable=False)
    job_title = models.CharField(max_length=160, blank=True)
    buying_role = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=80, blank=True)
    consent = models.CharField(max_length=10, choices=Consent.choices, blank=True, default=Consent.UNKNOWN)
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="leads"
    )

    custom = models.JSONField(default=dict, db_default={}, blank=True)  # by the keys of CustomField

    # Origin: of the row that made the lead, first written wins. Indexed by the wider indexes below.
    campaign = models.ForeignKey(
        Campaign, null=True, blank=True, on_delete=models.PROTECT, related_name="leads", db_index=False
    )
    channel = models.ForeignKey(
        Channel, null=True, blank=True, on_delete=models.PROTECT, related_name="leads", db_index=False
    )
    medium = models.CharField(max_length=120, blank=True)
    content = models.CharField(max_length=200, blank=True)

    # Where it stands: written by leads.funnel only
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.VISITOR)
    standing = models.CharField(max_length=12, choices=Standing.choices, default=Standing.ACTIVE)
    seq = models.PositiveIntegerField(null=True, editable=False)  # of its last live history row
    stage_since = models.DateTimeField()
    highest_stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.VISITOR)
    born_at = models.DateTimeField()
    visitor_at = models.DateTimeField(null=True)  # first entry into exactly this stage
    mql_at = models.DateTimeField(null=True)
    sal_at = models.DateTimeField(null=True)
    sql_at = models.DateTimeField(null=True)
    customer_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)  # last return; only later touches count towards MQL again
    return_on = models.DateField(null=True)
    # Of the last activity; leads.activities writes it.
    worked_at = models.DateTimeField(null=True, editable=False)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="leads", db_index=False
    )
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="absorbed")
    erased_at = models.DateTimeField(null=True)
    batch = models.ForeignKey(
        "leads.ImportBatch", null=True, on_delete=models.PROTECT, related_name="created_leads"
    )
    created_at = models.DateTimeField(db_default=Now())
    version = models.PositiveIntegerField(default=1)

    objects = Unvoided.from_queryset(LeadQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["email_norm"],
                condition=Q(merged_into=None, voided_at=None),
                name="lead_email_once",
            ),
            models.CheckConstraint(condition=known_position(), name="lead_position_is_known"),
            models.CheckConstraint(condition=Q(highest_stage__in=Stage.values), name="lead_highest_is_known"),
            models.CheckConstraint(
                condition=Q(standing=Standing.NURTURING) | Q(return_on=None),
                name="lead_returns_only_from_nurture",
            ),
            models.CheckConstraint(
                condition=~Q(merged_into=F("id")) | Q(merged_into=None), name="lead_is_not_merged_into_itself"
            ),
        ]
        indexes = [
            GinIndex(fields=["custom"], condition=~Q(custom={}), name="lead_by_own_fields"),
            models.Index(fields=["phone_norm"], condition=Q(phone_norm__isnull=False), name="lead_by_phone"),
            models.Index(fields=["-born_at", "-id"], name="lead_by_birth"),
            models.Index(fields=["owner", "stage", "standing", "stage_since"], name="lead_queue"),
            models.Index(F("owner"), QUIET_SINCE, F("id"), condition=IN_WORK, name="lead_in_work_by_owner"),
            models.Index(QUIET_SINCE, F("id"), condition=IN_WORK, name="lead_in_work"),
            models.Index(fields=["stage_since", "id"], condition=IS_MQL, name="lead_waiting"),
            models.Index(fields=["stage", "standing", "-id"], name="lead_by_position"),
            models.Index(fields=["campaign", "-id"], name="lead_by_campaign"),
            models.Index(fields=["channel", "-id"], name="lead_by_channel"),
            # By bytes, so that one index finds a beginning and keeps the order, whatever the database's language.
            models.Index(Collate("name_key", "C"), F("id"), name="lead_by_name"),
            models.Index(fields=["stage_since", "id"], name="lead_by_stage_since"),
            models.Index(fields=["return_on", "id"], condition=Q(standing="nurturing"), name="lead_nurtured"),
            models.Index(
                fields=["worked_at", "id"], condition=Q(worked_at__isnull=False), name="lead_by_last_work"
            ),
            models.Index(
                fields=["last_name_key"], opclasses=["varchar_pattern_ops"], name="lead_last_name_prefix"
            ),
            models.Index(fields=["email_norm"], opclasses=["varchar_pattern_ops"], name="lead_email_prefix"),
            # As rules compare it: without regard to case, alike on every machine; in the order of lists.
            models.Index(
                Folded("country"),
                F("born_at").desc(),
                F("id").desc(),
                name="lead_by_country",
            ),
            # Of few different values each, so small: lists ask for one that hardly anybody has.
            models.Index(fields=["medium"], name="lead_by_medium"),
            models.Index(fields=["content"], name="lead_by_content"),
            models.Index(fields=["consent"], name="lead_by_consent"),
            models.Index(fields=["country"], name="lead_by_country_as_written"),
            # Of all leads, also those without: of an index on some rows the planner takes no statistics.
            models.Index(FoldedEmail("email_norm"), name="lead_by_folded_email"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return _page_of(self.pk)

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email or self.phone or f"Lead {self.pk}"

    @property
    def position(self) -> Position:
        return Position(self.stage, self.standing)

    @property
    def state(self) -> str:
        return self.position.state

    def reached_at(self, stage: Stage) -> datetime | None:
        return getattr(self, f"{stage}_at")


class ExternalId(Voidable):
    """How another system names a lead; many per lead."""

    source = models.CharField(max_length=80, blank=True)
    external_id = models.CharField(max_length=200)
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="external_ids")
    batch = models.ForeignKey("leads.ImportBatch", null=True, on_delete=models.PROTECT, db_index=False)

    objects = Unvoided()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=Q(voided_at=None), name="external_id_once"
            )
        ]


@lru_cache(maxsize=8192)  # a list names the same leads at nearly every request
def _page_of(pk: int) -> str:
    return reverse("leads:detail", args=[pk])


_LOCKED = Statement(lambda pk: Lead.objects.select_for_update(no_key=True).filter(pk=pk))
