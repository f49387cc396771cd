"""Settings, teams: their side, who is in them, by which calendar they work."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from leads.pages.fields import PlainWords
from smarketing.foundation import audit
from smarketing.foundation.models import Calendar, Team, User
from smarketing.foundation.permissions import requires
from smarketing.foundation.refusals import Forbidden, Refusal
from smarketing.foundation.requests import Request
from smarketing.people.rules import teams_open_to

NAME_TAKEN = "There is a team of this name already. Choose another."
FACES = 8  # of a team, in the list


class TeamForm(PlainWords, forms.ModelForm):
    class Meta:
        model = Team
        fields = ("name", "function", "calendar")
        labels = {"function": "Works in"}
        error_messages = {"name": {"unique": NAME_TAKEN}}

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["calendar"].empty_label = "The organisation’s"
        self.fields["calendar"].queryset = Calendar.objects.order_by("name")
        self.fields["calendar"].required = False
        if not by.may("people.manage_all"):  # a head names the own team; hours are the administrator's
            del self.fields["function"], self.fields["calendar"]

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if Team.objects.filter(name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(NAME_TAKEN)
        return name

    def clean_function(self) -> str:
        function = self.cleaned_data["function"]
        # The form has not written anything onto the instance yet.
        if self.instance.pk and function != self.instance.function and self.instance.members.exists():
            raise forms.ValidationError(
                "The people of this team work on the other side. Move them to another team first."
            )
        return function

    @transaction.atomic
    def save_by(self, by: User) -> Team:
        is_new, changed = self.instance.pk is None, list(self.changed_data)
        team = self.save()
        if is_new or changed:
            audit.record("team.created" if is_new else "team.changed", by=by, about=team, fields=changed)
        return team


@requires("people.manage_team")
@require_http_methods(["GET", "HEAD", "POST"])
def teams(request: Request) -> HttpResponse:
    """The teams; posting makes one."""
    form = TeamForm(request.POST if request.method == "POST" else None, by=request.user)
    if request.method == "POST":
        if not request.user.may("people.manage_all"):
            raise Forbidden("Only an administrator makes teams.")
        if form.is_valid():
            messages.success(request, f"{form.save_by(request.user)} is there. Add its people next.")
            return redirect("teams")
    context = {
        "rows": _rows(teams_open_to(request.user)),
        "faces": FACES,
        "form": form if request.user.may("people.manage_all") else None,
        "columns": [{"label": label} for label in ("Team", "Works in", "People", "Calendar")],
    }
    return render(request, "settings/teams.html", context, status=422 if form.is_bound else 200)


def _rows(found: QuerySet[Team]) -> list[Team]:
    here = User.objects.filter(is_active=True).order_by("name", "pk")
    counted = Count("members", filter=Q(members__is_active=True))
    teams = found.select_related("calendar").annotate(here=counted)
    return list(teams.prefetch_related(Prefetch("members", here, to_attr="people")))


@requires("people.manage_team")
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: Request, pk: int) -> HttpResponse:
    one = get_object_or_404(teams_open_to(request.user), pk=pk)
    name = one.name
    form = TeamForm(request.POST if request.method == "POST" else None, instance=one, by=request.user)
    if request.method == "POST" and form.is_valid():
        messages.success(request, f"{form.save_by(request.user)} is saved.")
        return redirect("teams")
    members = one.members.order_by("-is_active", "name", "pk")
    context = {
        "team": one,
        "name": name,
        "form": form,
        "members": [member for member in members[:200] if member.is_active],
        "gone": members.filter(is_active=False).count(),
        "may_remove": request.user.may("people.manage_all") and not members.exists(),
    }
    return render(request, "settings/team.html", context, status=422 if form.is_bound else 200)


@requires("people.manage_all")
@require_POST
@transaction.atomic
def remove_team(request: Request, pk: int) -> HttpResponse:
    """Remove a team in which nobody is, nor was: whoever left keeps the team on record."""
    one = get_object_or_404(Team.objects.select_for_update(), pk=pk)
    if n := one.members.count():
        people = "person is" if n == 1 else "people are"
        raise Refusal(f"{n} {people} in {one}, inactive ones included. Move them to another team first.")
    audit.record("team.removed", by=request.user, about=one)
    one.delete()
    messages.success(request, f"{one.name} was removed.")
    return redirect("teams")
