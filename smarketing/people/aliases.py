"""Settings, names in files: who is meant by an owner's name that no import could place."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from leads.models import Lead
from smarketing.foundation.models import PersonAlias
from smarketing.foundation.paging import capped_count, page_by
from smarketing.foundation.permissions import requires
from smarketing.foundation.requests import Request
from smarketing.people import acts
from smarketing.people.forms import ClaimForm

COLUMNS: list[dict[str, object]] = [
    {"label": "Name in the file"},
    {"label": "Source"},
    {"label": "Means"},
    {"label": "Leads", "num": True},
    {"label": "Who it is", "hidden": True},
]


class Filters(forms.Form):
    q = forms.CharField(label="Name in the file", required=False, max_length=200)
    state = forms.ChoiceField(
        label="Means",
        required=False,
        choices=[("", "Nobody known yet"), ("known", "Somebody here"), ("any", "Any")],
    )

    def __init__(self, data) -> None:
        super().__init__(data, auto_id="filter-%s")
        self.fields["q"].widget.attrs.update({"type": "search", "placeholder": "Search"})
        self.is_valid()

    @property
    def given(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if value}


@requires("people.manage_all")
@require_safe
def aliases(request: Request) -> HttpResponse:
    filters = Filters(request.GET)
    given = filters.given
    found = PersonAlias.objects.filter(text__icontains=given.get("q", ""))
    if given.get("state") != "any":
        unknown = {"user__is_active": False, "user__email": None}
        found = found.exclude(**unknown) if given.get("state") == "known" else found.filter(**unknown)
    page = page_by(
        found.select_related("user").annotate(leads=_leads()),
        "text",
        cursor=request.GET.get("cursor"),
        ascending=True,
        kind=str,
    )
    total, more = capped_count(found)
    context = {
        "form": filters,
        "page": page,
        "words": f"{len(page.rows):,} of {total:,}{'+' if more else ''}" if total > len(page.rows) else "",
        "clear_url": reverse("aliases") if given else "",
        "columns": COLUMNS,
    }
    return render(request, "settings/aliases.html", context)


def _leads() -> Coalesce:
    of_user = Lead.objects.filter(owner=OuterRef("user")).order_by().values("owner")
    return Coalesce(Subquery(of_user.annotate(n=Count("pk")).values("n")), 0)


@requires("people.manage_all")
@require_http_methods(["GET", "HEAD", "POST"])
def alias(request: Request, pk: int) -> HttpResponse:
    """Say who a name is: files that use it mean that person from now on."""
    one = get_object_or_404(PersonAlias.objects.select_related("user"), pk=pk)
    unknown = not one.user.is_active and not one.user.email
    leads = Lead.objects.filter(owner=one.user).count() if unknown else 0
    form = ClaimForm(request.POST if request.method == "POST" else None, alias=one, leads=leads)
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["to"]
        with_leads = form.cleaned_data.get("with_leads", False)
        n = acts.claim(one, to=to, with_leads=with_leads, by=request.user)
        brought = f" {n:,} {'lead' if n == 1 else 'leads'} came along." if n else ""
        messages.success(request, f"“{one.text}” is {to} from now on.{brought}")
        return redirect("aliases")
    context = {"alias": one, "form": form, "leads": leads, "unknown": unknown}
    return render(request, "settings/alias.html", context, status=422 if form.errors else 200)
