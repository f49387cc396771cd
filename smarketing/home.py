"""The front door, the switch of theme and density, and the CSRF page."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from smarketing.foundation.requests import Request
from smarketing.shell import DENSITIES, THEMES, settings_tabs

APPEARANCE = {"theme": THEMES, "density": DENSITIES}
YEAR = 365 * 24 * 3600


@require_safe
def home(request: Request) -> HttpResponse:
    """Each person lands on what they came for."""
    if request.user.may("leads.work_own"):
        return redirect("sla:queue")
    if request.user.is_head or request.user.is_administrator:
        return redirect("reporting:sla")
    return redirect("reporting:closed_loop" if request.user.is_marketing else "reporting:funnel")


@require_safe
def settings(request: Request) -> HttpResponse:
    """The first of the settings that this person may read."""
    return redirect(str(settings_tabs(request.user, request.path)[0]["url"]))


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen appearance in cookies and go back to where the person was."""
    back = request.META.get("HTTP_REFERER", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = redirect(back if safe else "home")
    for name, values in APPEARANCE.items():
        if request.POST.get(name) in values:
            response.set_cookie(name, request.POST[name], max_age=YEAR, samesite="Lax")
    return response


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", {"reason": reason}, status=403)
