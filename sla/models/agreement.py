from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q


class AgreementQuerySet(models.QuerySet):
    def in_force(self, moment: datetime) -> AgreementQuerySet:
        return self.filter(
            Q(in_force_from=None) | Q(in_force_from__lte=moment),
            Q(in_force_until=None) | Q(in_force_until__gt=moment),
        )


class Agreement(models.Model):
    """One version of what both teams promise each other. Version 0 is the template that nobody has signed."""

    version = models.PositiveIntegerField(unique=True)
    in_force_from = models.DateTimeField(null=True)  # null: since ever
    in_force_until = models.DateTimeField(null=True)

    objects = AgreementQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Agreement {self.version}" if self.version else "Default agreement"

    def is_in_force(self, moment: datetime) -> bool:
        begun = self.in_force_from is None or self.in_force_from <= moment
        return begun and (self.in_force_until is None or self.in_force_until > moment)


class Commitment(models.Model):
    """One promise of one team: a response, with a clock for each lead, or a volume, tallied per period."""

    class Team(models.TextChoices):
        SALES = "sales", "Sales"
        MARKETING = "marketing", "Marketing"

    class Kind(models.TextChoices):
        RESPONSE = "response", "Response"
        VOLUME = "volume", "Volume"

    class StopsOn(models.TextChoices):
        DECISION = "decision", "A decision"
        FIRST_CONTACT = "first_contact", "First contact"

    class Measure(models.TextChoices):
        HANDOVERS = "handovers", "Hand-overs"
        REAL_CONTACTS = "real_contacts", "Prospects with a real contact"

    class Period(models.TextChoices):
        WEEK = "week", "Week"
        MONTH = "month", "Month"

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="commitments")
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=120)
    team = models.CharField(max_length=10, choices=Team.choices)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    # Of a hundred, so many are to be kept: what a team's share is held against.
    goal_percent = models.PositiveSmallIntegerField(default=95, db_default=95)
    # A response: the entry into this stage starts the clock, and so much working time is given.
    starts_on = models.CharField(max_length=10, blank=True)
    stops_on = models.CharField(max_length=16, choices=StopsOn.choices, blank=True)
    within_minutes = models.PositiveIntegerField(null=True)
    warn_percent = models.PositiveSmallIntegerField(default=75)
    # A volume: so many for each rep who is present, in each period.
    measure = models.CharField(max_length=16, choices=Measure.choices, blank=True)
    target = models.PositiveIntegerField(null=True)
    period = models.CharField(max_length=8, choices=Period.choices, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "key"], name="commitment_key_once"),
            models.CheckConstraint(
                condition=Q(
                    kind="response",
                    starts_on__in=["mql", "sal"],
                    stops_on__in=["decision", "first_contact"],
                    within_minutes__gt=0,
                    target=None,
                )
                | Q(
                    kind="volume",
                    measure__gt="",
                    period__in=["week", "month"],
                    target__gt=0,
                    within_minutes=None,
                ),
                name="commitment_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(goal_percent__gte=1, goal_percent__lte=100), name="commitment_goal_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(warn_percent__gte=1, warn_percent__lte=99), name="commitment_warns_before_the_end"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def within(self) -> timedelta:
        assert self.within_minutes is not None, "only a response has a time"
        return timedelta(minutes=self.within_minutes)
