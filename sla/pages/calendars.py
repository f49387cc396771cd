"""Settings: by which hours the organisation, teams and people work."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from zoneinfo import available_timezones

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_POST

from sla.calendar_words import words
from sla.calendars import basis_of
from sla.pages.calendar_forms import AssignmentForm, CalendarForm, NewCalendarForm, PersonForm, give
from sla.pages.hours_text import WEEKDAYS, exceptions_text, hours_text
from smarketing.foundation import audit
from smarketing.foundation.models import Calendar, Organisation, Team, User
from smarketing.foundation.permissions import requires
from smarketing.foundation.public_holidays import countries, public_holidays, subdivisions
from smarketing.foundation.refusals import Forbidden, Refusal
from smarketing.foundation.requests import Request

FOLLOWS = "Deadlines that run are reckoned anew."


@requires("calendars.read")
@require_http_methods(["GET", "HEAD", "POST"])
def calendars(request: Request) -> HttpResponse:
    """All calendars and who works by which; posting makes a new one."""
    form = NewCalendarForm(_posted(request), initial={"time_zone": Organisation.get().time_zone})
    if request.method == "POST":
        ensure_may_write(request.user)
        if form.is_valid():
            return redirect("sla:calendar", form.save_by(request.user).pk)
    return render(request, "settings/calendars.html", overview(request, new=form), status=_status(form))


@requires("calendars.write")
@require_POST
def assign(request: Request) -> HttpResponse:
    """The organisation's and the teams' calendars."""
    form = AssignmentForm(request.POST, calendars=_calendars(), teams=_teams())
    if not form.is_valid():
        return render(request, "settings/calendars.html", overview(request, assignment=form), status=422)
    changed = form.save_by(request.user)
    if changed:
        messages.success(request, f"Saved. {FOLLOWS}")
    return redirect("sla:calendars")


@requires("calendars.write")
@require_POST
def assign_person(request: Request) -> HttpResponse:
    """A calendar of one's own for one person."""
    form = PersonForm(request.POST)
    if not form.is_valid():
        return render(request, "settings/calendars.html", overview(request, person=form), status=422)
    person = form.save_by(request.user)
    messages.success(request, f"{person} works by {person.calendar}. {FOLLOWS}")
    return redirect("sla:calendars")


@requires("calendars.write")
@require_POST
def release_person(request: Request, pk: int) -> HttpResponse:
    """Back to the calendar of the team, else of the organisation."""
    person = get_object_or_404(User, pk=pk)
    if person.calendar_id is not None:
        give(person, None, by=request.user)
        messages.success(request, f"{person} works by the team's calendar again. {FOLLOWS}")
    return redirect("sla:calendars")


@requires("calendars.read")
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def calendar(request: Request, pk: int) -> HttpResponse:
    """One calendar: heads read it, an administrator changes it; `preview` shows holidays without saving."""
    rows = Calendar.objects.select_for_update() if request.method == "POST" else Calendar.objects.all()
    one = get_object_or_404(rows, pk=pk)
    name = one.name
    if request.method == "POST":
        ensure_may_write(request.user)
    form = CalendarForm(_posted(request), instance=one)
    previewed = "preview" in request.POST
    if request.method == "POST" and not previewed and form.is_valid():
        form.save_by(request.user)
        messages.success(request, " ".join([f"{one} is saved.", *form.remarks(), FOLLOWS]))
        return redirect("sla:calendar", pk)
    place = _place(form)
    context = {
        "calendar": one,
        "name": name,
        "form": form if request.user.may("calendars.write") else None,
        "zones": _zones(),
        "days": [(day, hours_text(one.hours().get(number, []))) for number, day in enumerate(WEEKDAYS)],
        "exceptions": exceptions_text(one.special_hours()).splitlines(),
        "holidays": _holidays(*place) if place else None,
        "place": place
        and ", ".join(filter(None, [countries()[place[0]], subdivisions(place[0]).get(place[1])])),
        "year": localdate().year,
        **usage_of(one),
    }
    status = 422 if request.method == "POST" and not previewed else 200
    return render(request, "settings/calendar.html", context, status=status)


@requires("calendars.write")
@require_POST
@transaction.atomic
def remove_calendar(request: Request, pk: int) -> HttpResponse:
    """Remove a calendar that nobody works by."""
    one = get_object_or_404(Calendar.objects.select_for_update(), pk=pk)
    users = [*Organisation.objects.filter(calendar=one), *Team.objects.filter(calendar=one)]
    users += User.objects.filter(calendar=one)[:2]
    if users:
        raise Refusal(f"{users[0]} works by “{one}”. Choose another calendar there first.")
    audit.record("calendar.removed", by=request.user, about=one)
    one.delete()
    messages.success(request, f"“{one.name}” was removed.")
    return redirect("sla:calendars")


def ensure_may_write(user: User) -> None:
    if not user.may("calendars.write"):
        raise Forbidden("Only an administrator changes calendars.")


def overview(
    request: Request,
    *,
    new: NewCalendarForm | None = None,
    assignment: AssignmentForm | None = None,
    person: PersonForm | None = None,
) -> dict[str, object]:
    """What the page of all calendars shows, with those forms that could not be saved."""
    may_write = request.user.may("calendars.write")
    rows, teams, organisation = _calendars(), _teams(), Organisation.get()
    by_calendar = defaultdict(list)
    for team in teams:
        by_calendar[team.calendar_id].append(team)
    own = User.objects.exclude(calendar=None).filter(is_active=True)
    people = own.select_related("calendar").order_by("name", "pk")[:200]
    return {
        "rows": [
            (row, words(basis_of(row)), row.pk == organisation.calendar_id, by_calendar[row.pk])
            for row in rows
        ],
        "teams": teams,
        "people": people,
        "new": new or NewCalendarForm(initial={"time_zone": organisation.time_zone}),
        "assignment": assignment or AssignmentForm(calendars=rows, teams=teams),
        "person": (person or PersonForm()) if may_write else None,
        "zones": _zones(),
        "may_write": may_write,
    }


def usage_of(one: Calendar) -> dict[str, object]:
    counts = User.objects.aggregate(own=Count("pk", filter=Q(calendar=one, is_active=True)))
    teams = Team.objects.filter(calendar=one).order_by("name")
    return {
        "of_organisation": Organisation.get().calendar_id == one.pk,
        "of_teams": teams,
        "of_people": counts["own"],
    }


def _calendars() -> list[Calendar]:
    used = Count("user", filter=Q(user__is_active=True))
    return list(Calendar.objects.annotate(people=used).order_by("name"))


def _teams() -> list[Team]:
    return list(Team.objects.select_related("calendar").order_by("name"))


def _zones() -> list[str]:
    return sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")


def _place(form: CalendarForm) -> tuple[str, str] | None:
    """Country and region as they stand in the form, where both are known."""
    country = form["holiday_country"].value() or ""
    region = form["holiday_subdivision"].value() or ""
    if country not in countries() or (region and region not in subdivisions(country)):
        return None
    return country, region


def _holidays(country: str, region: str) -> list[tuple[date, str]]:
    year = localdate().year
    return [*public_holidays(country, region, year, year).items()]


def _posted(request: Request):
    return request.POST if request.method == "POST" else None


def _status(form: NewCalendarForm) -> int:
    return 422 if form.is_bound else 200
