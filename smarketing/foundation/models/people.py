from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower

from smarketing.foundation.models.organisation import Calendar, validate_zone
from smarketing.foundation.permissions import may


class Team(models.Model):
    class Function(models.TextChoices):
        SALES = "sales", "Sales"
        MARKETING = "marketing", "Marketing"

    name = models.CharField(max_length=80, unique=True)
    function = models.CharField(max_length=10, choices=Function.choices)
    calendar = models.ForeignKey(Calendar, null=True, blank=True, on_delete=models.PROTECT)

    def __str__(self) -> str:
        return self.name


class UserQuerySet(models.QuerySet):
    def present(self, day: date) -> UserQuerySet:
        """Active people who are not on leave on that local day; not those who never answered their invitation."""
        away = Absence.objects.filter(user=OuterRef("pk"), starts_on__lte=day, ends_on__gte=day)
        return self.filter(~Exists(away), is_active=True).exclude(INVITED)

    def reps(self) -> UserQuerySet:
        return self.filter(role=User.Role.REP)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, email: str, password: str | None = None, **fields) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email: str) -> User:
        return self.get(email__iexact=email)


class User(AbstractBaseUser):
    class Role(models.TextChoices):
        REP = "rep", "Sales rep"
        MARKETER = "marketer", "Marketer"
        ACCOUNT_MANAGER = "account_manager", "Account manager"
        SALES_HEAD = "sales_head", "Head of sales"
        MARKETING_HEAD = "marketing_head", "Head of marketing"
        ADMINISTRATOR = "administrator", "Administrator"

    email = models.EmailField(max_length=254, unique=True, null=True, blank=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.REP)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="members")
    time_zone = models.CharField(max_length=64, blank=True, validators=[validate_zone])
    # The calendar is the owner's if they have one, else the team's, else the organisation's.
    calendar = models.ForeignKey(Calendar, null=True, blank=True, on_delete=models.PROTECT)
    deputy = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="deputises_for"
    )
    start_page = models.CharField(max_length=40, blank=True)  # a URL name; empty: what the role lands on
    is_active = models.BooleanField(default=True)
    invited_at = models.DateTimeField(null=True)  # when the invitation that still stands was made
    joined_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"), name="user_email_once", violation_error_message="This e-mail is taken."
            ),
            models.CheckConstraint(
                condition=Q(is_active=False) | Q(email__isnull=False), name="active_user_has_email"
            ),
            models.CheckConstraint(
                condition=Q(
                    role__in=[
                        "rep",
                        "marketer",
                        "account_manager",
                        "sales_head",
                        "marketing_head",
                        "administrator",
                    ]
                ),
                name="user_role_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email or f"user {self.pk}"

    def may(self, capability: str) -> bool:
        return may(self, capability)

    @property
    def is_head(self) -> bool:
        return self.role in (self.Role.SALES_HEAD, self.Role.MARKETING_HEAD)

    @property
    def is_administrator(self) -> bool:
        return self.role == self.Role.ADMINISTRATOR

    @property
    def is_sales(self) -> bool:
        return self.role in (self.Role.REP, self.Role.ACCOUNT_MANAGER, self.Role.SALES_HEAD)

    @property
    def is_marketing(self) -> bool:
        return self.role in (self.Role.MARKETER, self.Role.MARKETING_HEAD)

    @property
    def zone(self) -> ZoneInfo | None:
        return ZoneInfo(self.time_zone) if self.time_zone else None


# Asked to choose a password, and has chosen none.
INVITED = Q(invited_at__isnull=False, password__startswith=UNUSABLE_PASSWORD_PREFIX)


class Absence(models.Model):
    """Whole local days, both ends included, on which a person takes no leads."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="absences")
    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="absence_ends_after_it_starts"
            )
        ]


class Mute(models.Model):
    """One kind of news that a person wants less of: not by e-mail, or without a mark in the application.

    Rows say what is off, so that whoever never chose hears everything.
    """

    class Kind(models.TextChoices):
        NEW_LEAD = "new_lead", "A lead was handed over to me"
        OWN_WARNING = "own_warning", "A promise on my lead is about to break"
        UNOWNED_WARNING = "unowned_warning", "A promise on nobody’s lead is about to break"
        TEAM_BREACH = "team_breach", "A promise of somebody in my team broke"
        NURTURE_DUE = "nurture_due", "Returned leads are due again"

    class Way(models.TextChoices):
        APP = "app", "In the app"
        MAIL = "mail", "By e-mail"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mutes", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    way = models.CharField(max_length=4, choices=Way.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "way"], name="mute_once"),
            # A broken promise is not among them: whoever answers for it hears of it.
            models.CheckConstraint(
                condition=Q(
                    kind__in=["new_lead", "own_warning", "unowned_warning", "team_breach", "nurture_due"]
                )
                & Q(way__in=["app", "mail"]),
                name="mute_is_known",
            ),
        ]


class PersonAlias(models.Model):
    """How a file or another system names a person: (source, text) → user. Claiming an alias moves it."""

    source = models.CharField(max_length=80, blank=True)
    text = models.CharField(max_length=200)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="aliases")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "text"], name="person_alias_once")]


class Heartbeat(models.Model):
    """When a periodic job last ran, and how far it has read."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    watermark = models.BigIntegerField(default=0)

    @classmethod
    def beat(cls, name: str, at: datetime) -> None:
        cls.objects.update_or_create(name=name, defaults={"at": at})
