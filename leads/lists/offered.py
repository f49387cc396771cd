"""The filters of a list of leads, in the order in which they are offered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial, reduce
from operator import and_, or_

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict

from leads import accounts
from leads.finding import in_state
from leads.lists import grouped, own
from leads.lists.by_rule import ByRule
from leads.lists.filters import ME, NONE, Applied, Asker, Filter, OneOf, Reading, read_by
from leads.lists.kinds import Days, Number, Words
from leads.lists.near import Lacks
from leads.lists.orders import MORE_COLUMNS
from leads.lists.returns import ReturnedFor
from leads.models import Campaign, Channel, ImportBatch, Lead, Snooze
from leads.models.account import RevenueBand
from leads.naming import later
from leads.stages import STATES
from smarketing.foundation.models import Team, User

SALES = [User.Role.REP, User.Role.ACCOUNT_MANAGER, User.Role.SALES_HEAD]
HAS = {
    "phone": ("A phone number", ~Q(phone="")),
    "no_phone": ("No phone number", Q(phone="")),
    "email": ("An e-mail address", ~Q(email="")),
    "no_email": ("No e-mail address", Q(email="")),
    "company": ("A company", Q(account__isnull=False)),
    "no_company": ("No company", Q(account=None)),
}


def _state(values: list[str], asker: Asker) -> Q:
    return reduce(or_, (in_state(value) for value in values))


def _pks(column: str, values: list[str], asker: Asker) -> Q:
    """Any of some rows, me, or none."""
    pks = [int(value) for value in values if value not in (NONE, ME)]
    if ME in values:
        pks.append(asker.user.pk)
    condition = Q(**{f"{column}__in": pks}) if pks else Q(pk__in=[])
    return condition | Q(**{column: None}) if NONE in values else condition


def _has(values: list[str], asker: Asker) -> Q:
    return reduce(and_, (HAS[value][1] for value in values))


def _consent(values: list[str], asker: Asker) -> Q:
    return Q(consent__in=["" if value == "unknown" else value for value in values])


def _revenue_band(values: list[str], asker: Asker) -> Q:
    condition = Q(account__revenue_band__in=[value for value in values if value != NONE])
    return condition | Q(account=None) | Q(account__revenue_band="") if NONE in values else condition


def _snoozed(values: list[str], asker: Asker) -> Q:
    sleeping = Exists(Snooze.objects.sleeping(asker.moment).filter(lead=OuterRef("pk")))
    return Q() if len(values) > 1 else Q(sleeping) if values == ["yes"] else ~Q(sleeping)


def _column(column: str, since: datetime | None, until: datetime | None) -> Q:
    condition = Q(**{f"{column}__gte": since}) if since else Q()
    return condition & Q(**{f"{column}__lt": until}) if until else condition


def _people(asker: Asker) -> QuerySet[User]:
    return User.objects.filter(role__in=SALES)


FILTERS: list[Filter] = [
    OneOf("state", "Stage", _state, tuple((state, later(f"{{{state}}}")) for state in STATES)),
    OneOf("owner", "Owner", partial(_pks, "owner"), ((ME, "Me"), (NONE, "Nobody")), _people),
    OneOf(
        "team",
        "Team",
        partial(_pks, "owner__team"),
        table=lambda asker: Team.objects.filter(function="sales"),
    ),
    OneOf(
        "campaign",
        "Campaign",
        partial(_pks, "campaign"),
        ((NONE, "None"),),
        lambda asker: Campaign.objects.all(),
    ),
    OneOf(
        "channel", "Channel", partial(_pks, "channel"), ((NONE, "None"),), lambda asker: Channel.objects.all()
    ),
    Words("medium", "Medium", "medium"),
    Words("content", "Content", "content"),
    Words("country", "Country", "country"),
    OneOf(
        "account",
        "Company",
        partial(_pks, "account"),
        table=lambda asker: accounts.visible_to(asker.user),
        listed=False,
    ),
    Words("industry", "Industry", "account__industry"),
    Number("employees", "Employees", "account__employees"),
    OneOf(
        "revenue_band",
        "Revenue band",
        _revenue_band,
        (*((value, str(label)) for value, label in RevenueBand.choices), (NONE, "Not known")),
    ),
    OneOf(
        "consent",
        "Consent",
        _consent,
        tuple((value or "unknown", str(label)) for value, label in Lead.Consent.choices),
    ),
    Days("born", "Born", partial(_column, "born_at")),
    Days("since", "In stage since", partial(_column, "stage_since")),
    Days("returned", "Returned", partial(_column, "returned_at"), Q(returned_at=None)),
    ReturnedFor(),
    Days("worked", "Last worked on", partial(_column, "worked_at"), Q(worked_at=None)),
    Days("touched", "Last touch", partial(_column, "last_touch__at"), Q(last_touch=None)),
    OneOf("has", "Has", _has, tuple((key, label) for key, (label, _) in HAS.items()), verb=""),
    OneOf("snoozed", "Snoozed", _snoozed, (("yes", "Yes"), ("no", "No")), verb=""),
    OneOf(
        "batch",
        "Import",
        partial(_pks, "batch"),
        table=lambda asker: ImportBatch.objects.filter(kind=ImportBatch.Kind.LEADS),
        shown=lambda rows: rows.order_by("-started_at", "-pk"),
        named="file_name",
        needs="imports.read",
    ),
    Number("score", "Score", "score__total"),
    Lacks(),
    ByRule(),
]


# Those that are made anew at each request, beside the list above.
MORE: list[Callable[[], list[Filter]]] = [grouped.filters, own.filters]
MORE_COLUMNS.append(own.columns)


def all_filters() -> list[Filter]:
    """Every filter there is now, in the order in which they are offered."""
    return [*FILTERS, *(one for more in MORE for one in more())]


def register(one: Filter) -> None:
    """Offer another filter: of something that only a higher floor knows."""
    assert all(one.name != other.name for other in FILTERS), one.name
    FILTERS.append(one)


def by_name(name: str) -> Filter | None:
    return next((one for one in all_filters() if one.name == name), None)


def read(data: QueryDict, asker: Asker) -> Reading:
    """Everything that an address asks for; what nobody knows is left out and told."""
    return read_by(all_filters(), data, asker)


def without(reading: Reading, one: Applied) -> dict[str, list[str]]:
    """The parameters of everything but this filter."""
    return {name: values for name, values in reading.params.items() if name not in one.params}
