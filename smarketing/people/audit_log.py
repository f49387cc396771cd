"""Settings, audit log: who did what to what, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import get_current_timezone
from django.views.decorators.http import require_safe

from smarketing.foundation.models import AuditEvent, Calendar, Team, User
from smarketing.foundation.paging import Page, page_by_time
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request
from smarketing.people.rules import people_of

SYSTEM = "system"
OFFERED = 500
ACTIONS = {
    "user.created": "Added a person",
    "user.invited": "Sent a new invitation",
    "user.changed": "Changed a person",
    "user.deactivated": "Deactivated a person",
    "user.reactivated": "Reactivated a person",
    "user.leads_given": "Gave a person’s leads away",
    "alias.claimed": "Said who a name in files is",
    "absence.added": "Entered leave",
    "absence.removed": "Removed leave",
    "team.created": "Made a team",
    "team.changed": "Changed a team",
    "team.removed": "Removed a team",
    "api_key.issued": "Made an API key",
    "api_key.revoked": "Revoked an API key",
    "calendar.created": "Made a calendar",
    "calendar.changed": "Changed a calendar",
    "calendar.removed": "Removed a calendar",
    "organisation.founded": "Founded the organisation",
    "organisation.changed": "Changed the organisation",
    "campaign.created": "Made a campaign",
    "campaign.changed": "Renamed a campaign or changed its channel",
    "cost.added": "Entered a cost",
    "cost.removed": "Removed a cost",
    "lead.facts_corrected": "Corrected facts of a lead",
    "account.facts_corrected": "Corrected facts of a company",
    "leads.exported": "Exported a list of leads",
    "leads.bulk_claim": "Claimed several leads",
    "leads.bulk_qualify": "Handed several leads over",
    "leads.bulk_reassign": "Re-assigned several leads",
    "leads.bulk_recycle": "Returned several leads to nurture",
    "leads.bulk_disqualify": "Disqualified several leads",
    "leads.bulk_undone": "Took an act on several leads back",
    "definition.drafted": "Began a draft of the definitions",
    "definition.edited": "Changed the draft of the definitions",
    "definition.proposed": "Proposed definitions",
    "definition.signed": "Signed definitions",
    "definition.sent_back": "Sent definitions back",
    "definition.commented": "Commented on definitions",
    "definition.withdrawn": "Withdrew definitions",
    "import.undone": "Took an import back",
    "demo.seeded": "Made the demo company",
}
NAMED: dict[str, type[User | Team | Calendar]] = {
    "foundation.user": User,
    "foundation.team": Team,
    "foundation.calendar": Calendar,
}
PAGES = {
    "foundation.user": "person",
    "foundation.team": "team",
    "foundation.calendar": "sla:calendar",
    "leads.lead": "leads:detail",
    "leads.account": "leads:account",
    "leads.campaign": "leads:campaign",
    "leads.definition": "leads:definition",
}
KINDS = {
    "apikey": "API key",
    "organisation": "Organisation",
    "personalias": "Name in files",
    "importbatch": "Import",
    "bulkact": "Act",
}


@dataclass(frozen=True)
class Entry:
    event: AuditEvent
    what: str
    about: str
    url: str
    fields: str


class Filters(forms.Form):
    """What the address says; a value nobody knows is ignored rather than refused."""

    by = forms.ChoiceField(label="Who", required=False)
    action = forms.ChoiceField(label="What", required=False)
    since = forms.DateField(label="Since", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="Until", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    about = forms.RegexField(
        r"^[a-z]+\.[a-z]+:\d{1,18}$", required=False, widget=forms.HiddenInput, max_length=60
    )

    def __init__(self, data: Any, *, people: QuerySet[User]) -> None:
        super().__init__(data, auto_id="filter-%s")
        listed = people.exclude(email=None).order_by("name", "pk").only("name", "email")[:OFFERED]
        everybody = [("", "Anybody"), (SYSTEM, "The system"), *((str(one.pk), str(one)) for one in listed)]
        self.fields["by"].choices = everybody  # type: ignore[attr-defined]
        self.fields["action"].choices = [("", "Anything"), *ACTIONS.items()]  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def given(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value}

    def apply(self, events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        given = self.given
        if who := given.get("by"):
            events = events.filter(by=None if who == SYSTEM else int(who))
        if action := given.get("action"):
            events = events.filter(action=action)
        if since := given.get("since"):
            events = events.filter(at__gte=_midnight(since))
        if until := given.get("until"):
            events = events.filter(at__lt=_midnight(until + timedelta(days=1)))
        if about := given.get("about"):
            kind, _, pk = about.partition(":")
            events = events.filter(object_type=kind, object_id=pk)
        return events


def _midnight(day) -> datetime:
    return datetime.combine(day, time(), get_current_timezone())


@requires("people.manage_team")
@require_safe
def audit_log(request: Request) -> HttpResponse:
    """What everybody did; a head reads what the own team did, and what was done to its people."""
    people = people_of(request.user)
    filters = Filters(request.GET, people=people)
    events = filters.apply(visible_to(request.user, people)).select_related("by")
    page = page_by_time(events, "at", cursor=request.GET.get("cursor"))
    shown = [{"label": "When"}, {"label": "Who"}, {"label": "What"}, {"label": "About"}, {"label": "From"}]
    context = {
        "form": filters,
        "page": page,
        "entries": list(_entries(page)),
        "words": "",
        "clear_url": reverse("audit_log") if filters.given else "",
        "columns": shown,
    }
    return render(request, "settings/audit_log.html", context)


def visible_to(user: User, people: QuerySet[User]) -> QuerySet[AuditEvent]:
    if user.may("people.manage_all"):
        return AuditEvent.objects.all()
    members = list(people.values_list("pk", flat=True))
    about_them = Q(object_type="foundation.user", object_id__in=[str(pk) for pk in members])
    return AuditEvent.objects.filter(Q(by__in=members) | about_them)


def _entries(page: Page) -> Iterable[Entry]:
    names = {kind: _names(page, kind, model) for kind, model in NAMED.items()}
    for event in page.rows:
        known = names.get(event.object_type, {}).get(event.object_id, "")
        gone = event.object_type in NAMED and not known
        yield Entry(
            event,
            ACTIONS.get(event.action, event.action.replace("_", " ").replace(".", ": ").capitalize()),
            known or _numbered(event),
            "" if gone else _url(event),
            ", ".join(field.replace("_", " ") for field in event.fields),
        )


def _names(page: Page, kind: str, model: type[User | Team | Calendar]) -> dict[str, str]:
    """What these objects are called now: one query for each kind that is on the page."""
    pks = [int(event.object_id) for event in page.rows if event.object_type == kind]
    return {str(row.pk): str(row) for row in model.objects.filter(pk__in=pks)} if pks else {}


def _numbered(event: AuditEvent) -> str:
    kind = event.object_type.rpartition(".")[2]
    if not kind or kind == "organisation":
        return KINDS.get(kind, "")
    return f"{KINDS.get(kind, kind.capitalize())} {event.object_id}"


def _url(event: AuditEvent) -> str:
    name = PAGES.get(event.object_type)
    return reverse(name, args=[event.object_id]) if name else ""
