"""Settings, notifications: what one wants to hear, and how. Of promises one answers for there is no choice."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from smarketing.foundation.models import Mute, User
from smarketing.foundation.requests import Request

Kind, Way = Mute.Kind, Mute.Way


@dataclass(frozen=True)
class Line:
    """One kind of news. `app` and `mail` are None where that way does not exist; `locked` lines cannot be changed."""

    kind: str
    title: str
    text: str
    app: bool | None
    mail: bool | None
    locked: bool = False


NEW_LEAD = (
    Kind.NEW_LEAD,
    "A lead was handed over to you",
    "It stands in your queue at once, whatever you choose here.",
)
NURTURE_DUE = (
    Kind.NURTURE_DUE,
    "Returned leads are due again",
    "One mail in the morning of each day on which some are; they stand under Nurture, whatever you choose here.",
)
BY_MAIL_ONLY = (Kind.NEW_LEAD, Kind.NURTURE_DUE)
OWN_WARNING = (
    Kind.OWN_WARNING,
    "A promise on your lead is about to break",
    "When three quarters of its time are gone.",
)
TEAM_BREACH = (
    Kind.TEAM_BREACH,
    "Somebody in the team broke a promise",
    "Whoever holds the lead is told in any case.",
)
UNOWNED = (
    Kind.UNOWNED_WARNING,
    "A promise on nobody’s lead is about to break",
    "While there is time to give the lead to somebody.",
)
OWN_BREACH = ("", "A promise that you answer for broke", "On your own leads")
HEADS_BREACH = "On your own leads, and on those that belong to nobody"


@require_http_methods(["GET", "HEAD", "POST"])
def notifications(request: Request) -> HttpResponse:
    """What reaches this person; posting says what is on."""
    answers = hears_of_team(request.user)
    if request.method == "POST":
        _choose(request.user, offered(request.user, answers), request.POST)
        messages.success(request, "Your notifications are saved.")
        return redirect("notifications")
    context = {"lines": lines(request.user, answers), "ways": Way.choices}
    return render(request, "settings/notifications.html", context)


def hears_of_team(user: User) -> bool:
    """Whether promises of a team are told to this person: a head, a deputy, an administrator for want of a head."""
    return user.is_head or user.is_administrator or User.objects.filter(deputy=user, is_active=True).exists()


def offered(user: User, answers: bool) -> list[tuple[Mute.Kind, Mute.Way]]:
    """Every switch that this person has."""
    kinds = [Kind.OWN_WARNING, *([Kind.UNOWNED_WARNING, Kind.TEAM_BREACH] if answers else [])]
    switches = [(kind, way) for kind in kinds for way in Way]
    return [*((kind, Way.MAIL) for kind, *_ in by_mail(user)), *switches]


def by_mail(user: User) -> list[tuple[Mute.Kind, str, str]]:
    """News that stands on a list of its own, so that only its mail can be muted."""
    in_marketing = user.role in (User.Role.MARKETER, User.Role.MARKETING_HEAD)
    return [*([NEW_LEAD] if user.is_sales else []), *([NURTURE_DUE] if in_marketing else [])]


def lines(user: User, answers: bool) -> list[Line]:
    off = set(Mute.objects.filter(user=user).values_list("kind", "way"))
    shown = [
        *by_mail(user),
        OWN_WARNING,
        *([UNOWNED, TEAM_BREACH] if answers else []),
    ]
    found = [
        Line(
            kind,
            title,
            text,
            None if kind in BY_MAIL_ONLY else (kind, Way.APP) not in off,
            (kind, Way.MAIL) not in off,
        )
        for kind, title, text in shown
    ]
    whose = HEADS_BREACH if answers else OWN_BREACH[2]
    why = f"{whose}. Always told: who answers for a promise hears that it broke."
    return [*found, Line("", OWN_BREACH[1], why, True, True, locked=True)]


@transaction.atomic
def _choose(user: User, switches: list[tuple[Mute.Kind, Mute.Way]], posted) -> None:
    """Whatever is not ticked is off; a switch that this person does not have stays as it is."""
    off = [(kind, way) for kind, way in switches if f"{kind}-{way}" not in posted]
    Mute.objects.filter(user=user, kind__in={kind for kind, _ in switches}).delete()
    Mute.objects.bulk_create([Mute(user=user, kind=kind, way=way) for kind, way in off])
