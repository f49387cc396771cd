"""Saving a list as a view, changing it, and taking it back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_POST

from leads.lists import views
from leads.models import SavedView
from leads.pages.asked import asked_for
from leads.pages.listing import view_url
from smarketing.foundation.requests import Request


@require_POST
def save(request: Request) -> HttpResponse:
    """Keep what the list shows under a name."""
    base = _view_of(request)
    view = views.save(
        request.user,
        request.POST.get("name", ""),
        _query(request),
        columns=base.columns if base else [],
        shared="shared" in request.POST,
    )
    messages.success(request, f"Saved as “{view}”.")
    return redirect(view_url(view))


@require_POST
def change(request: Request, pk: int) -> HttpResponse:
    """Rename it, pin it, share it, or let it show what the list shows now: whichever button was pressed."""
    view, act = _own(request, pk), request.POST.get("act", "")
    views.ensure_may_change(request.user, view)
    if act == "update":
        views.update(view, _query(request), by=request.user)
        messages.success(request, f"“{view}” now shows this list.")
    elif act in ("pin", "unpin"):
        views.pin(view, act == "pin", by=request.user)
    elif act in ("share", "unshare"):
        view.team_id = None
        if act == "share":
            views.share(view, by=request.user)
        view.save(update_fields=["team"])
        messages.success(
            request, f"Your team has “{view}” too." if act == "share" else f"“{view}” is yours alone."
        )
    else:
        views.rename(view, request.POST.get("name", ""), by=request.user)
    return redirect(view_url(view))


@require_POST
def remove(request: Request, pk: int) -> HttpResponse:
    view = _own(request, pk)
    views.remove(view, by=request.user)
    undo_url = reverse("leads:restore_view", args=[view.pk])
    said = render_to_string(
        "leads/_message.html", {"sentence": f"“{view}” is deleted.", "undo_url": undo_url}, request
    )
    messages.success(request, said)
    return redirect("leads:list")


@require_POST
def restore(request: Request, pk: int) -> HttpResponse:
    try:
        return redirect(view_url(views.restore(pk, by=request.user)))
    except SavedView.DoesNotExist:
        raise Http404 from None


@require_POST
def columns(request: Request) -> HttpResponse:
    """Which columns, and in which order; a press on an arrow moves one."""
    names = request.POST.getlist("column")
    if up := request.POST.get("up"):
        names = _moved(names, up)
    views.set_columns(request.user, _view_of(request), names)
    query = _query(request)
    view = request.POST.get("view", "")
    back = QueryDict(query, mutable=True)
    if view:
        back["view"] = view
    return redirect(f"{reverse('leads:list')}?{back.urlencode()}" if back else "leads:list")


def _moved(names: list[str], name: str) -> list[str]:
    """One place nearer to the start."""
    here = names.index(name) if name in names else 0
    if here:
        names[here - 1 : here + 1] = names[here], names[here - 1]
    return names


def _own(request: Request, pk: int) -> SavedView:
    view = views.visible_to(request.user).exclude(name="").filter(pk=pk).first()
    if view is None:
        raise Http404
    return view


def _view_of(request: Request) -> SavedView | None:
    pk = request.POST.get("view", "")
    known = pk.isascii() and pk.isdecimal() and len(pk) < 19
    return views.visible_to(request.user).exclude(name="").filter(pk=int(pk)).first() if known else None


def _query(request: Request) -> str:
    """The list that the form stands on, as an address says it once it is read."""
    data = QueryDict(request.POST.get("query", "")[:2000])
    return asked_for(data, request.user, now()).query[:2000]
