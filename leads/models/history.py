from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from leads.models.lead import Lead
from leads.models.positions import known_position
from leads.models.voidable import Unvoided, Voidable
from leads.stages import Move, Position, Stage, Standing


class AllowedMove(models.Model):
    """The table of moves as PostgreSQL sees it: live history rows refer to it by a foreign key."""

    move = models.CharField(max_length=12)
    from_stage = models.CharField(max_length=10)
    from_standing = models.CharField(max_length=12)
    to_stage = models.CharField(max_length=10)
    to_standing = models.CharField(max_length=12)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["move", "from_stage", "from_standing", "to_stage", "to_standing"],
                name="allowed_move_once",
            )
        ]


class StageChangeQuerySet(models.QuerySet):
    def counted(self) -> StageChangeQuerySet:
        """Without undone pairs and without the chain's echo of imported history: what every reading starts from.

        Rows of an undone import are left out by `StageChange.objects` itself.
        """
        return self.filter(undone_by=None).exclude(move__in=[Move.UNDO, Move.ADOPT])

    def in_order(self) -> StageChangeQuerySet:
        return self.order_by("at", "id")


class StageChange(Voidable):
    """One line of a lead's history; append-only, codes only, never free text.

    Live rows form a chain: `seq` counts up per lead and each row starts where the one before ended; foreign
    keys, checks and a trigger enforce it (migration 0002). Historic rows (imports, late facts) stand outside.
    """

    class Kind(models.TextChoices):
        LIVE = "live", "Live"
        HISTORIC = "historic", "Historic"

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="history", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.LIVE)
    seq = models.PositiveIntegerField(null=True)
    prev_seq = models.PositiveIntegerField(null=True)
    move = models.CharField(max_length=12, choices=Move.choices)
    from_stage = models.CharField(max_length=10, choices=Stage.choices, null=True)
    from_standing = models.CharField(max_length=12, choices=Standing.choices, null=True)
    to_stage = models.CharField(max_length=10, choices=Stage.choices)
    to_standing = models.CharField(max_length=12, choices=Standing.choices)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    reason = models.CharField(max_length=60, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    definition_version = models.PositiveIntegerField(null=True)  # 0 = unsigned default, null = historic
    return_on = models.DateField(null=True)
    undoes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="undone_by")
    batch = models.ForeignKey("leads.ImportBatch", null=True, on_delete=models.PROTECT, db_index=False)

    objects = Unvoided.from_queryset(StageChangeQuerySet)()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="live", seq__isnull=False) | Q(kind="historic", seq=None, prev_seq=None),
                name="history_live_rows_are_numbered",
            ),
            # Spelled with "is null" on both sides: a bare `prev_seq = seq - 1` lets a null through.
            models.CheckConstraint(
                condition=Q(kind="historic") | Q(seq=1, prev_seq=None) | Q(seq__gt=1, prev_seq__isnull=False),
                name="history_first_row_has_no_previous",
            ),
            models.CheckConstraint(
                condition=Q(prev_seq=None) | Q(prev_seq=F("seq") - 1), name="history_rows_follow_each_other"
            ),
            models.CheckConstraint(
                condition=Q(from_stage=None, from_standing=None)
                | Q(from_stage__isnull=False, from_standing__isnull=False),
                name="history_from_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(kind="historic") | Q(seq=1) | Q(from_stage__isnull=False),
                name="history_live_rows_say_from",
            ),
            models.CheckConstraint(
                condition=Q(kind="live", definition_version__isnull=False)
                | Q(kind="historic", definition_version=None),
                name="history_names_its_definition",
            ),
            models.CheckConstraint(
                condition=Q(move=Move.UNDO, undoes__isnull=False) | (~Q(move=Move.UNDO) & Q(undoes=None)),
                name="history_undo_names_its_row",
            ),
            models.CheckConstraint(condition=known_position("to_"), name="history_to_is_known"),
            models.UniqueConstraint(
                fields=["lead", "seq"], condition=Q(kind="live"), name="history_seq_once"
            ),
            models.UniqueConstraint(
                fields=["lead", "seq", "to_stage", "to_standing"], name="history_chain_end"
            ),
        ]
        indexes = [
            models.Index(fields=["lead", "at", "id"], name="history_by_lead"),
            models.Index(fields=["recorded_at"], condition=Q(kind="live"), name="history_new_live"),
            models.Index(
                fields=["move", "at", "lead"],
                condition=Q(move__in=["reject", "recycle", "disqualify", "lose"]),
                name="history_returns",
            ),
            models.Index(fields=["batch", "id"], condition=Q(batch__isnull=False), name="history_by_batch"),
        ]

    @property
    def position(self) -> Position:
        return Position(self.to_stage, self.to_standing)

    @property
    def before(self) -> Position | None:
        return (
            Position(self.from_stage, self.from_standing) if self.from_stage and self.from_standing else None
        )

    @property
    def state(self) -> str:
        return self.position.state

    def age(self, moment: datetime) -> float:
        return (moment - self.recorded_at).total_seconds()
