"""Errors that no view answered: a page for people, a problem for programs."""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.timezone import now
from django.views import defaults

from leads.models import Lead, StageChange
from smarketing.foundation.api.problems import bare
from smarketing.foundation.requests import Request

API = "/api/"
LEAD = "leads/<int:pk>/"  # how the addresses of one lead begin
MEANWHILE = timedelta(days=1)  # a colleague's move may explain a refusal for so long
log = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 400, lambda: defaults.bad_request(request, exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return bare(request, 404) if _of_api(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, 500, lambda: defaults.server_error(request))


def not_to_be_read(request: Request, response: HttpResponse) -> HttpResponse:
    """In place of the empty answer of an address that is only for acts: a page, where a person asked to read."""
    asked_to_read = request.method in ("GET", "HEAD") and request.accepts("text/html") and not request.htmx
    if response.content or not asked_to_read or _of_api(request):
        return response
    context = {"way": _page_above(request.path_info)}
    page = render(request, "405.html", context, status=405)
    page["Allow"] = response["Allow"]
    return page


def _page_above(path: str) -> str:
    """The nearest address above that is one of ours; empty where that is only the start page."""
    while path := path.rstrip("/").rpartition("/")[0]:
        try:
            resolve(f"{path}/")
        except Resolver404:
            continue
        return f"{path}/"
    return ""


def done_meanwhile(request: Request) -> StageChange | None:
    """The last move of the lead that this request is about, if a colleague made it not long ago."""
    about = request.resolver_match
    # Other addresses below /leads/ name a view, an act or a log by their numbers.
    if about is None or not about.route.startswith(LEAD):
        return None
    lead = Lead.objects.visible_to(request.user).filter(pk=about.kwargs["pk"])
    changes = StageChange.objects.filter(lead__in=lead, kind=StageChange.Kind.LIVE)
    last = changes.select_related("lead", "by").order_by("-seq").first()
    if last is None or last.by_id == request.user.pk or last.recorded_at < now() - MEANWHILE:
        return None
    return last


def _answer(request: HttpRequest, status: int, bare_page: Callable[[], HttpResponse]) -> HttpResponse:
    """The page in the frame of the product; without the frame where that breaks as well."""
    if _of_api(request):
        return bare(request, status)
    try:
        return render(request, f"{status}.html", status=status)
    except Exception:
        log.warning("The page of error %s was shown without its frame.", status, exc_info=True)
        return bare_page()


def _of_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(API)
