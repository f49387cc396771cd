"""Settings: who is away when. Leave is no working time, and nobody away is handed a lead."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_POST

from leads.pages.fields import Day, PlainWords
from sla.calendar_words import hours_words
from smarketing.foundation import audit
from smarketing.foundation.models import Absence, User
from smarketing.foundation.refusals import Forbidden
from smarketing.foundation.requests import Request

PAST_SHOWN = 100
COMING_SHOWN = 500
LONGEST = 365  # days: whoever is away longer is better set inactive
FARTHEST = 3 * 365
BEGUN = "Leave that has begun is changed by your head of team or an administrator: deadlines were kept by it."


class AbsenceForm(PlainWords, forms.ModelForm):
    starts_on = Day(label="First day")
    ends_on = Day(label="Last day")

    class Meta:
        model = Absence
        fields = ("user", "starts_on", "ends_on")
        labels = {"user": "Who"}

    def __init__(self, data: Any = None, *, by: User) -> None:
        super().__init__(data, initial={"user": by.pk})
        self.by = by
        self.fields["user"].queryset = people_of(by).order_by("name", "pk")
        self.fields["user"].empty_label = None
        if not manages(by):
            del self.fields["user"]
            self.instance.user = by

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last, today = given.get("starts_on"), given.get("ends_on"), localdate()
        if first is None or last is None:
            return given
        if last < first:
            self.add_error("ends_on", f"The last day is before the first. Choose {first} or a later one.")
        elif (last - first).days >= LONGEST:
            self.add_error("ends_on", "This is more than a year. Enter a year at most.")
        if abs((first - today).days) > FARTHEST:
            self.add_error("starts_on", "Choose a day within three years of today.")
        elif not manages(self.by) and first < today:
            self.add_error("starts_on", f"Choose today or a later day. {BEGUN}")
        if not self.errors:
            self._check_overlap(given.get("user") or self.by, first, last)
        return given

    def _check_overlap(self, user: User, first: date, last: date) -> None:
        known = Absence.objects.filter(user=user, starts_on__lte=last, ends_on__gte=first).first()
        if known:
            whose = "You are" if user == self.by else f"{user} is"
            self.add_error(
                None,
                f"{whose} away from {known.starts_on} to {known.ends_on} already. Choose other days, "
                "or remove that leave first.",
            )

    @transaction.atomic
    def save_by(self, by: User) -> Absence:
        leave = self.save()
        audit.record("absence.added", by=by, about=leave)
        return leave


@require_http_methods(["GET", "HEAD", "POST"])
def absences(request: Request) -> HttpResponse:
    """One's own leave, as a head that of the team, as an administrator everybody's; posting adds some."""
    form = AbsenceForm(request.POST if request.method == "POST" else None, by=request.user)
    if request.method == "POST" and form.is_valid():
        leave = form.save_by(request.user)
        messages.success(request, f"{_whose(leave, request.user)} leave is entered.")
        return redirect("sla:absences")
    today = localdate()
    rows = Absence.objects.filter(user__in=people_of(request.user)).select_related("user")
    coming = rows.filter(ends_on__gte=today).order_by("starts_on", "pk")[:COMING_SHOWN]
    past = rows.filter(ends_on__lt=today).order_by("-ends_on", "-pk")[:PAST_SHOWN]
    manager = manages(request.user)
    context = {
        "form": form,
        "coming": [(row, row.starts_on <= today, manager or row.starts_on > today) for row in coming],
        "past": past,
        "manages": manager,
        "hours": hours_words([request.user.pk])[request.user.pk],
    }
    return render(request, "settings/absences.html", context, status=422 if form.is_bound else 200)


@require_POST
@transaction.atomic
def remove_absence(request: Request, pk: int) -> HttpResponse:
    """Take leave back; one's own only before it has begun."""
    rows = Absence.objects.filter(user__in=people_of(request.user, also_gone=True))
    leave = get_object_or_404(rows.select_related("user").select_for_update(of=("self",)), pk=pk)
    if not manages(request.user) and leave.starts_on <= localdate():
        raise Forbidden(BEGUN)
    audit.record("absence.removed", by=request.user, about=leave)
    leave.delete()
    messages.success(request, f"{_whose(leave, request.user)} leave was removed.")
    return redirect("sla:absences")


def manages(user: User) -> bool:
    """Whether somebody enters leave for others too."""
    return user.may("people.manage_team")


def people_of(user: User, *, also_gone: bool = False) -> QuerySet[User]:
    """Whose leave this person sees and enters."""
    people = User.objects.all() if also_gone else User.objects.filter(is_active=True)
    if user.may("people.manage_all"):
        return people
    own = Q(pk=user.pk)
    if manages(user) and user.team_id is not None:
        own |= Q(team=user.team_id)
    return people.filter(own)


def _whose(leave: Absence, reader: User) -> str:
    return "Your" if leave.user_id == reader.pk else f"{leave.user}’s"
