"""The list as a file: what the page would show, row by row, however long it is."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from leads import custom_fields
from leads.buying import role_words
from leads.models import CustomField, Lead
from leads.pages.asked import Asked, asked_for
from smarketing.foundation import audit
from smarketing.foundation.csvs import neutralise
from smarketing.foundation.models import User
from smarketing.foundation.requests import Request

PORTION = 1_000
HEAD = [
    "id",
    "first name",
    "last name",
    "e-mail",
    "phone",
    "job title",
    "buying role",
    "company",
    "industry",
    "employees",
    "revenue band",
    "company country",
    "country",
    "consent",
    "stage",
    "standing",
    "in stage since",
    "owner",
    "campaign",
    "channel",
    "medium",
    "content",
    "born",
    "last worked on",
    "returns on",
]


@require_safe
@reauthentication_required
def export(request: Request) -> HttpResponseBase:
    """All leads of this list that the person may see, in its order; times in the reader's zone.

    Whoever typed their password long ago types it again: a file of people leaves the house.
    """
    asked = asked_for(request.GET, request.user, now())
    audit.record("leads.exported", by=request.user, fields=sorted(asked.reading.params))
    lines = _lines(asked, request.user, timezone.get_current_timezone())
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="leads-{timezone.localdate():%Y-%m-%d}.csv"'
    return response


class _Echo:
    """A file that hands each line back, for a writer whose lines are sent as they come."""

    def write(self, line: str) -> str:
        return line


def _lines(asked: Asked, user: User, zone: Any) -> Iterator[str]:
    """Portion by portion, each its own query: no long transaction, no list in memory."""
    writer = csv.writer(_Echo())
    own = list(custom_fields.by_name().items())
    yield writer.writerow([*HEAD, *(name for name, _ in own)])  # so that the file can come in again
    leads = asked.leads(user).select_related("account", "owner", "campaign", "channel")
    cursor: str | None = None
    while True:
        page = asked.page(leads, cursor, size=PORTION)
        for lead in page.rows:
            cells = [*_cells(lead, zone), *(_own(field, lead) for _, field in own)]
            yield writer.writerow([neutralise(cell) for cell in cells])
        cursor = page.older
        if cursor is None:
            return


def _own(field: CustomField, lead: Lead) -> str | Decimal:
    """As it may come in again; a number is one, so that its sign is taken for no formula."""
    values = lead.custom if field.entity == CustomField.Entity.LEAD else lead.account and lead.account.custom
    text = custom_fields.typed((values or {}).get(field.key))
    return Decimal(text) if text and field.kind == CustomField.Kind.NUMBER else text


def _cells(lead: Lead, zone: Any) -> list[Any]:
    account = lead.account
    moments = [lead.stage_since, lead.born_at, lead.worked_at]
    since, born, worked = (at.astimezone(zone).isoformat(timespec="minutes") if at else "" for at in moments)
    return [
        lead.pk,
        lead.first_name,
        lead.last_name,
        lead.email,
        lead.phone,
        lead.job_title,
        role_words(lead.buying_role),
        str(account or ""),
        account.industry if account else "",
        account.employees if account else None,
        account.get_revenue_band_display() if account else "",
        account.country if account else "",
        lead.country,
        lead.get_consent_display(),
        lead.stage,
        lead.standing,
        since,
        str(lead.owner or ""),
        str(lead.campaign or ""),
        str(lead.channel or ""),
        lead.medium,
        lead.content,
        born,
        worked,
        lead.return_on.isoformat() if lead.return_on else "",
    ]
