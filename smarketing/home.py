"""The front door, the switch of theme and density, and the CSRF page."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_POST, require_safe

from smarketing.foundation.requests import Request
from smarketing.shell import DENSITIES, SINGLE_KEYS, THEMES, came_from, frame_of, home_of, settings_tabs

APPEARANCE = {"theme": THEMES, "density": DENSITIES, "keys": SINGLE_KEYS}
YEAR = 365 * 24 * 3600


@require_safe
def home(request: Request) -> HttpResponse:
    """Each person lands on what they came for."""
    return redirect(home_of(request.user).url_name)


@require_safe
def frame(request: Request) -> HttpResponse:
    """The counts beside the places, asked now and then: 204 while they are what the page shows (`v`)."""
    counts = frame_of(request.user, now())
    if request.GET.get("v") == counts.version:
        return HttpResponse(status=204)
    return render(request, "ui/counts.html", {"frame": counts, "oob": True})


@require_safe
def settings(request: Request) -> HttpResponse:
    """The first of the settings that this person may read."""
    return redirect(str(settings_tabs(request.user, request.path)[0]["url"]))


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen appearance in cookies and go back to where the person was."""
    response = redirect(came_from(request) or "home")
    for name, values in APPEARANCE.items():
        if request.POST.get(name) in values:
            response.set_cookie(name, request.POST[name], max_age=YEAR, samesite="Lax")
    return response


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", {"reason": reason}, status=403)
