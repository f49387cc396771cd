"""Who would be an MQL but for one thing: by what is missing, the most promising first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import connection
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from leads import definitions
from leads.criteria import Criterion, criteria_of
from leads.models import Lead, LeadScore
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request

COUNTED = 1_000  # leads of one group are counted up to so many
SHOWN = 5  # of each group, here


@dataclass(frozen=True)
class Group:
    """Leads that lack the same thing; `criterion` is None of those that lack nothing."""

    criterion: Criterion | None
    n: int
    leads: list[Lead]
    url: str

    @property
    def rows(self) -> list[tuple[Lead, str]]:
        """Each lead, and the form in which the missing fact is entered."""
        return [(lead, _form_of(self.criterion, lead)) for lead in self.leads]

    @property
    def count(self) -> str:
        return f"{min(self.n, COUNTED):,}{'+' if self.n > COUNTED else ''}"

    @property
    def title(self) -> str:
        """ "12 leads lack only one fact: Employees"."""
        one = self.n == 1
        who = f"{self.count} lead{'' if one else 's'}"
        if self.criterion is None:
            return f"{who} meet{'s' if one else ''} every criterion already"
        if self.criterion.nearly is not None:
            return f"{who} {'is' if one else 'are'} one touch short: {self.criterion.words}"
        lacks = f"{who} lack{'s' if one else ''} only one"
        return f"{lacks} {'fact' if self.criterion.fact else 'thing'}: {self.criterion.label}"

    @property
    def more(self) -> bool:
        return self.n > len(self.leads)


@requires("leads.qualify")
@require_safe
def near_misses(request: Request) -> HttpResponse:
    in_force = definitions.in_force(now())
    criteria = criteria_of(in_force.document)
    ready, *groups = _groups(criteria)
    groups = sorted((group for group in groups if group.n), key=lambda group: -group.n)
    context = {
        "version": in_force.version,
        "mql": in_force.document.stages["mql"].name,
        "ready": ready if ready.n else None,
        "groups": groups,
    }
    return render(request, "leads/near_misses.html", context)


def _groups(criteria: Sequence[Criterion]) -> list[Group]:
    """Those that lack nothing first, then by criterion; two queries, however many leads there are."""
    lacking = {LeadScore.NOTHING: None, **{one.key: one for one in criteria}}
    with connection.cursor() as cursor:
        cursor.execute(FOUND, [COUNTED + 1, SHOWN, list(lacking)])
        found = {key: (n, best or []) for key, n, best in cursor.fetchall()}
    pks = [pk for _, best in found.values() for pk in best]
    leads = Lead.objects.filter(pk__in=pks).select_related("account", "score").in_bulk()
    return [
        Group(one, found[key][0], [leads[pk] for pk in found[key][1] if pk in leads], _list_of(key))
        for key, one in lacking.items()
    ]


def _form_of(criterion: Criterion | None, lead: Lead) -> str:
    if criterion is None or not criterion.fact:
        return ""
    if criterion.fact.startswith("account.") and lead.account_id is not None:
        return reverse("leads:edit_account", args=[lead.account_id])
    return reverse("leads:edit", args=[lead.pk])


def _list_of(key: str) -> str:
    return f"{reverse('leads:list')}?{urlencode({'lacks': key, 'sort': '-score'})}"


# Served by the index on what is lacking: how many there are up to a bound, and the best of them.
FOUND = """
SELECT k.key, (SELECT count(*) FROM (
        SELECT 1 FROM leads_leadscore s JOIN leads_lead l ON l.id = s.lead_id
        WHERE s.lacks = k.key AND s.lacks <> '' AND l.stage = 'visitor' AND l.standing IN ('active', 'nurturing')
            AND l.merged_into_id IS NULL AND l.voided_at IS NULL LIMIT %s) c),
    (SELECT array_agg(b.lead_id ORDER BY b.total DESC, b.lead_id DESC) FROM (
        SELECT s.lead_id, s.total FROM leads_leadscore s JOIN leads_lead l ON l.id = s.lead_id
        WHERE s.lacks = k.key AND s.lacks <> '' AND l.stage = 'visitor' AND l.standing IN ('active', 'nurturing')
            AND l.merged_into_id IS NULL AND l.voided_at IS NULL ORDER BY s.total DESC, s.lead_id DESC LIMIT %s) b)
FROM unnest(%s::text[]) k (key)
"""
