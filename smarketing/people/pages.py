"""Settings, people: who works here, somebody new, and what each of them is here."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.giving import open_of
from leads.stages import Stage
from smarketing.foundation import presence
from smarketing.foundation.models import PersonAlias, User
from smarketing.foundation.paging import capped_count, page_by
from smarketing.foundation.permissions import requires
from smarketing.foundation.refusals import Forbidden, Refusal
from smarketing.foundation.requests import Request
from smarketing.people import acts
from smarketing.people.forms import LeaversForm, NewPersonForm, PersonForm
from smarketing.people.listing import Filters, with_state
from smarketing.people.rules import may_change, people_of, roles_open_to, teams_open_to

LINK_LIVES = timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
COLUMNS = ("Person", "Role", "Team", "State", "Last seen")


@requires("people.manage_team")
@require_safe
def people(request: Request) -> HttpResponse:
    """Everybody this person may look after: a head the own team, an administrator all."""
    filters = Filters(request.GET, teams=teams_open_to(request.user))
    found = filters.apply(with_state(people_of(request.user), localdate()))
    page = page_by(
        found.select_related("team"), "key", cursor=request.GET.get("cursor"), ascending=True, kind=str
    )
    total, more = capped_count(found)
    seen = presence.seen(page.rows)
    context = {
        "form": filters,
        "page": page,
        "rows": [(person, seen.get(person.pk)) for person in page.rows],
        "words": f"{len(page.rows):,} of {total:,}{'+' if more else ''}" if total > len(page.rows) else "",
        "clear_url": reverse("people") if filters.given else "",
        "columns": [{"label": label} for label in COLUMNS],
        "may_add": bool(roles_open_to(request.user)),
        "unclaimed": _unclaimed(request.user),
    }
    return render(request, "settings/people.html", context)


def _unclaimed(user: User) -> int:
    """How many names in files wait for somebody to say who they are."""
    if not user.may("people.manage_all"):
        return 0
    return PersonAlias.objects.filter(user__is_active=False, user__email=None).count()


@requires("people.manage_team")
@require_http_methods(["GET", "HEAD", "POST"])
def add_person(request: Request) -> HttpResponse:
    """Somebody new: the link to choose a password is shown once, and mailed."""
    if not roles_open_to(request.user):
        raise Forbidden("Nobody can be added to a team that you do not have. Ask an administrator.")
    form = NewPersonForm(request.POST if request.method == "POST" else None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            return _show_link(request, acts.invite(by=request.user, **form.values))
        except acts.Unfit as unfit:
            form.add_error(unfit.field if unfit.field in form.fields else None, str(unfit))
    return render(request, "settings/person_new.html", {"form": form}, status=422 if form.errors else 200)


def _show_link(request: Request, invited: acts.Invited) -> HttpResponse:
    context = {"person": invited.person, "link": invited.link, "until": now() + LINK_LIVES}
    return render(request, "settings/invited.html", context)


@requires("people.manage_team")
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: Request, pk: int) -> HttpResponse:
    """What somebody is here; posting changes it."""
    one = _found(request, pk)
    form = PersonForm(request.POST if request.method == "POST" else None, person=one, by=request.user)
    if request.method == "POST":
        if not may_change(request.user, one):
            raise Forbidden("Only an administrator changes this person.")
        if form.is_valid():
            try:
                if acts.change(one, by=request.user, **form.values):
                    messages.success(request, f"{form.cleaned_data['name']} is saved.")
                return redirect("person", pk)
            except acts.Unfit as unfit:
                form.add_error(unfit.field if unfit.field in form.fields else None, str(unfit))
    return render(
        request, "settings/person.html", _about(request, one, form), status=422 if form.errors else 200
    )


def _about(request: Request, one: User, form: PersonForm) -> dict[str, object]:
    stages = {f"{stage}": Count("pk", filter=Q(stage=stage)) for stage in list(Stage)[:4]}
    counts = open_of(one).aggregate(**stages)
    waits = one.is_active and not one.has_usable_password()
    expires = one.invited_at + LINK_LIVES if waits and one.invited_at else None
    return {
        "person": one,
        "form": form,
        "seen": presence.seen([one]).get(one.pk),
        "may_change": may_change(request.user, one),
        "is_self": one.pk == request.user.pk,
        "leads": [(stage, n) for stage, n in counts.items() if n],
        "open": sum(counts.values()),
        "expires": expires,
        "has_expired": expires is not None and expires < now(),
        "aliases": one.aliases.order_by("source", "text")[:20],
    }


@requires("people.manage_team")
@require_POST
def invite_again(request: Request, pk: int) -> HttpResponse:
    return _show_link(request, acts.invite_again(_found(request, pk), by=request.user))


@requires("people.manage_team")
@require_POST
def reactivate(request: Request, pk: int) -> HttpResponse:
    return _show_link(request, acts.reactivate(_found(request, pk), by=request.user))


@requires("people.manage_team")
@require_http_methods(["GET", "HEAD", "POST"])
def deactivate(request: Request, pk: int) -> HttpResponse:
    """End somebody's time here; where they own open leads, to whom these go."""
    return _part(request, pk, leaves=True)


@requires("people.manage_team")
@require_http_methods(["GET", "HEAD", "POST"])
def give_leads(request: Request, pk: int) -> HttpResponse:
    """The open leads of somebody who stays, to others."""
    return _part(request, pk, leaves=False)


def _part(request: Request, pk: int, *, leaves: bool) -> HttpResponse:
    one = _found(request, pk)
    if not may_change(request.user, one):
        raise Forbidden("Only an administrator changes this person.")
    n = open_of(one).count()
    form = LeaversForm(request.POST if request.method == "POST" and n else None, person=one)
    if request.method == "POST" and (form.is_valid() or not n):
        heir = form.heir if n else None
        act = acts.deactivate if leaves else acts.give_leads
        try:
            counts = act(one, to=heir, by=request.user)
            messages.success(request, _said(one, counts, leaves=leaves))
            return redirect("people" if leaves else reverse("person", args=[pk]))
        except Refusal as refusal:
            form.add_error("way", str(refusal)) if n else messages.error(request, str(refusal))
    context = {"person": one, "form": form, "open": n, "leaves": leaves, "pool": _pool(one)}
    return render(request, "settings/leaver.html", context, status=422 if request.method == "POST" else 200)


def _pool(one: User) -> list[User]:
    return list(User.objects.reps().present(localdate()).exclude(pk=one.pk).order_by("name", "pk")[:50])


def _said(one: User, counts: dict[int | None, int], *, leaves: bool) -> str:
    given = sum(n for owner, n in counts.items() if owner is not None)
    unowned = counts.get(None, 0)
    parts = [f"{one} is inactive."] if leaves else []
    if given:
        people = sum(owner is not None for owner in counts)
        parts.append(
            f"{given:,} {'lead' if given == 1 else 'leads'} went to {people} {'person' if people == 1 else 'people'}."
        )
    if unowned:
        parts.append(f"{unowned:,} {'belongs' if unowned == 1 else 'belong'} to nobody now.")
    return " ".join(parts) or f"{one} owns no open leads."


def _found(request: Request, pk: int) -> User:
    rows = with_state(people_of(request.user), localdate()).select_related("team", "deputy")
    return get_object_or_404(rows, pk=pk)
