"""The front door, the theme switch and the CSRF page."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

THEMES = ("light", "dark", "system")
YEAR = 365 * 24 * 3600


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Each person lands on what they came for."""
    if request.user.may("leads.work_own"):
        return redirect("sla:queue")
    return redirect("reporting:closed_loop" if request.user.is_marketing else "reporting:funnel")


@login_not_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme in a cookie and go back to where the person was."""
    chosen = request.POST.get("theme", "system")
    back = request.META.get("HTTP_REFERER", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = redirect(back if safe else "home")
    response.set_cookie("theme", chosen if chosen in THEMES else "system", max_age=YEAR, samesite="Lax")
    return response


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", {"reason": reason}, status=403)
