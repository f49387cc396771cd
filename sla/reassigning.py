"""Leads whose promise is late are given to somebody else, several at once, and taken back within ten minutes.

Nothing is rewritten: a re-assignment is taken back by another, so the ledger tells both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q

from leads import handover, handover_ends, routing
from leads.models import Assignment, Handover, Lead
from leads.stages import Stage, Standing
from sla.models import Clock
from smarketing.foundation.models import Organisation, User
from smarketing.foundation.refusals import Forbidden, Refusal

WITHIN = timedelta(minutes=10)
MOST = 100  # leads at once; each is an act of its own


@dataclass(frozen=True)
class Given:
    """One lead that changed hands: by which assignment, and whose it was before (None: nobody's)."""

    lead: int
    assignment: int
    before: int | None


@dataclass(frozen=True)
class Load:
    """What somebody in sales has on the table."""

    person: User
    open: int
    late: int
    is_away: bool


def loads(moment: datetime) -> list[Load]:
    """Everybody in sales who can own leads, who is there and has least to do first: three queries."""
    sales = [User.Role.REP, User.Role.ACCOUNT_MANAGER, User.Role.SALES_HEAD]
    people = User.objects.filter(role__in=sales, is_active=True).select_related("team")
    today = moment.astimezone(Organisation.get().zone).date()
    open_stages = [Stage.MQL, Stage.SAL, Stage.SQL]
    owned = Lead.objects.alive().filter(stage__in=open_stages, standing=Standing.ACTIVE)
    in_work = dict(owned.order_by().values_list("owner").annotate(n=Count("pk")))
    running = Clock.objects.running().filter(due_at__lt=moment).order_by()
    late = dict(running.values_list("lead__owner").annotate(n=Count("lead", distinct=True)))
    away = Q(absences__starts_on__lte=today, absences__ends_on__gte=today)
    found = [
        Load(person, in_work.get(person.pk, 0), late.get(person.pk, 0), bool(person.away))
        for person in people.annotate(away=Count("absences", filter=away))
    ]
    return sorted(
        found,
        key=lambda one: (one.is_away, one.person.role != User.Role.REP, one.late, one.open, str(one.person)),
    )


def give(leads: Iterable[int], *, to: User, by: User, moment: datetime) -> tuple[list[Given], list[str]]:
    """Give these leads to one person; answers what was given, and a sentence for each that was left as it is."""
    given, left = [], []
    for pk in sorted(set(leads)):
        try:
            with transaction.atomic():
                routing.hold(to)
                before = Lead.objects.lock(pk).owner_id
                handover.reassign(pk, to=to, by=by, moment=moment)
                last = Assignment.objects.filter(lead=pk).order_by("-pk").values_list("pk", flat=True)[0]
            given.append(Given(pk, last, before))
        except Refusal as refusal:
            left.append(str(refusal))
    return given, left


def take_back(given: Sequence[Given], *, by: User, moment: datetime) -> tuple[int, int]:
    """Give the leads back to whose they were; one that somebody gave on or decided since stays. (back, stayed)"""
    if not by.may("leads.act_on_any"):
        raise Forbidden("Only heads and administrators reassign leads.")
    back = sum(_take_back(one, by, moment) for one in sorted(given, key=lambda one: one.lead))
    return back, len(given) - back


@transaction.atomic
def _take_back(given: Given, by: User, moment: datetime) -> bool:
    former = None if given.before is None else routing.hold(User(pk=given.before))
    lead = Lead.objects.lock(given.lead)
    last = Assignment.objects.filter(lead=lead).order_by("-pk").first()
    if last is None or last.pk != given.assignment or last.by_id != by.pk or moment - last.at > WITHIN:
        return False
    if lead.stage_since > last.at:
        return False
    if former is None:
        handover_ends.end(lead, Handover.Ending.REASSIGNED, change=None, moment=moment)
        routing.assign(lead, None, rule="released", by=by, moment=moment)
        return True
    if not (former.is_active and former.is_sales):
        return False
    handover.reassign(lead.pk, to=former, by=by, moment=moment)
    return True
