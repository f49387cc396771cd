from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from leads.models.lead import Lead
from leads.models.touch import Touch


class CloseModel(models.Model):
    """One night's training of the probability to close: what it learned from, and how well it tells."""

    trained_at = models.DateTimeField()
    since = models.DateTimeField(null=True)  # of the outcomes learned from
    until = models.DateTimeField(null=True)
    outcomes = models.PositiveIntegerField(default=0)
    won = models.PositiveIntegerField(default=0)
    withheld = models.CharField(max_length=200, blank=True)  # why no probability is shown; empty: it is
    auc = models.FloatField(null=True)  # on the latest outcomes, which were kept from the training
    calibration = models.JSONField(default=list)  # [{"from", "until", "n", "expected", "happened"}]
    weights = models.JSONField(default=dict)  # what a lead's probability is computed from
    seconds = models.FloatField(default=0)

    class Meta:
        indexes = [models.Index(fields=["-trained_at"], name="close_model_latest")]


class LeadScore(models.Model):
    """What a lead is worth by the rules in force: derived, kept by `leads.scoring`, rebuilt from facts at will.

    `parts` is what each rule gives now, {rule id: points}; fit and engagement are their sums, and so is the sum
    of the lead's `ScoreEntry` rows.
    """

    NOTHING = "nothing"  # meets every criterion of an MQL and waits for something to happen

    lead = models.OneToOneField(Lead, primary_key=True, on_delete=models.PROTECT, related_name="score")
    fit = models.SmallIntegerField(default=0)
    engagement = models.SmallIntegerField(default=0)
    total = models.GeneratedField(
        expression=F("fit") + F("engagement"), output_field=models.SmallIntegerField(), db_persist=True
    )
    fit_grade = models.CharField(max_length=1)  # A, B, C, D
    engagement_grade = models.PositiveSmallIntegerField()  # 1, 2, 3, 4: 1 is the warmest
    parts = models.JSONField(default=dict)
    definition_version = models.PositiveIntegerField()
    computed_at = models.DateTimeField()
    # Of a visitor, what keeps it from being an MQL: a criterion's key where it is the only one, `NOTHING`, or "".
    lacks = models.CharField(max_length=80, default="", db_default="")
    probability = models.FloatField(null=True)
    model = models.ForeignKey(CloseModel, null=True, on_delete=models.SET_NULL, db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(fit_grade__in=["A", "B", "C", "D"], engagement_grade__range=(1, 4)),
                name="score_grades_are_known",
            ),
            models.CheckConstraint(
                condition=Q(probability=None) | Q(probability__range=(0, 1)), name="score_probability_is_one"
            ),
        ]
        indexes = [
            models.Index(fields=["-total", "-lead"], name="score_highest_first"),
            models.Index(
                fields=["lacks", "-total", "-lead"], condition=~Q(lacks=""), name="score_near_misses"
            ),
        ]

    @property
    def grade(self) -> str:
        """Such as B2: who they are, then what they did."""
        return f"{self.fit_grade}{self.engagement_grade}"


class ScoreEntry(models.Model):
    """One line of a lead's score log: what a rule gave or took, when, and why. Append-only.

    The lines of a lead add up to its fit and to its engagement, to the point.
    """

    class Part(models.TextChoices):
        FIT = "fit", "Fit"
        ENGAGEMENT = "engagement", "Engagement"

    class Cause(models.TextChoices):
        TOUCH = "touch", "Something they did"
        FACT = "fact", "Something we learned"
        DECAY = "decay", "Time passed"
        RETURN = "return", "Returned to marketing"
        VERSION = "version", "Other rules"
        IMPORT = "import", "An import, or its undo"

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="score_log", db_index=False)
    part = models.CharField(max_length=10, choices=Part.choices)
    rule = models.CharField(max_length=60)  # of the definition's scoring rules, or "cap:<group>"
    points = models.SmallIntegerField()  # the difference; never 0
    cause = models.CharField(max_length=8, choices=Cause.choices)
    touch = models.ForeignKey(Touch, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    definition_version = models.PositiveIntegerField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(points=0), name="score_entry_says_something"),
        ]
        indexes = [models.Index(fields=["lead", "at", "id"], name="score_log_of_lead")]


class ScoreDue(models.Model):
    """Something new is known about a lead: written by triggers, eaten by the sweep.

    One row for each thing that happened and not one for each lead: whoever writes never waits for a sweep that
    is eating, nor for another writer. The trigger names leads that exist, and a lead is never deleted.
    """

    lead = models.ForeignKey(
        Lead, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    since = models.DateTimeField(db_default=Now())
    cause = models.CharField(max_length=8, choices=ScoreEntry.Cause.choices)
    # A fact after which the lead met every criterion, as found by whoever scored it first, the night included.
    made_ready = models.BooleanField(default=False, db_default=False)

    class Meta:
        # What comes first is found behind a million rows of an import, and those pay nothing for it.
        indexes = [models.Index(fields=["id"], condition=~Q(cause="import"), name="score_due_first")]
