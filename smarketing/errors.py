"""Errors that no view answered: a page for people, a problem for programs."""

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from smarketing.foundation.api.problems import bare

API = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return bare(request, 400) if _of_api(request) else defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return bare(request, 404) if _of_api(request) else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return bare(request, 500) if _of_api(request) else defaults.server_error(request)


def _of_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(API)
