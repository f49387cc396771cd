"""What happens around every request, each in one place."""

from collections.abc import Callable
from functools import wraps
from random import getrandbits
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from smarketing import hints
from smarketing.errors import done_meanwhile, not_to_be_read
from smarketing.foundation.audit import request_origin
from smarketing.foundation.models import Organisation
from smarketing.foundation.models.organisation import reading_once
from smarketing.foundation.presence import note
from smarketing.foundation.refusals import Refusal
from smarketing.foundation.requests import Request

GetResponse = Callable[[Request], HttpResponse]
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


def middleware(around: Callable[[Request, GetResponse], HttpResponse]) -> Callable:
    """A middleware from one function of the request and what comes next."""

    @wraps(around)
    def factory(get_response: GetResponse) -> GetResponse:
        return lambda request: around(request, get_response)

    return factory


@middleware
def request_id(request: Request, get_response: GetResponse) -> HttpResponse:
    """Name the request, so that the log, the audit row and the error page can be held together."""
    request.request_id = str(UUID(int=getrandbits(128), version=4))  # a name, no secret
    token = request_origin.set((request.request_id, request.META.get("REMOTE_ADDR") or None))
    try:
        with reading_once():
            response = get_response(request)
    finally:
        request_origin.reset(token)
    response["X-Request-ID"] = request.request_id
    return response


@middleware
def hint(request: Request, get_response: GetResponse) -> HttpResponse:
    """After a request that may have changed something, the clocks are looked at."""
    response = get_response(request)
    hints.after_request(request, response)
    return response


@middleware
def time_zone(request: Request, get_response: GetResponse) -> HttpResponse:
    """Show times in the reader's zone, else in the organisation's."""
    zone = getattr(request.user, "zone", None)
    if zone is None and request.user.is_authenticated:
        organisation = Organisation.find()
        zone = organisation.zone if organisation else None
    with timezone.override(zone):
        return get_response(request)


@middleware
def presence(request: Request, get_response: GetResponse) -> HttpResponse:
    """Who is signed in was here just now."""
    if request.user.is_authenticated:
        note(request.user, timezone.now())
    return get_response(request)


@middleware
def private_pages(request: Request, get_response: GetResponse) -> HttpResponse:
    """Pages with somebody's data are stored nowhere on the way."""
    response = get_response(request)
    if request.user.is_authenticated or request.path_info.startswith("/account/"):
        response.setdefault("Cache-Control", "no-store, private")
    response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
    return response


@middleware
def only_acts(request: Request, get_response: GetResponse) -> HttpResponse:
    """Whoever opens the address of an act is told so, with a way back."""
    response = get_response(request)
    return not_to_be_read(request, response) if response.status_code == 405 else response


class RefusalMiddleware:
    """The one place that turns a Refusal into 409: a page, or the bare sentence for a fragment."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: Request) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: Request, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        if request.htmx:
            return JsonResponse({"code": exception.code, "detail": str(exception)}, status=409)
        context = {"sentence": str(exception), "change": done_meanwhile(request)}
        return render(request, "409.html", context, status=409)
