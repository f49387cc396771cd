"""What a person was told about promises, newest first, and how each of them stands now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import localtime, now
from django.views.decorators.http import require_POST, require_safe

from leads.models import Lead
from sla.alerts import mark_read
from sla.models import Alert, Deadline
from sla.statuses import Status, status_of
from smarketing.foundation.paging import Page, page_by_time
from smarketing.foundation.requests import Request

NEWEST = 40  # alerts of the panel; its link has all of them


@dataclass(frozen=True)
class Item:
    """One alert as the page shows it. `lead` is None where it is no longer this person's to see."""

    alert: Alert
    lead: Lead | None
    title: str
    meanwhile: str


@dataclass(frozen=True)
class Told:
    """What a person was told about one lead, newest first; a bundle stands for itself."""

    items: list[Item]

    @property
    def first(self) -> Item:
        return self.items[0]

    @property
    def unread(self) -> list[int]:
        return [item.alert.pk for item in self.items if item.alert.read_at is None]

    @property
    def broken(self) -> bool:
        return any(item.alert.broken for item in self.items)


@require_safe
def alerts(request: Request) -> HttpResponse:
    moment = now()
    page = page_by_time(_own(request), "created_at", cursor=request.GET.get("cursor"))
    context = {
        "page": page,
        "groups": _groups(request, page, moment),
        "moment": moment,
        "words": "",
        "any_unread": any(alert.read_at is None for alert in page.rows),
        "cursor": request.GET.get("cursor", ""),
    }
    return render(request, "sla/alerts.html", context)


@require_safe
def alerts_panel(request: Request) -> HttpResponse:
    """The newest of them by lead, for the panel of every page."""
    moment = now()
    found = list(_own(request).order_by("-id")[:NEWEST])
    visible = _visible(request, found)
    by_lead: dict[object, list[Item]] = {}
    for alert in found:
        key = (alert.pk,) if alert.is_bundle else alert.deadline.clock.lead_id
        by_lead.setdefault(key, []).append(_item(alert, visible, moment))
    told = [Told(items) for items in by_lead.values()]
    context = {"told": told, "moment": moment, "any_unread": any(one.unread for one in told)}
    return render(request, "sla/_alerts_panel.html", context)


@require_POST
def read_alert(request: Request, pk: int) -> HttpResponse:
    """Mark one alert of this person as read; anybody else's answers 404."""
    if not Alert.objects.filter(pk=pk, recipient=request.user).exists():
        raise Http404
    mark_read(request.user, [pk], moment=now())
    return _back(request)


@require_POST
def read_alerts(request: Request) -> HttpResponse:
    """Mark all alerts of this person as read, or those that are named."""
    named = [int(pk) for pk in request.POST.getlist("alert") if pk.isdecimal() and len(pk) < 19]
    mark_read(request.user, named or None, moment=now())
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Trigger": "alerts-read"})
    return _back(request)


def _own(request: Request) -> QuerySet[Alert]:
    return Alert.objects.filter(recipient=request.user).select_related(
        "deadline__clock__commitment", "deadline__clock__owner", "deadline__clock__lead__account"
    )


def _back(request: Request) -> HttpResponse:
    cursor = request.POST.get("cursor", "")
    query = f"?{urlencode({'cursor': cursor})}" if cursor else ""
    return redirect(f"{reverse('sla:alerts')}{query}")


def _groups(request: Request, page: Page, moment: datetime) -> list[tuple[str, list[Item]]]:
    visible = _visible(request, page.rows)
    today = localtime(moment).date()
    groups: dict[str, list[Item]] = {}
    for alert in page.rows:
        title = "Today" if localtime(alert.created_at).date() == today else "Earlier"
        groups.setdefault(title, []).append(_item(alert, visible, moment))
    return list(groups.items())


def _visible(request: Request, rows: list[Alert]) -> set[int]:
    """A lead may have gone to another team since; its name then stays with those who may read it."""
    leads = {alert.deadline.clock.lead_id for alert in rows}
    return set(Lead.objects.visible_to(request.user).filter(pk__in=leads).values_list("pk", flat=True))


def _item(alert: Alert, visible: set[int], moment: datetime) -> Item:
    clock = alert.deadline.clock
    if alert.is_bundle:
        return Item(alert, None, bundle_words(alert), "")
    broken = alert.deadline.kind == Deadline.Kind.BREACH
    title = f"{clock.commitment}: {'broken' if broken else 'about to break'}"
    return Item(alert, clock.lead if clock.lead_id in visible else None, title, _meanwhile(alert, moment))


def bundle_words(alert: Alert) -> str:
    """Many deadlines that passed at once: "37 promises: 30 broken, 7 due soon"."""
    soon = alert.many - alert.broken
    parts = [f"{n:,} {words}" for n, words in ((alert.broken, "broken"), (soon, "due soon")) if n]
    return f"{alert.many:,} promises: {', '.join(parts)}"


def _meanwhile(alert: Alert, moment: datetime) -> str:
    """What changed since the person was told; empty while it is as it was."""
    clock = alert.deadline.clock
    if clock.voided_at is not None:
        return "The move that started this was taken back."
    status = status_of(clock, moment)
    if status == Status.KEPT:
        return "Kept meanwhile."
    if status == Status.EXCUSED:
        return "Excused meanwhile."
    if clock.stopped_at is not None and clock.stopped_at <= moment:
        return "Done meanwhile, too late."
    if status == Status.BROKEN and alert.deadline.kind == Deadline.Kind.WARNING:
        return "Broken since."
    return ""
